package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.lucene.text.ChunkAnalyzer;
import io.croft.lucene.text.TextQuery;
import io.croft.search.Facet;
import io.croft.search.Filter;
import io.croft.spi.QueryText;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Steps that are long within one segment end when time is up, not after them. */
class DeadlineTest {

    private static final Analyzer ANALYZER = new ChunkAnalyzer();
    private static final int CHUNKS = 70_000;

    private static final Directory DIRECTORY = new ByteBuffersDirectory();
    private static DirectoryReader reader;
    private static List<LeafReaderContext> leaves;

    /** A deadline that has passed when the clock is read once more than so often. */
    static Deadline afterLooks(int looks) {
        AtomicInteger looked = new AtomicInteger();
        return new Deadline(0, () -> looked.incrementAndGet() > looks ? 1 : -1);
    }

    @BeforeAll
    static void write() throws IOException {
        try (IndexWriter writer = new IndexWriter(DIRECTORY, new IndexWriterConfig(ANALYZER))) {
            for (int i = 0; i < CHUNKS; i++) {
                List<IndexableField> chunk = new ArrayList<>();
                ChunkSchema.addPlace(0, chunk);
                chunk.add(new TextField(ChunkSchema.TEXT, "pony", Field.Store.NO));
                chunk.add(new SortedSetDocValuesField(FieldSchema.name("kind"), new BytesRef("k" + i % 10)));
                chunk.add(new NumericDocValuesField(FieldSchema.name("price"), i));
                chunk.add(new StringField(FieldSchema.name("article"), "a" + i, Field.Store.NO));
                if (i < 1000) {
                    chunk.add(new KnnFloatVectorField(ChunkSchema.VECTOR, new float[]{0.6f, 0.8f},
                            VectorSimilarityFunction.DOT_PRODUCT));
                }
                writer.addDocument(chunk);
            }
            writer.forceMerge(1);
        }
        reader = DirectoryReader.open(DIRECTORY);
        leaves = reader.leaves();
    }

    @AfterAll
    static void close() throws IOException {
        reader.close();
        DIRECTORY.close();
    }

    @Test
    void filtering_endsInTheMiddle() {
        assertEndsInTheMiddle("filtering", () -> all(afterLooks(10)));
    }

    @Test
    void filtering_byPrefixes_endsAmongTheirTerms() throws IOException {
        Filter one = Filter.prefix("article", "a");
        Filter many = Filter.any(Filter.all(one, Filter.prefix("article", "a1")), Filter.not(one));

        assertThat(filtered(one, CrowdTest.unhurried()).size(leaves.getFirst())).isEqualTo(CHUNKS);
        for (Filter filter : List.of(one, many)) {
            // Far more often than chunks alone would have it look.
            assertEndsInTheMiddle("filtering", () -> filtered(filter, afterLooks(CHUNKS / 100)));
        }
    }

    @Test
    void filter_isTheSameQuery_whateverTheDeadline() {
        Filter filter = Filter.all(Filter.prefix("article", "a"), Filter.prefix("article", "a1"));

        assertThat(FilterQuery.of(filter, afterLooks(1))).isEqualTo(FilterQuery.of(filter, afterLooks(2)))
                .hasSameHashCodeAs(FilterQuery.of(filter, afterLooks(2)))
                .isNotEqualTo(FilterQuery.of(Filter.prefix("article", "a"), afterLooks(1)));
    }

    @Test
    void counting_endsInTheMiddle() throws IOException {
        ChunkSet all = all(CrowdTest.unhurried());
        int looks = looksFor(all);

        assertEndsInTheMiddle("counting", () -> new FacetCount(leaves, all, afterLooks(1)));
        for (Facet facet : List.of(new Facet.Values("kind", 10),
                new Facet.Ranges("price", List.of(Filter.range("price").atLeast(0).atMost(10))))) {
            assertEndsInTheMiddle("counting", () -> new FacetCount(leaves, all, afterLooks(looks + 1)).of(facet));
        }
    }

    /** How often the clock is read before anything is counted. */
    private static int looksFor(ChunkSet all) throws IOException {
        AtomicInteger looks = new AtomicInteger();
        FacetCount counted = new FacetCount(leaves, all, new Deadline(0, () -> -looks.incrementAndGet()));
        assertThat(counted).isNotNull();
        return looks.get();
    }

    @Test
    void searchingForWords_endsInTheMiddle() throws IOException {
        TextQuery query = TextQuery.of(QueryText.of("pony"), ANALYZER, searcher());

        // As many are wanted as there are, so that none is passed over.
        assertEndsInTheMiddle("searching for words", () -> new TextSearch(query, reader.getContext(),
                query.statistics(), null, afterLooks(8)).best(CHUNKS));
    }

    @Test
    void scoring_endsInTheMiddle() throws IOException {
        TextQuery query = TextQuery.of(QueryText.of("pony"), ANALYZER, searcher());

        assertEndsInTheMiddle("scoring words", () -> new TextSearch(query, reader.getContext(), query.statistics(),
                null, afterLooks(1)).scores(IntStream.range(0, 1000).toArray()));
    }

    @Test
    void measuring_endsInTheMiddle() {
        assertEndsInTheMiddle("measuring vectors",
                () -> new VectorSearch(leaves, new float[]{1, 0}, null, Texts.reads(),
                        afterLooks(1), new WorkCounts()).cosines(IntStream.range(0, 1000).toArray()));
    }

    private static void assertEndsInTheMiddle(String doing, ThrowingCallable step) {
        assertThatThrownBy(step).isInstanceOf(SearchTimeoutException.class).hasMessageContaining(doing);
    }

    private static ChunkSet all(Deadline deadline) throws IOException {
        return ChunkSet.of(MatchAllDocsQuery.INSTANCE, searcher(), deadline);
    }

    private static ChunkSet filtered(Filter filter, Deadline deadline) throws IOException {
        return ChunkSet.of(FilterQuery.of(filter, deadline), searcher(), deadline);
    }

    private static SharedStatisticsSearcher searcher() {
        return new SharedStatisticsSearcher(reader.getContext(), TextStatistics.NONE);
    }
}
