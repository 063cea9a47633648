package io.croft.lucene;

import static io.croft.lucene.Texts.dot;
import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.unit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.InvalidInputException;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.ChunkIndex;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.SearchTimeoutException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The nearest vectors in every encoding, against measuring all of them. */
class VectorSearchTest {

    static final int NO_GRAPH = LuceneIndex.MOST_EXACT_UP_TO;
    static final int SOON_A_GRAPH = 1000;
    private static final int WIDE = 192;
    static final String NUMBER = "number";

    @TempDir
    Path folder;

    static Stream<Arguments> encodingsAndDimensions() {
        return Arrays.stream(VectorEncoding.values()).flatMap(encoding -> Stream.of(1, 2, 7, 65, 384, 1536, 3072, 4096)
                .map(dimensions -> Arguments.of(encoding, dimensions)));
    }

    @ParameterizedTest
    @MethodSource("encodingsAndDimensions")
    void nearest_isThatOfMeasuringAll_whateverTheDimensions(VectorEncoding encoding, int dimensions)
            throws IOException {
        Random random = new Random(seed());
        List<float[]> vectors = clustered(random, 1100, dimensions);
        try (Directory directory = write(new VectorSettings(encoding, NO_GRAPH), vectors, 1);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            int missed = 0;
            for (int i = 0; i < 5; i++) {
                float[] query = near(random, vectors.get(random.nextInt(vectors.size())));

                Found found = search(reader, query).nearest(20);

                missed += missed(found, query, vectors, 20, number -> true);
            }

            assertThat(missed).isLessThanOrEqualTo(mayBeMissed(100));
        }
    }

    @ParameterizedTest
    @EnumSource
    void nearest_overManySegmentsWithDeletionsAndGaps_isThatOfMeasuringAll(VectorEncoding encoding)
            throws IOException {
        Random random = new Random(seed());
        List<float[]> vectors = clustered(random, 6000, 96);
        Set<Integer> gone = new HashSet<>();
        try (Directory directory = write(new VectorSettings(encoding, NO_GRAPH), vectors, 4)) {
            try (IndexWriter writer = new IndexWriter(directory, config(new VectorSettings(encoding, NO_GRAPH)))) {
                for (int i = 0; i < 700; i++) {
                    int number = random.nextInt(vectors.size());
                    gone.add(number);
                    writer.deleteDocuments(new Term(NUMBER, Integer.toString(number)));
                }
                writer.addDocument(new Document());
                writer.commit();
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                assertThat(reader.leaves().size()).isGreaterThan(4);
                int missed = 0;
                for (int i = 0; i < 20; i++) {
                    float[] query = near(random, vectors.get(random.nextInt(vectors.size())));

                    Found found = search(reader, query).nearest(50);

                    missed += missed(found, query, vectors, 50, number -> !gone.contains(number));
                }

                assertThat(missed).isLessThanOrEqualTo(mayBeMissed(1000));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void nearest_underAFilter_isThatOfMeasuringAllThatAreAccepted(VectorEncoding encoding) throws IOException {
        Random random = new Random(seed());
        List<float[]> vectors = clustered(random, 12_000, 96);
        float[] middle = unit(random, 96);
        try (Directory directory = write(new VectorSettings(encoding, SOON_A_GRAPH), vectors, 1);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            for (IntPredicate filter : List.<IntPredicate>of(
                    number -> number % 2 == 0,
                    number -> number % 10 == 3,
                    number -> number % 100 == 3,
                    number -> number % 1000 == 3,
                    number -> number == 17,
                    number -> false)) {
                boolean isMeasured = IntStream.range(0, vectors.size()).filter(filter).count() <= 1000;
                assertThat(missed(reader, vectors, filter, random)).isLessThanOrEqualTo(
                        isMeasured ? 0 : mayBeMissed(150));
            }
            // Correlated with the query: only what is far from it, or near to something else. The hardest: all accepted
            // are about equally far, so that one bit each for few dimensions has more to measure than is kept.
            for (IntPredicate filter : List.<IntPredicate>of(
                    number -> dot(vectors.get(number), vectors.getFirst()) < 0,
                    number -> dot(vectors.get(number), middle) > 0.1)) {
                assertThat(missed(reader, vectors, filter, random)).isLessThanOrEqualTo(
                        encoding == VectorEncoding.BITS_1 ? 20 : mayBeMissed(150));
            }
        }
    }

    /** How many of the thirty nearest of five queries are missed. */
    private static int missed(DirectoryReader reader, List<float[]> vectors, IntPredicate filter, Random random)
            throws IOException {
        int missed = 0;
        for (int i = 0; i < 5; i++) {
            float[] query = near(random, vectors.getFirst());

            Found found = new VectorSearch(reader.leaves(), query, only(filter, reader), Texts.reads(), unhurried(),
                    new WorkCounts()).nearest(30);

            missed += missed(found, query, vectors, 30, filter);
        }
        return missed;
    }

    @ParameterizedTest
    @EnumSource
    void nearest_throughAGraph_findsNearlyAll(VectorEncoding encoding) throws IOException {
        Random random = new Random(seed());
        List<float[]> vectors = clustered(random, 26_000, 32);
        try (Directory directory = write(new VectorSettings(encoding, SOON_A_GRAPH), vectors, 1);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            double recall = 0;
            WorkCounts counts = new WorkCounts();
            for (int i = 0; i < 20; i++) {
                float[] query = near(random, vectors.get(random.nextInt(vectors.size())));
                VectorSearch search =
                        new VectorSearch(reader.leaves(), query, null, Texts.reads(), unhurried(), counts);
                recall += recall(search.nearest(10), truth(query, vectors, 10, number -> true));
            }
            assertThat(counts.walks()).isEqualTo(20);
            assertThat(counts.scans()).isZero();

            // One bit for each of so few dimensions says little.
            assertThat(recall / 20).isGreaterThan(encoding == VectorEncoding.BITS_1 ? 0.75 : 0.95);
        }
    }

    @ParameterizedTest
    @EnumSource(value = VectorEncoding.class, mode = EnumSource.Mode.EXCLUDE, names = "FLOAT32")
    void scan_estimatesWhatLuceneEstimates(VectorEncoding encoding) throws IOException {
        Random random = new Random(seed());
        for (int dimensions : new int[]{1, 3, 8, 63, 64, 65, 128, 200, 384}) {
            List<float[]> vectors = clustered(random, 300, dimensions);
            try (Directory directory = new MMapDirectory(folder.resolve("of" + dimensions));
                    DirectoryReader reader = added(directory, new VectorSettings(encoding, NO_GRAPH), vectors)) {
                LeafReaderContext leaf = reader.leaves().getFirst();
                float[] query = unit(random, dimensions);
                TopKnnCollector lucenes = new TopKnnCollector(300, Integer.MAX_VALUE);
                leaf.reader().searchNearestVectors(ChunkSchema.VECTOR, query, lucenes,
                        AcceptDocs.fromLiveDocs(null, 300));

                QuantizedScan scan = Objects.requireNonNull(QuantizedScan.of(reader(reader), query));

                float[] all = new float[300];
                scan.all(null, unhurried(), sink(Float.NEGATIVE_INFINITY, (ordinal, cosine) -> all[ordinal] = cosine));
                Arrays.stream(lucenes.topDocs().scoreDocs).forEach(hit -> assertThat(Math.clamp(all[hit.doc], -1, 1))
                        .isCloseTo(2 * hit.score - 1, within(2e-4f)));
                for (int ordinal = 0; ordinal < 300; ordinal += 37) {
                    assertThat(scan.one(ordinal)).isEqualTo(all[ordinal]);
                }
                float least = sorted(all)[280];
                Set<Integer> passed = new HashSet<>();
                scan.all(null, unhurried(), sink(least, (ordinal, cosine) -> {
                    assertThat(cosine).isEqualTo(all[ordinal]).isGreaterThanOrEqualTo(least);
                    passed.add(ordinal);
                }));
                assertThat(passed).containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 300).filter(ordinal -> all[ordinal] >= least).boxed().toList());
            }
        }
    }

    private static float[] sorted(float[] values) {
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    @FunctionalInterface
    private interface Estimates {
        void accept(int ordinal, float cosine);
    }

    private static QuantizedScan.Sink sink(float least, Estimates estimates) {
        return new QuantizedScan.Sink() {
            @Override
            public float least() {
                return least;
            }

            @Override
            public void accept(int ordinal, float cosine) {
                estimates.accept(ordinal, cosine);
            }
        };
    }

    @Test
    void merge_writesEveryEncodingAnewAsTheSettingsSay() throws IOException {
        Random random = new Random(seed());
        List<float[]> vectors = clustered(random, 6000, 64);
        List<VectorEncoding> encodings = new ArrayList<>(List.of(VectorEncoding.values()));
        Collections.shuffle(encodings, random);
        try (Directory directory = new MMapDirectory(folder)) {
            for (int i = 0; i < encodings.size(); i++) {
                add(directory, new VectorSettings(encodings.get(i), NO_GRAPH), vectors, 1500 * i, 1500 * (i + 1));
            }
            assertFindsAll(directory, vectors, random, encodings.size());
            for (VectorEncoding encoding : encodings) {
                IndexWriterConfig merging = new IndexWriterConfig()
                        .setCodec(codec(new VectorSettings(encoding, NO_GRAPH), 1));
                add(directory, new VectorSettings(VectorEncoding.FLOAT32, NO_GRAPH), List.of(), 0, 0);
                try (IndexWriter writer = new IndexWriter(directory, merging)) {
                    writer.addDocument(new Document());
                    writer.forceMerge(1);
                }

                assertFindsAll(directory, vectors, random, 1);
                try (DirectoryReader reader = DirectoryReader.open(directory)) {
                    QuantizedScan scan = QuantizedScan.of(reader(reader), vectors.getFirst());
                    assertThat(scan == null).isEqualTo(encoding == VectorEncoding.FLOAT32);
                }
            }
        }
    }

    @Test
    void graph_beginsWhereTheSettingsSay() throws IOException {
        Random random = new Random(seed());
        for (int count : new int[]{950, 1050}) {
            Path own = folder.resolve("of" + count);
            try (Directory directory = new MMapDirectory(own)) {
                add(directory, new VectorSettings(VectorEncoding.BITS_1, 1000), clustered(random, count, 8), 0, count);
                try (DirectoryReader reader = DirectoryReader.open(directory)) {
                    assertThat(SegmentVectors.hasGraph(reader(reader))).isEqualTo(count > 1000);
                }
            }
        }
    }

    @Test
    void nearest_inNothing_isNothing() throws IOException {
        try (Directory directory = new MMapDirectory(folder)) {
            add(directory, new VectorSettings(VectorEncoding.BITS_1, NO_GRAPH), List.of(), 0, 0);
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(new Document());
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                VectorSearch search = search(reader, new float[]{1, 0});

                assertThat(search.nearest(10).documents()).isEmpty();
                assertThat(search.cosines(new int[]{0})).containsExactly(0f);
            }
        }
    }

    @Test
    void nearest_afterItsTime_saysSo() throws IOException {
        Random random = new Random(seed());
        try (Directory directory = write(new VectorSettings(VectorEncoding.BITS_1, NO_GRAPH),
                clustered(random, 2000, 16), 1); DirectoryReader reader = DirectoryReader.open(directory)) {
            VectorSearch late =
                    new VectorSearch(reader.leaves(), unit(random, 16), null, Texts.reads(),
                            new Deadline(System.nanoTime()), new WorkCounts());

            assertThatThrownBy(() -> late.nearest(10)).isInstanceOf(SearchTimeoutException.class);
        }
    }

    @Test
    void builder_refusesThresholdsOutsideItsRange_namingThem() {
        LuceneIndex.Builder builder = LuceneIndex.builder(folder);

        assertThatThrownBy(() -> builder.exactUpTo(Source.PRIVATE, 24_999)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("24999").hasMessageContaining("25000 to 10000000");
        assertThatThrownBy(() -> builder.exactUpTo(Source.MARKETPLACE, 10_000_001))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("10000001");
        assertThat(builder.exactUpTo(Source.PRIVATE, 25_000).exactUpTo(Source.PRIVATE, 10_000_000)).isSameAs(builder);
    }

    @Test
    void index_whoseEncodingWasChanged_goesOnWithoutARebuild() {
        IndexScope.PrivateIndex scope = Texts.scope("acme");
        List<VectorEncoding> written = new ArrayList<>();
        for (VectorEncoding encoding : VectorEncoding.values()) {
            LuceneIndex.Builder builder = LuceneIndex.builder(folder).vectors(Source.PRIVATE, encoding);
            try (LuceneIndex index = Texts.started(builder)) {
                if (written.isEmpty()) {
                    Texts.create(index, scope);
                } else {
                    assertThat(index.open(scope)).isInstanceOf(ChunkIndex.Standing.Ready.class);
                }
                index.apply(scope, List.of(Texts.content(scope.org(), encoding.name(), 1, "a text of " + encoding)),
                        Texts.checkpoint(encoding.name()));
                try (IndexSession session = index.session(scope, Long.MAX_VALUE)) {
                    written.add(encoding);
                    for (VectorEncoding earlier : written) {
                        List<IndexSession.Candidate> found = Texts.find(session, SearchMode.VECTOR,
                                "a text of " + earlier, 1);

                        assertThat(Texts.ids(found)).containsExactly(earlier.name());
                        assertThat(found.getFirst().cosine()).isCloseTo(1f, within(1e-5f));
                    }
                }
            }
        }
    }

    @Test
    void encoding_byDefault_isOneBitWhereThereAreManyDimensions() {
        assertThat(VectorEncoding.suitingMany(384)).isEqualTo(VectorEncoding.BITS_1);
        assertThat(VectorEncoding.suitingMany(192)).isEqualTo(VectorEncoding.BITS_1);
        assertThat(VectorEncoding.suitingMany(191)).isEqualTo(VectorEncoding.BITS_4);
    }

    @Test
    void encoding_byDefault_isOneBitWhereManyWereMerged() throws IOException {
        int many = VectorEncoding.MANY;
        List<float[]> vectors = clustered(new Random(seed()), many, WIDE);
        IndexWriterConfig config = new IndexWriterConfig()
                .setCodec(codec(new VectorSettings(null, LuceneIndex.MOST_EXACT_UP_TO), WIDE)).setRAMBufferSizeMB(512);
        try (Directory directory = new MMapDirectory(folder); IndexWriter writer = new IndexWriter(directory, config)) {
            add(writer, vectors, 0, many / 2);
            writer.commit();
            add(writer, vectors, many / 2, many - 1);
            assertThat(encodings(writer)).containsExactly(VectorEncoding.BITS_4, VectorEncoding.BITS_4);
            writer.forceMerge(1);
            assertThat(encodings(writer)).containsExactly(VectorEncoding.BITS_4);

            add(writer, vectors, many - 1, many);
            writer.forceMerge(1);
            assertThat(encodings(writer)).containsExactly(VectorEncoding.BITS_1);

            writer.deleteDocuments(new Term(NUMBER, "7"));
            writer.forceMerge(1);
            assertThat(encodings(writer)).as("of those that are left").containsExactly(VectorEncoding.BITS_4);
        }
    }

    private static List<VectorEncoding> encodings(IndexWriter writer) throws IOException {
        List<VectorEncoding> encodings = new ArrayList<>();
        try (DirectoryReader reader = DirectoryReader.open(writer)) {
            for (LeafReaderContext leaf : reader.leaves()) {
                encodings.add(Objects.requireNonNull(SegmentVectors.of(leaf, new float[WIDE])).encoding());
            }
        }
        return encodings;
    }

    @Test
    void best_keepsTheBest_ofEqualOnesTheFirst() {
        Random random = new Random(seed());
        for (int round = 0; round < 200; round++) {
            int count = 1 + random.nextInt(40);
            int offers = random.nextInt(400);
            Best best = new Best(count);
            List<float[]> all = new ArrayList<>();
            for (int i = 0; i < offers; i++) {
                float score = random.nextInt(60) / 30f - 1;
                best.offer(i, score);
                all.add(new float[]{i, score});
            }
            all.sort(Comparator.<float[]>comparingDouble(offer -> -offer[1]).thenComparingDouble(offer -> offer[0]));

            long[] kept = best.inOrder();

            assertThat(Arrays.stream(kept).mapToInt(Best::document).toArray()).containsExactly(
                    all.stream().limit(count).mapToInt(offer -> (int) offer[0]).toArray());
            assertThat(best.worst()).isEqualTo(
                    offers < count ? Float.NEGATIVE_INFINITY : all.get(count - 1)[1]);
        }
    }

    private void assertFindsAll(Directory directory, List<float[]> vectors, Random random, int segments)
            throws IOException {
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            assertThat(reader.leaves()).hasSize(segments);
            long missed = 0;
            for (int i = 0; i < 10; i++) {
                float[] query = near(random, vectors.get(random.nextInt(vectors.size())));
                Found found = search(reader, query).nearest(20);
                List<Integer> truth = truth(query, vectors, 20, number -> true);
                List<Integer> numbers = new ArrayList<>();
                for (int document : found.documents()) {
                    numbers.add(Integer.valueOf(reader.storedFields().document(document).get(NUMBER)));
                }
                missed += truth.stream().filter(number -> !numbers.contains(number)).count();
            }
            assertThat(missed).isLessThanOrEqualTo(mayBeMissed(200));
        }
    }

    /**
     * How many of so many nearest may be missed. One is when its estimate is too low by more than three times the usual
     * error: with normal errors one in 740. That more than this are missed then happens once in ten thousand times.
     */
    static int mayBeMissed(int nearest) {
        return 3 + 4 * nearest / 740;
    }

    /** Checks what was found, and counts what is nearer and was not. */
    static int missed(Found found, float[] query, List<float[]> vectors, int count, IntPredicate accepted) {
        List<Integer> truth = truth(query, vectors, count, accepted);
        assertThat(found.documents()).hasSize(truth.size()).isSorted();
        for (int i = 0; i < found.documents().length; i++) {
            int number = found.documents()[i];
            assertThat(accepted.test(number)).isTrue();
            assertThat((double) found.scores()[i]).isCloseTo(dot(query, vectors.get(number)), within(1e-5));
        }
        if (truth.isEmpty()) {
            return 0;
        }
        // Vectors of few dimensions are alike by the dozen: as near as the last of the truth is as good.
        double last = dot(query, vectors.get(truth.getLast()));
        return (int) IntStream.range(0, found.scores().length).filter(i -> found.scores()[i] < last - 1e-5).count();
    }

    private static double recall(Found found, List<Integer> truth) {
        return (double) Arrays.stream(found.documents()).filter(truth::contains).count() / truth.size();
    }

    static List<Integer> truth(float[] query, List<float[]> vectors, int count, IntPredicate accepted) {
        double[] cosines = vectors.stream().mapToDouble(vector -> dot(query, vector)).toArray();
        return IntStream.range(0, vectors.size()).filter(accepted).boxed()
                .sorted(Comparator.comparingDouble(number -> -cosines[number])).limit(count).toList();
    }

    /** What reads the vectors of the first segment. */
    static KnnVectorsReader reader(DirectoryReader reader) {
        return Objects.requireNonNull(SegmentVectors.reader(reader.leaves().getFirst().reader()));
    }

    static VectorSearch search(DirectoryReader reader, float[] query) {
        return new VectorSearch(reader.leaves(), query, null, Texts.reads(), unhurried(), new WorkCounts());
    }

    static Deadline unhurried() {
        return new Deadline(System.nanoTime() + Duration.ofMinutes(5).toNanos());
    }

    static ChunkSet only(IntPredicate filter, DirectoryReader reader) {
        FixedBitSet bits = new FixedBitSet(reader.maxDoc());
        IntStream.range(0, reader.maxDoc()).filter(filter).forEach(bits::set);
        return ChunkSet.of(bits);
    }

    /** Vectors that lie around some points, as those of texts do. */
    static List<float[]> clustered(Random random, int count, int dimensions) {
        List<float[]> points = IntStream.range(0, 40).mapToObj(i -> unit(random, dimensions)).toList();
        List<float[]> vectors = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            vectors.add(near(random, points.get(random.nextInt(points.size()))));
        }
        return vectors;
    }

    static float[] near(Random random, float[] point) {
        float[] aside = unit(random, point.length);
        float[] near = new float[point.length];
        for (int i = 0; i < near.length; i++) {
            near[i] = point[i] + 0.8f * aside[i];
        }
        float[] unit = ChunkSchema.unit(near);
        return unit == null ? point : unit;
    }

    /** One document for each vector, the number of the document that of the vector; in so many segments. */
    private Directory write(VectorSettings settings, List<float[]> vectors, int segments) throws IOException {
        Directory directory = new MMapDirectory(folder);
        for (int i = 0; i < segments; i++) {
            add(directory, settings, vectors, vectors.size() * i / segments, vectors.size() * (i + 1) / segments);
        }
        return directory;
    }

    private static DirectoryReader added(Directory directory, VectorSettings settings, List<float[]> vectors)
            throws IOException {
        add(directory, settings, vectors, 0, vectors.size());
        return DirectoryReader.open(directory);
    }

    static void add(Directory directory, VectorSettings settings, List<float[]> vectors, int from, int to)
            throws IOException {
        try (IndexWriter writer = new IndexWriter(directory, config(settings))) {
            add(writer, vectors, from, to);
        }
    }

    private static void add(IndexWriter writer, List<float[]> vectors, int from, int to) throws IOException {
        for (int number = from; number < to; number++) {
            Document document = new Document();
            document.add(new StringField(NUMBER, Integer.toString(number), Field.Store.YES));
            document.add(new NumericDocValuesField(ChunkSchema.PLACE, 0));
            document.add(new KnnFloatVectorField(ChunkSchema.VECTOR, vectors.get(number),
                    VectorSimilarityFunction.DOT_PRODUCT));
            writer.addDocument(document);
        }
    }

    static IndexWriterConfig config(VectorSettings settings) {
        return new IndexWriterConfig().setCodec(codec(settings, 1)).setMergePolicy(NoMergePolicy.INSTANCE)
                .setRAMBufferSizeMB(512);
    }

    private static Lucene104Codec codec(VectorSettings settings, int dimensions) {
        KnnVectorsFormat format = settings.format(dimensions);
        return new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return format;
            }
        };
    }
}
