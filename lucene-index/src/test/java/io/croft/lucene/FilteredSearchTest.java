package io.croft.lucene;

import static io.croft.lucene.Texts.MODEL;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.dot;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.unit;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.content.EmbeddingModel;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a filter costs: no hits, and no limit of Lucene's. */
class FilteredSearchTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final int DIMENSIONS = 48;
    private static final int SIZE = 6_000;
    private static final int CLUSTERS = 50;

    @TempDir
    Path root;

    @Test
    void nearest_underAnyFilter_areAlmostAllFound_withoutTheGraph() throws IOException {
        Random random = new Random(seed());
        ChunkSchema schema = new ChunkSchema(new IndexSchema(new EmbeddingModel("clustered", DIMENSIONS, 0.1),
                Fields.declare().number("share").number("cluster")));
        List<float[]> centres = IntStream.range(0, CLUSTERS).mapToObj(i -> unit(random, DIMENSIONS)).toList();
        List<float[]> vectors = new ArrayList<>();
        List<ContentChunks> documents = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            vectors.add(near(random, centres.get(i % CLUSTERS)));
            documents.add(new ContentChunks(new ContentKey(ACME.org(), "d" + i), 1, "clustered", Texts.WRITTEN, "",
                    Map.of("share", Double.toString(i / (double) SIZE * 100), "cluster",
                            Integer.toString(i % CLUSTERS)),
                    List.of(new Chunk(0, 0, 1, "text", vectors.get(i)))));
        }
        try (Directory directory = new ByteBuffersDirectory()) {
            write(directory, schema, documents);
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                assertThat(reader.leaves()).hasSize(1);
                WorkCounts counts = new WorkCounts();
                Matches matches = new Matches(Source.PRIVATE,
                        new SharedStatisticsSearcher(reader.getContext(), TextStatistics.NONE), schema.analyzer(),
                        null);
                for (double percent : new double[]{50, 20, 10, 5, 1, 0.2}) {
                    // Any of all clusters; and only clusters that the query is not in, which a graph is worst at.
                    Filter any = Filter.range("share").below(percent);
                    double recall = 0;
                    int queries = 50;
                    for (int q = 0; q < queries; q++) {
                        int cluster = random.nextInt(CLUSTERS);
                        Filter filter =
                                q % 2 == 0 ? any : Filter.all(any, Filter.not(Filter.equals("cluster", cluster)));
                        float[] query = near(random, centres.get(cluster));
                        int skipped = q % 2 == 0 ? -1 : cluster;
                        Set<Integer> best = IntStream.range(0, SIZE).boxed()
                                .filter(i -> i / (double) SIZE * 100 < percent && i % CLUSTERS != skipped)
                                .sorted(Comparator.comparingDouble(i -> -dot(query, vectors.get(i)))).limit(10)
                                .collect(Collectors.toSet());

                        CandidateQuery asked = new CandidateQuery(SearchMode.VECTOR, QueryText.of(""), query,
                                TextStatistics.NONE, 100, Long.MAX_VALUE).filter(filter);
                        Found found = new VectorSearch(reader.leaves(), query, matches.passing(asked, deadline()),
                                Texts.reads(), deadline(), counts).nearest(100);

                        recall += best(found, 10).filter(best::contains).count() / (double) best.size();
                    }

                    assertThat(recall / queries).as("recall@10 under a filter of %s %%", percent)
                            .isGreaterThanOrEqualTo(0.99);
                }
                assertThat(counts.walks() + counts.walksAstray()).isZero();
            }
        }
    }

    private static IntStream best(Found found, int count) {
        return IntStream.range(0, found.documents().length).boxed()
                .sorted(Comparator.comparingDouble(place -> -found.scores()[place])).limit(count)
                .mapToInt(place -> found.documents()[place]);
    }

    private static Deadline deadline() {
        return new Deadline(System.nanoTime() + Duration.ofSeconds(60).toNanos());
    }

    private static float[] near(Random random, float[] centre) {
        float[] noise = unit(random, DIMENSIONS);
        float[] vector = new float[DIMENSIONS];
        for (int d = 0; d < DIMENSIONS; d++) {
            vector[d] = centre[d] + 0.7f * noise[d];
        }
        float[] unit = ChunkSchema.unit(vector);
        return unit == null ? centre : unit;
    }

    /** One segment with a graph, however small it is. */
    private static void write(Directory directory, ChunkSchema schema, List<ContentChunks> documents)
            throws IOException {
        KnnVectorsFormat graph = new Lucene104HnswScalarQuantizedVectorsFormat(ScalarEncoding.UNSIGNED_BYTE, 16, 100,
                1, null, 0);
        IndexWriterConfig config = new IndexWriterConfig(schema.analyzer()).setCodec(new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return graph;
            }
        });
        try (IndexWriter writer = new IndexWriter(directory, config)) {
            for (ContentChunks document : documents) {
                writer.addDocuments(schema.documents(document));
            }
            writer.forceMerge(1);
        }
    }

    @Test
    void words_asManyAsAQueryMayHave_areFoundUnderTheLargestFilter() {
        List<String> words = IntStream.range(0, QueryText.MAX_TERMS).mapToObj(i -> "w" + i + "x").toList();
        String text = String.join(" ", words);
        List<Filter> filters = new ArrayList<>(Collections.nCopies(Filter.MAX_FILTERS - 2, Filter.exists("kind")));
        filters.add(Filter.in("kind", IntStream.range(0, Filter.MAX_VALUES).mapToObj(i -> "k" + i).toList()));
        Filter filter = Filter.all(filters.toArray(Filter[]::new));
        try (LuceneIndex index = LuceneIndex.at(root)) {
            index.start(new IndexSchema(MODEL, Fields.declare().keyword("kind")), event -> {
            });
            Texts.create(index, ACME, checkpoint("0"), List.of(
                    Texts.content(ACME.org(), "a", 1, "", Map.of("kind", "k1023"), text),
                    Texts.content(ACME.org(), "b", 1, "", Map.of("kind", "other"), text)));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                CandidateQuery query = new CandidateQuery(SearchMode.TEXT, QueryText.of(text), null,
                        session.statistics(QueryText.of(text)), 10,
                        System.nanoTime() + Duration.ofSeconds(60).toNanos()).filter(filter);

                assertThat(session.candidates(query)).extracting(one -> one.key().id()).containsExactly("a");
                assertThat(session.sorted(query, Sort.ascending("kind")))
                        .extracting(one -> one.candidate().key().id()).containsExactly("a");
            }
        }
    }
}
