package io.croft.benchmarks.index;

import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.data.History;
import io.croft.benchmarks.data.OrgIndex;
import io.croft.benchmarks.run.Percentiles;
import io.croft.lucene.LuceneIndex;
import io.croft.search.SearchMode;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Replaces an index by a newly built generation and puts the one before back, again and again, while threads search it.
 * Every chunk of a generation has the generation's number as its revision: a search that fails, finds less than all, or
 * finds chunks of two generations is a fault.
 */
final class SwapProof {

    private static final IndexScope.PrivateIndex SCOPE = OrgIndex.named("swapped");
    private static final int SEARCHERS = 3;
    private static final int EVERYTHING = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final History history = new History(7, SCOPE, List.of(SCOPE.org()), 500, 400);
    private final List<ContentChunks> contents = history.contents(20);
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong queries = new AtomicLong();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

    /**
     * What was measured.
     *
     * @param queries   how many were answered meanwhile
     * @param swap      from the call that ends a rebuild to its return, when new searches see the new generation
     * @param rollBack  from the call to when the index has been opened again and takes changes
     * @param faults    failed or wrong queries: must be none
     */
    record Report(long queries, Percentiles swap, Percentiles rollBack, List<String> faults) {

        Report {
            faults = List.copyOf(faults);
        }
    }

    Report run(Path folder, int swaps) throws InterruptedException {
        long[] swap = new long[swaps];
        long[] back = new long[swaps];
        try (LuceneIndex index = LuceneIndex.builder(folder).keepPrevious(Duration.ofHours(1)).build();
                ExecutorService threads = Executors.newFixedThreadPool(SEARCHERS)) {
            index.start(History.SCHEMA, event -> {
            });
            build(index, 1);
            List<Future<?>> searchers = new ArrayList<>();
            for (int i = 0; i < SEARCHERS; i++) {
                searchers.add(threads.submit(() -> search(index)));
            }
            for (int i = 0; i < swaps; i++) {
                swap[i] = build(index, i + 2);
                long start = System.nanoTime();
                if (!index.rollBack(SCOPE) || !(index.open(SCOPE) instanceof Standing.Ready)) {
                    faults.add("generation " + (i + 2) + " could not be rolled back");
                }
                back[i] = System.nanoTime() - start;
                build(index, i + 2);
            }
            ended.set(true);
            for (Future<?> searcher : searchers) {
                end(searcher);
            }
        }
        return new Report(queries.get(), Percentiles.of(swap), Percentiles.of(back),
                faults.stream().limit(10).toList());
    }

    /** Returns how long the swap took. */
    private long build(ChunkIndex index, int generation) {
        try (ChunkIndex.Rebuild build = index.rebuild(SCOPE)) {
            build.add(contents.stream().map(one -> new ContentChunks(one.key(), generation, one.modelId(),
                    one.updatedAt(), one.title(), one.fields(), one.chunks())).toList());
            long start = System.nanoTime();
            build.finish(History.checkpoint(generation));
            return System.nanoTime() - start;
        }
    }

    private void search(ChunkIndex index) {
        while (!ended.get()) {
            try (IndexSession session = index.session(SCOPE, Long.MAX_VALUE)) {
                QueryText text = QueryText.of(History.word(3));
                List<Candidate> found = session.candidates(new CandidateQuery(SearchMode.HYBRID, text,
                        new HashEmbedder().embedQuery("any"), session.statistics(text), EVERYTHING,
                        System.nanoTime() + PATIENCE.toNanos()));
                Set<Long> generations = new HashSet<>();
                found.forEach(one -> generations.add(session.revision(one.key()).orElse(-1)));
                if (found.size() != session.size() || generations.size() != 1
                        || session.passages(found.subList(0, 10), text, Long.MAX_VALUE).size() != 10) {
                    faults.add(found.size() + " of " + session.size() + " chunks, of generations " + generations);
                }
                queries.incrementAndGet();
            } catch (RuntimeException e) {
                faults.add("a query failed: " + e);
            }
        }
    }

    private static void end(Future<?> searcher) throws InterruptedException {
        try {
            searcher.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a searcher ended: " + e.getCause(), e);
        }
    }
}
