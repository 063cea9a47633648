package io.croft.lucene;

import static io.croft.lucene.Texts.dot;
import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.unit;
import static io.croft.lucene.VectorSearchTest.NO_GRAPH;
import static io.croft.lucene.VectorSearchTest.NUMBER;
import static io.croft.lucene.VectorSearchTest.SOON_A_GRAPH;
import static io.croft.lucene.VectorSearchTest.config;
import static io.croft.lucene.VectorSearchTest.missed;
import static io.croft.lucene.VectorSearchTest.only;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.spi.SearchTimeoutException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.hnsw.CloseableRandomVectorScorerSupplier;
import org.apache.lucene.util.quantization.OptimizedScalarQuantizer;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues;
import org.apache.lucene.util.quantization.QuantizedVectorsReader;
import org.apache.lucene.util.quantization.ScalarQuantizer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By which way the vectors of a segment are compared, that none of them loses any, and that each ends in time. */
class SegmentVectorsTest {

    private static final int DIMENSIONS = 16;
    private static final int SIZE = 40_000;
    private static final int WANTED = 100;
    /** The chunks of one document, all near to one point. */
    private static final int CROWD = 300;
    /** Documents near to the opposite point, each of a chunk more than is kept of one. */
    private static final int GATHERED = 32;
    private static final int CHUNKS = VectorSearch.KEPT_OF_A_DOCUMENT + 1;
    /** The first of those that are one chunk each, anywhere. */
    private static final int SINGLE = CROWD + GATHERED * CHUNKS;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Directory directory;
    private static DirectoryReader reader;
    private static List<float[]> vectors;
    private static float[] crowded;
    private static float[] gathered;

    private final WorkCounts counts = new WorkCounts();

    /** A segment with a graph: a document of many chunks, some of several, and all others of one. */
    @BeforeAll
    static void write() throws IOException {
        Random random = new Random(seed());
        crowded = unit(random, DIMENSIONS);
        vectors = new ArrayList<>();
        IntStream.range(0, CROWD).forEach(i -> vectors.add(CrowdTest.at(random, crowded, 0.99)));
        gathered = opposite(crowded);
        IntStream.range(CROWD, SINGLE).forEach(i -> vectors.add(CrowdTest.at(random, gathered, 0.99)));
        IntStream.range(SINGLE, SIZE).forEach(i -> vectors.add(unit(random, DIMENSIONS)));
        directory = new MMapDirectory(shared);
        try (IndexWriter writer = new IndexWriter(directory,
                config(new VectorSettings(VectorEncoding.BITS_8, SOON_A_GRAPH)))) {
            writer.addDocuments(IntStream.range(0, CROWD).mapToObj(i -> chunk(i, i)).toList());
            for (int document = 0; document < GATHERED; document++) {
                int first = CROWD + document * CHUNKS;
                writer.addDocuments(IntStream.range(0, CHUNKS).mapToObj(i -> chunk(first + i, i)).toList());
            }
            for (int i = SINGLE; i < SIZE; i++) {
                writer.addDocument(chunk(i, 0));
            }
        }
        reader = DirectoryReader.open(directory);
        assertThat(reader.leaves()).hasSize(1);
    }

    private static float[] opposite(float[] vector) {
        float[] opposite = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            opposite[i] = -vector[i];
        }
        return opposite;
    }

    private static List<IndexableField> chunk(int number, int place) {
        List<IndexableField> chunk = new ArrayList<>();
        ChunkSchema.addPlace(place, chunk);
        chunk.add(new StringField(NUMBER, Integer.toString(number), Field.Store.YES));
        chunk.add(new KnnFloatVectorField(ChunkSchema.VECTOR, vectors.get(number),
                VectorSimilarityFunction.DOT_PRODUCT));
        return chunk;
    }

    @AfterAll
    static void close() throws IOException {
        reader.close();
        directory.close();
    }

    @Test
    void graph_isWalked_whereMostIsAccepted() throws IOException {
        float[] query = unit(new Random(seed()), DIMENSIONS);
        for (IntPredicate filter : List.<IntPredicate>of(number -> number >= SINGLE,
                number -> number >= SINGLE && number % 4 != 0)) {
            Found found = search(query, filter).nearest(WANTED);

            assertThat(missed(found, query, vectors, WANTED, filter)).isLessThanOrEqualTo(5);
        }
        assertThat(counts.walks()).isEqualTo(2);
        assertThat(counts.walksAstray() + counts.scans()).isZero();
    }

    @Test
    void walk_amongThoseThatAreNotAccepted_isGivenUp() throws IOException {
        float[] query = unit(new Random(seed()), DIMENSIONS);
        Set<Integer> farthest = IntStream.range(SINGLE, SIZE).boxed()
                .sorted(Comparator.comparingDouble(number -> dot(query, vectors.get(number)))).limit(26_000)
                .collect(Collectors.toCollection(HashSet::new));

        Found found = search(query, farthest::contains).nearest(WANTED);

        assertThat(counts.walksAstray()).isOne();
        assertThat(counts.scans()).isOne();
        assertThat(missed(found, query, vectors, WANTED, farthest::contains)).isLessThanOrEqualTo(1);
    }

    @Test
    void graph_isNotWalked_whereSoManyAreWantedThatItWouldBeGivenUp() throws IOException {
        float[] query = unit(new Random(seed()), DIMENSIONS);

        Found found = search(query, number -> number >= SINGLE).nearest(1000);

        assertThat(counts.scans()).isOne();
        assertThat(counts.walks() + counts.walksAstray()).isZero();
        assertThat(missed(found, query, vectors, 1000, number -> number >= SINGLE)).isLessThanOrEqualTo(1);
    }

    @Test
    void graph_isNotWalked_whereFewAreLeft() throws IOException {
        Random random = new Random(seed());
        Set<Integer> gone = new HashSet<>();
        try (IndexWriter writer = new IndexWriter(directory,
                config(new VectorSettings(VectorEncoding.BITS_8, NO_GRAPH)))) {
            for (int number = 0; number < SIZE; number++) {
                if (number < SINGLE || random.nextInt(5) != 0) {
                    gone.add(number);
                    writer.deleteDocuments(new Term(NUMBER, Integer.toString(number)));
                }
            }
        }
        float[] query = unit(random, DIMENSIONS);
        try (DirectoryReader left = DirectoryReader.open(directory)) {
            assertThat(left.maxDoc()).isEqualTo(SIZE);

            Found found = search(left, query, null, VectorSearchTest.unhurried()).nearest(WANTED);

            assertThat(counts.scans()).isOne();
            assertThat(counts.walks() + counts.walksAstray()).isZero();
            assertThat(missed(found, query, vectors, WANTED, number -> !gone.contains(number))).isZero();
        }
    }

    /** As many are found as are wanted, but of what was kept beyond that most are chunks of one document. */
    @Test
    void walk_thatKeptLittleButOneDocument_isGivenUp() throws IOException {
        Found found = search(crowded, number -> true).nearest(WANTED);

        assertThat(found.documents()).hasSize(WANTED);
        assertThat(found.documents()[3]).isGreaterThanOrEqualTo(SINGLE);
        assertThat(counts.walksAstray()).isOne();
        assertThat(counts.scans()).isOne();
    }

    /** Nearly all that was kept could be offered, but is of too few documents. */
    @Test
    void walk_thatFoundTooFewDocuments_isGivenUp() throws IOException {
        Found found = search(gathered, number -> true).nearest(WANTED);

        assertThat(found.documents()).hasSize(WANTED);
        assertThat(found.documents()[3 * GATHERED - 1]).isLessThan(SINGLE);
        assertThat(found.documents()[3 * GATHERED]).isGreaterThanOrEqualTo(SINGLE);
        assertThat(counts.walksAstray()).isOne();
        assertThat(counts.scans()).isOne();
    }

    @Test
    void segment_inWhichLuceneFindsLess_isComparedAfterAll() throws IOException {
        float[] query = unit(new Random(seed()), DIMENSIONS);
        LeafReader lost = new Lost(reader.leaves().getFirst().reader());
        IntPredicate some = number -> number >= SINGLE && number % 20 == 19;

        Found found = new VectorSearch(List.of(lost.getContext()), query, only(some, reader), Texts.reads(),
                VectorSearchTest.unhurried(), counts).nearest(WANTED);

        assertThat(missed(found, query, vectors, WANTED, some)).isZero();
    }

    @Test
    void everyWay_endsInTheMiddle() throws IOException {
        float[] query = unit(new Random(seed()), DIMENSIONS);
        List<LeafReaderContext> lost =
                List.of(new Lost(reader.leaves().getFirst().reader()).getContext());

        assertEndsInTheMiddle(search(reader, query, null, DeadlineTest.afterLooks(2)));
        assertThat(counts.walksAstray()).as("walking").isOne();
        // One of so few that they are fetched one by one.
        assertEndsInTheMiddle(search(reader, query, only(number -> number % 20 == 0, reader),
                DeadlineTest.afterLooks(2)));
        assertEndsInTheMiddle(new VectorSearch(lost, query, null, Texts.reads(), DeadlineTest.afterLooks(2), counts));
    }

    @Test
    void scan_endsInTheMiddle() throws IOException {
        int dimensions = 1024;
        Random random = new Random(seed());
        // Each block that is read has fifteen of them.
        List<float[]> wide = IntStream.range(0, 3000).mapToObj(i -> unit(random, dimensions)).toList();
        for (VectorEncoding encoding : List.of(VectorEncoding.BITS_8, VectorEncoding.FLOAT32)) {
            try (Directory own = new MMapDirectory(folder.resolve(encoding.name()))) {
                List<float[]> some = encoding == VectorEncoding.BITS_8 ? wide : vectors.subList(0, 20_000);
                VectorSearchTest.add(own, new VectorSettings(encoding, NO_GRAPH), some, 0, some.size());
                try (DirectoryReader in = DirectoryReader.open(own)) {
                    assertEndsInTheMiddle(search(in, some.getFirst(), null, DeadlineTest.afterLooks(2)));
                }
            }
        }
    }

    /** (The clock is looked at before comparing. What would not look at it meanwhile would come to measuring.) */
    private static void assertEndsInTheMiddle(VectorSearch search) {
        assertThatThrownBy(() -> search.nearest(WANTED)).isInstanceOf(SearchTimeoutException.class)
                .hasMessageContaining("comparing vectors");
    }

    @Test
    void scan_ofVectorsThatAreNotWrittenAsItKnows_isNone() throws IOException {
        KnnVectorsReader vectors = VectorSearchTest.reader(reader);
        float[] query = unit(new Random(seed()), DIMENSIONS);
        assertThat(QuantizedScan.of(vectors, query)).isNotNull();

        for (int more : new int[]{-1, 1}) {
            try (KnnVectorsReader other = new OtherLength(vectors, more)) {
                assertThat(QuantizedScan.of(other, query)).isNull();
            }
        }
    }

    private VectorSearch search(float[] query, IntPredicate filter) {
        return search(reader, query, only(filter, reader), VectorSearchTest.unhurried());
    }

    private VectorSearch search(DirectoryReader in, float[] query, @Nullable ChunkSet among, Deadline deadline) {
        return new VectorSearch(in.leaves(), query, among, Texts.reads(), deadline, counts);
    }

    /** A segment of which nothing is known but that Lucene's search finds three and no more. */
    private static final class Lost extends FilterLeafReader {

        Lost(LeafReader in) {
            super(in);
        }

        @Override
        public void searchNearestVectors(String field, float[] target, KnnCollector found, AcceptDocs accepted) {
            for (int document : new int[]{19, 39, 59}) {
                found.collect(document, 0.9f);
            }
        }

        @Override
        public @Nullable CacheHelper getCoreCacheHelper() {
            return null;
        }

        @Override
        public @Nullable CacheHelper getReaderCacheHelper() {
            return null;
        }
    }

    /** Says that there are more vectors, or fewer, than its files have. */
    private static final class OtherLength extends KnnVectorsReader implements QuantizedVectorsReader {

        private final KnnVectorsReader in;
        private final int more;

        OtherLength(KnnVectorsReader in, int more) {
            this.in = in;
            this.more = more;
        }

        @Override
        public QuantizedByteVectorValues getQuantizedVectorValues(String field) throws IOException {
            return new OtherSize((QuantizedByteVectorValues) ((QuantizedVectorsReader) in)
                    .getQuantizedVectorValues(field), more);
        }

        @Override
        public ScalarQuantizer getQuantizationState(String field) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CloseableRandomVectorScorerSupplier getRandomVectorScorerSupplierForMerge(FieldInfo field,
                SegmentWriteState state) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long ramBytesUsed() {
            return 0;
        }

        @Override
        public void checkIntegrity() throws IOException {
            in.checkIntegrity();
        }

        @Override
        public FloatVectorValues getFloatVectorValues(String field) throws IOException {
            return in.getFloatVectorValues(field);
        }

        @Override
        public ByteVectorValues getByteVectorValues(String field) throws IOException {
            return in.getByteVectorValues(field);
        }

        @Override
        public void search(String field, float[] target, KnnCollector found, AcceptDocs accepted) throws IOException {
            in.search(field, target, found, accepted);
        }

        @Override
        public void search(String field, byte[] target, KnnCollector found, AcceptDocs accepted) throws IOException {
            in.search(field, target, found, accepted);
        }

        /** What it wraps is closed by whoever opened that. */
        @Override
        public void close() {
        }
    }

    private static final class OtherSize extends QuantizedByteVectorValues {

        private final QuantizedByteVectorValues in;
        private final int more;

        OtherSize(QuantizedByteVectorValues in, int more) {
            this.in = in;
            this.more = more;
        }

        @Override
        public int size() {
            return in.size() + more;
        }

        @Override
        public int dimension() {
            return in.dimension();
        }

        @Override
        public IndexInput getSlice() {
            return in.getSlice();
        }

        @Override
        public byte[] vectorValue(int ordinal) throws IOException {
            return in.vectorValue(ordinal);
        }

        @Override
        public OptimizedScalarQuantizer.QuantizationResult getCorrectiveTerms(int ordinal) throws IOException {
            return in.getCorrectiveTerms(ordinal);
        }

        @Override
        public OptimizedScalarQuantizer getQuantizer() {
            return in.getQuantizer();
        }

        @Override
        public ScalarEncoding getScalarEncoding() {
            return in.getScalarEncoding();
        }

        @Override
        public float[] getCentroid() throws IOException {
            return in.getCentroid();
        }

        @Override
        public float getCentroidDP() throws IOException {
            return in.getCentroidDP();
        }

        @Override
        public QuantizedByteVectorValues copy() throws IOException {
            return new OtherSize(in.copy(), more);
        }
    }
}
