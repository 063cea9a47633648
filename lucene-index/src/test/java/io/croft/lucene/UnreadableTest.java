package io.croft.lucene;

import static io.croft.lucene.Texts.content;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.search.Facet;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Sort;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import io.croft.spi.Sight;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.Terms;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a session reads may turn out to be damaged, in any of the ways in which Lucene shows it. */
class UnreadableTest {

    private static final IndexScope.PrivateIndex ACME = Texts.scope("acme");
    private static final IndexSchema SCHEMA = new IndexSchema(Texts.MODEL, Fields.declare().keyword("breed"));
    private static final QueryText TEXT = QueryText.of("saddle");

    @TempDir
    Path folder;

    /** What all reads of files do; at first nothing. */
    private Runnable reading = () -> {
    };

    @Test
    void everyRead_thatFails_saysSo_andHasTheFilesChecked() throws IOException {
        ChunkSchema schema = new ChunkSchema(SCHEMA);
        AtomicInteger damaged = new AtomicInteger();
        IndexThreads threads = new IndexThreads();
        try (DirectoryReader reader = new Watched(write(schema))) {
            Generation generation = new Generation(1, folder, new MMapDirectory(folder), threads, retired -> {
            });
            OpenReader open = new OpenReader(reader, generation, threads, closed -> {
            });
            LuceneSession known = new LuceneSession(ACME, Sight.ALL, open, schema, threads, new WorkCounts(),
                    its -> damaged.incrementAndGet());
            List<Candidate> found = known.candidates(query());
            assertThat(found).hasSize(1);
            List<RuntimeException> ways = List.of(new IndexOutOfBoundsException("9"),
                    new NegativeArraySizeException("-9"));
            for (RuntimeException way : ways) {
                for (Map.Entry<String, Consumer<IndexSession>> read : reads(found).entrySet()) {
                    // A session remembers words and filters, so each read has one of its own.
                    LuceneSession session =
                            new LuceneSession(ACME, Sight.ALL, open, schema, threads, new WorkCounts(),
                                    its -> damaged.incrementAndGet());
                    reading = () -> {
                        throw way;
                    };
                    int before = damaged.get();

                    assertThatThrownBy(() -> read.getValue().accept(session)).as(read.getKey())
                            .isInstanceOf(CroftException.class).hasMessageContaining("cannot be read").hasCause(way);
                    assertThat(damaged).as(read.getKey()).hasValue(before + 1);
                }
            }
        } finally {
            threads.close();
        }
    }

    private static Map<String, Consumer<IndexSession>> reads(List<Candidate> found) {
        return Map.of("statistics", session -> session.statistics(TEXT),
                "near", session -> session.near(QueryText.of("sadle"), TextStatistics.NONE, soon()),
                "candidates", session -> session.candidates(query()),
                "sorted", session -> session.sorted(query(), Sort.ascending("breed")),
                "facets", session -> session.facets(query(), facets()),
                "passages", session -> session.passages(found, TEXT, Long.MAX_VALUE),
                "texts", session -> session.texts(found, Long.MAX_VALUE),
                "vectors", session -> session.vectors(found),
                "meanVector", session -> session.meanVector(found.getFirst().key()),
                "revision", session -> session.revision(found.getFirst().key()));
    }

    private static List<Facet> facets() {
        return SearchQuery.of("saddle").facet("breed", 3).facets();
    }

    private static CandidateQuery query() {
        return new CandidateQuery(SearchMode.HYBRID, TEXT, Texts.vector("saddle"), TextStatistics.NONE, 10, soon());
    }

    private static long soon() {
        return System.nanoTime() + Duration.ofMinutes(1).toNanos();
    }

    private DirectoryReader write(ChunkSchema schema) throws IOException {
        MMapDirectory directory = new MMapDirectory(folder);
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(schema.analyzer()))) {
            writer.addDocuments(schema.documents(
                    content(ACME.org(), "a", 1, "Title", Map.of("breed", "cob"), "saddle")));
        }
        return DirectoryReader.open(directory);
    }

    /** A reader that tells of each read. */
    private final class Watched extends FilterDirectoryReader {

        Watched(DirectoryReader in) throws IOException {
            super(in, new SubReaderWrapper() {
                @Override
                public LeafReader wrap(LeafReader leaf) {
                    return new WatchedLeaf(leaf);
                }
            });
        }

        @Override
        protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
            return new Watched(in);
        }

        @Override
        public CacheHelper getReaderCacheHelper() {
            return in.getReaderCacheHelper();
        }
    }

    private final class WatchedLeaf extends FilterLeafReader {

        WatchedLeaf(LeafReader in) {
            super(in);
        }

        @Override
        public Terms terms(String field) throws IOException {
            reading.run();
            return super.terms(field);
        }

        @Override
        public BinaryDocValues getBinaryDocValues(String field) throws IOException {
            reading.run();
            return super.getBinaryDocValues(field);
        }

        @Override
        public FloatVectorValues getFloatVectorValues(String field) throws IOException {
            reading.run();
            return super.getFloatVectorValues(field);
        }

        @Override
        public CacheHelper getReaderCacheHelper() {
            return in.getReaderCacheHelper();
        }

        @Override
        public CacheHelper getCoreCacheHelper() {
            return in.getCoreCacheHelper();
        }
    }
}
