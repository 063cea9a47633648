package io.croft.benchmarks.index;

import io.croft.OrgId;
import io.croft.lucene.LuceneIndex;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Fills and asks an index through its seam, without a database: what is measured is the index alone, and a hundred
 * thousand organisations are made in minutes.
 */
final class IndexLoad {

    /** As many as the product asks of each leg for ten hits. */
    static final int PER_LEG = 100;
    static final int HITS = 10;

    private static final int PAGE = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private IndexLoad() {
    }

    /** Starts an index for the packages' vectors. */
    static LuceneIndex started(LuceneIndex.Builder builder, Consumer<IndexEvent> events) {
        LuceneIndex index = builder.build();
        index.start(new IndexSchema(ReadyChunks.MODEL, Fields.undeclared()), events);
        return index;
    }

    static LuceneIndex started(LuceneIndex.Builder builder) {
        return started(builder, event -> {
        });
    }

    /** Builds an index of so many chunks at once, as a rebuild does. */
    static void build(ChunkIndex index, IndexScope scope, OrgId org, ReadyChunks chunks, int count) {
        try (ChunkIndex.Rebuild build = index.rebuild(scope)) {
            for (int from = 0; from < count; from += PAGE) {
                build.add(page(chunks, org, from, Math.min(count, from + PAGE)));
            }
            build.finish(new Checkpoint("1"));
        }
    }

    static List<ContentChunks> page(ReadyChunks chunks, OrgId org, int from, int to) {
        List<ContentChunks> page = new ArrayList<>(to - from);
        for (int i = from; i < to; i++) {
            page.add(chunks.document(org, i, 1));
        }
        return page;
    }

    /** A hybrid search of one source, from the statistics to what is shown of ten hits; returns how many there were. */
    static int search(ChunkIndex index, IndexScope scope, ReadyChunks.Query query) {
        try (IndexSession session = index.session(scope, Long.MAX_VALUE)) {
            return search(session, query, session.statistics(QueryText.of(query.text())));
        }
    }

    /** A hybrid search of both sources with shared statistics; returns how many hits are shown. */
    static int search(ChunkIndex index, IndexScope own, IndexScope market, ReadyChunks.Query query) {
        try (IndexSession one = index.session(own, Long.MAX_VALUE);
                IndexSession other = index.session(market, Long.MAX_VALUE)) {
            TextStatistics shared =
                    one.statistics(QueryText.of(query.text())).plus(other.statistics(QueryText.of(query.text())));
            return search(one, query, shared) + search(other, query, shared);
        }
    }

    private static int search(IndexSession session, ReadyChunks.Query query, TextStatistics statistics) {
        List<Candidate> found = new ArrayList<>(
                session.candidates(new CandidateQuery(SearchMode.HYBRID, QueryText.of(query.text()), query.vector(),
                        statistics, PER_LEG, System.nanoTime() + PATIENCE.toNanos())));
        found.sort(Comparator.comparingDouble(candidate -> -candidate.cosine()));
        return session
                .passages(found.subList(0, Math.min(HITS, found.size())), QueryText.of(query.text()), Long.MAX_VALUE)
                .size();
    }
}
