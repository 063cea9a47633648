package io.croft.lucene;

import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.unit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.croft.lucene.text.ChunkAnalyzer;
import io.croft.lucene.text.TextQuery;
import io.croft.spi.IndexSession;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A few documents of many chunks that are nearer than anything else, beside all others. */
class CrowdTest {

    private static final int DIMENSIONS = 96;
    private static final int WANTED = 100;
    private static final int MOST = IndexSession.MAX_CHUNKS_OF_A_DOCUMENT;
    /** Together more chunks than are ever measured for so many wanted, or kept by a walk through a graph. */
    private static final int CROWDS = 5;
    private static final int CHUNKS = 500;
    private static final int CROWD_EVERY = 100;

    @TempDir
    Path folder;

    /** Which document the chunk with this number is of, and its vector. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Chunk(int document, float[] vector) {
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32, 1", "BITS_8, 1", "BITS_4, 1", "BITS_1, 1", "FLOAT32, 4", "BITS_8, 4", "BITS_4, 4",
            "BITS_1, 4"})
    void nearest_bySegmentsWithoutAGraph_comeFromManyDocuments(VectorEncoding encoding, int segments)
            throws IOException {
        Random random = new Random(seed());
        float[] query = unit(random, DIMENSIONS);
        List<Chunk> chunks = crowded(random, query, 6000);
        try (Directory directory = new MMapDirectory(folder)) {
            write(directory, new VectorSettings(encoding, LuceneIndex.MOST_EXACT_UP_TO), chunks, segments);

            assertNoCrowd(directory, query, chunks, segments, encoding == VectorEncoding.BITS_1 ? 0.8 : 0.98);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "BITS_4"})
    void nearest_throughAGraph_comeFromManyDocuments(VectorEncoding encoding) throws IOException {
        Random random = new Random(seed());
        float[] query = unit(random, DIMENSIONS);
        List<Chunk> chunks = crowded(random, query, 24_000);
        try (Directory directory = new MMapDirectory(folder)) {
            write(directory, new VectorSettings(encoding, VectorSearchTest.SOON_A_GRAPH), chunks, 1);
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                assertThat(SegmentVectors.hasGraph(Objects.requireNonNull(
                        SegmentVectors.reader(reader.leaves().getFirst().reader())))).isTrue();
            }

            assertNoCrowd(directory, query, chunks, 1, 0.98);
        }
    }

    /** What is kept of one document by its estimates must have its best chunks. */
    @ParameterizedTest
    @EnumSource
    void nearest_inOneLongDocument_areItsBestChunks(VectorEncoding encoding) throws IOException {
        Random random = new Random(seed());
        float[] query = unit(random, DIMENSIONS);
        List<Chunk> chunks = IntStream.range(0, 3000).mapToObj(i -> new Chunk(0,
                at(random, query, i % 1000 == 7 ? 0.9 : 0.5 * random.nextDouble()))).toList();
        try (Directory directory = new MMapDirectory(folder)) {
            write(directory, new VectorSettings(encoding, LuceneIndex.MOST_EXACT_UP_TO), chunks, 1);
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                Found found = search(reader, query).nearest(WANTED);

                assertThat(found.documents()).containsExactly(7, 1007, 2007);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "1, 200", "4, 10", "4, 200"})
    void best_byWords_areThoseOfScoringAll(int segments, int wanted) throws IOException {
        Random random = new Random(seed());
        List<List<String>> documents = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            boolean isCrowd = i % 300 == 50;
            documents.add(isCrowd ? Collections.nCopies(CHUNKS, "saddle saddle horse") : texts(random));
        }
        Analyzer analyzer = new ChunkAnalyzer();
        try (Directory directory = new MMapDirectory(folder)) {
            List<Integer> owners = writeTexts(directory, documents, analyzer, segments);
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                for (String text : List.of("saddle", "horse", "saddle horse", "saddle horse tail", "tail")) {
                    TextQuery query = TextQuery.of(QueryText.of(text), analyzer,
                            new SharedStatisticsSearcher(reader.getContext(), TextStatistics.NONE));
                    TextSearch search = new TextSearch(query, reader.getContext(), query.statistics(), null,
                            unhurried());
                    float[] all = search.scores(IntStream.range(0, reader.maxDoc()).toArray());

                    Found found = search.best(wanted);

                    List<Float> expected = bestFew(owners, all, wanted);
                    List<Float> scores = sorted(found.scores());
                    // Lucene may add the words' parts up in another order.
                    assertThat(scores).as(text).hasSameSizeAs(expected);
                    for (int i = 0; i < scores.size(); i++) {
                        assertThat(scores.get(i)).as(text).isCloseTo(expected.get(i), within(1e-5f));
                        assertThat(found.scores()[i]).isCloseTo(all[found.documents()[i]], within(1e-5f));
                    }
                    assertAtMostAFew(found, owners);
                }
            }
        }
    }

    /** The scores that are wanted, by taking all that match one after the other. */
    private static List<Float> bestFew(List<Integer> owners, float[] all, int wanted) {
        Map<Integer, Integer> taken = new HashMap<>();
        return IntStream.range(0, all.length).filter(i -> all[i] > 0).boxed()
                .sorted((a, b) -> Float.compare(all[b], all[a]))
                .filter(i -> taken.merge(owners.get(i), 1, Integer::sum) <= MOST).limit(wanted)
                .map(i -> all[i]).toList();
    }

    private static List<Float> sorted(float[] scores) {
        List<Float> sorted = new ArrayList<>();
        for (float score : scores) {
            sorted.add(score);
        }
        sorted.sort(Collections.reverseOrder());
        return sorted;
    }

    private static List<String> texts(Random random) {
        String[] words = {"saddle", "saddle", "pony", "stable", "hay", "oat", "mare", "foal", "hoof", "leather",
                random.nextInt(8) == 0 ? "horse" : "mane", random.nextInt(40) == 0 ? "tail" : "rein"};
        return IntStream.range(0, 1 + random.nextInt(4)).mapToObj(i -> {
            StringBuilder text = new StringBuilder("yard");
            random.ints(random.nextInt(25), 0, words.length).forEach(word -> text.append(' ').append(words[word]));
            return text.toString();
        }).toList();
    }

    private static void assertNoCrowd(Directory directory, float[] query, List<Chunk> chunks, int segments,
            double least) throws IOException {
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            assertThat(reader.leaves()).hasSize(segments);
            List<Integer> owners = chunks.stream().map(Chunk::document).toList();
            float[] all = new float[chunks.size()];
            for (int i = 0; i < all.length; i++) {
                all[i] = (float) Texts.dot(query, chunks.get(i).vector());
            }

            Found found = search(reader, query).nearest(WANTED);

            assertThat(found.documents()).hasSize(WANTED).isSorted();
            assertAtMostAFew(found, owners);
            List<Float> truth = bestFew(owners, all, WANTED);
            assertThat(truth.subList(0, CROWDS * MOST)).allSatisfy(one -> assertThat(one).isGreaterThan(0.9f));
            float last = truth.getLast();
            for (int i = 0; i < found.documents().length; i++) {
                assertThat(found.scores()[i]).isCloseTo(all[found.documents()[i]], within(1e-5f));
            }
            long good = IntStream.range(0, WANTED).filter(i -> found.scores()[i] >= last - 1e-5).count();
            assertThat((double) good / WANTED).isGreaterThanOrEqualTo(least);
        }
    }

    private static VectorSearch search(DirectoryReader reader, float[] query) {
        return new VectorSearch(reader.leaves(), query, null, Texts.reads(), unhurried(), new WorkCounts());
    }

    private static void assertAtMostAFew(Found found, List<Integer> owners) {
        Map<Integer, Integer> own = new HashMap<>();
        for (int chunk : found.documents()) {
            own.merge(owners.get(chunk), 1, Integer::sum);
        }
        assertThat(own.values()).allSatisfy(count -> assertThat(count).isLessThanOrEqualTo(MOST));
    }

    /** So many chunks of documents of one to four, and among them the crowds. */
    private static List<Chunk> crowded(Random random, float[] query, int others) {
        List<Chunk> chunks = new ArrayList<>();
        for (int document = 0; chunks.size() < others + CROWDS * CHUNKS; document++) {
            boolean isCrowd = document % CROWD_EVERY == 50 && document / CROWD_EVERY < CROWDS;
            int count = isCrowd ? CHUNKS : 1 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                // Few are near, as it is with texts.
                double cosine = -0.2 + 0.9 * Math.pow(random.nextDouble(), 4);
                chunks.add(new Chunk(document, at(random, query, isCrowd ? 0.95 : cosine)));
            }
        }
        return chunks;
    }

    /** A unit vector that has this cosine with another, and else any direction. */
    static float[] at(Random random, float[] other, double cosine) {
        float[] any = unit(random, other.length);
        double dot = Texts.dot(any, other);
        double aside = Math.sqrt((1 - cosine * cosine) / (1 - dot * dot));
        float[] vector = new float[other.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (cosine * other[i] + aside * (any[i] - dot * other[i]));
        }
        return vector;
    }

    private static void write(Directory directory, VectorSettings settings, List<Chunk> chunks, int segments)
            throws IOException {
        KnnVectorsFormat format = settings.format(DIMENSIONS);
        IndexWriterConfig config = new IndexWriterConfig().setCodec(new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return format;
            }
        });
        List<List<List<IndexableField>>> blocks = new ArrayList<>();
        for (Chunk chunk : chunks) {
            while (blocks.size() <= chunk.document()) {
                blocks.add(new ArrayList<>());
            }
            List<List<IndexableField>> block = blocks.get(chunk.document());
            List<IndexableField> document = new ArrayList<>();
            ChunkSchema.addPlace(block.size(), document);
            document.add(new KnnFloatVectorField(ChunkSchema.VECTOR, chunk.vector(),
                    VectorSimilarityFunction.DOT_PRODUCT));
            block.add(document);
        }
        write(directory, config, blocks, segments);
    }

    /** Which document each chunk is of, by number. */
    static List<Integer> writeTexts(Directory directory, List<List<String>> documents, Analyzer analyzer,
            int segments) throws IOException {
        List<Integer> owners = new ArrayList<>();
        List<List<List<IndexableField>>> blocks = new ArrayList<>();
        for (List<String> texts : documents) {
            List<List<IndexableField>> block = new ArrayList<>();
            for (String text : texts) {
                List<IndexableField> document = new ArrayList<>();
                ChunkSchema.addPlace(block.size(), document);
                document.add(new TextField(ChunkSchema.TEXT, text, Field.Store.NO));
                block.add(document);
                owners.add(blocks.size());
            }
            blocks.add(block);
        }
        write(directory, new IndexWriterConfig(analyzer).setSimilarity(WriterSettings.SIMILARITY), blocks, segments);
        return owners;
    }

    private static void write(Directory directory, IndexWriterConfig config, List<List<List<IndexableField>>> blocks,
            int segments)
            throws IOException {
        config.setMergePolicy(NoMergePolicy.INSTANCE).setRAMBufferSizeMB(512);
        try (IndexWriter writer = new IndexWriter(directory, config)) {
            for (int i = 0; i < segments; i++) {
                for (List<List<IndexableField>> block : blocks.subList(blocks.size() * i / segments,
                        blocks.size() * (i + 1) / segments)) {
                    writer.addDocuments(block);
                }
                writer.commit();
            }
        }
    }

    static Deadline unhurried() {
        return new Deadline(System.nanoTime() + Duration.ofMinutes(5).toNanos());
    }
}
