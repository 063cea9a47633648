package io.croft.benchmarks.index;

import com.sun.management.OperatingSystemMXBean;
import io.croft.benchmarks.data.OrgIndex;
import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import io.croft.lucene.LuceneIndex;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexScope;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What it costs to make chunks searchable that are ready: cut, embedded and in memory. Counted is all that the process
 * computes meanwhile, merges, garbage collection and compilation too, until they are committed and a search finds them.
 */
public final class IndexingBenchmark implements Benchmark {

    static final int BAR_SECONDS = 15;

    private static final int COUNT = Given.count("chunks", 100_000);
    private static final int WARMUP = 5_000;
    /** As many changes as the follower reads at once: at first, and, doubled while it is behind, at most. */
    private static final int FIRST_BATCH = 50;
    private static final int MOST_IN_BATCH = 1_000;
    /** After as many changes the follower commits. */
    private static final int COMMIT_EVERY = 20_000;
    private static final int REBUILD_PAGE = 200;

    @Override
    public Outcome run() throws Exception {
        Optional<PackageCatalogue> catalogue = PackageCatalogue.find();
        if (catalogue.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        IndexScope.PrivateIndex scope = OrgIndex.named("indexing");
        ReadyChunks chunks = new ReadyChunks(catalogue.get());
        List<ContentChunks> ready = IndexLoad.page(chunks, scope.org(), 0, COUNT);
        measure(scope, chunks, ready.subList(0, WARMUP), "warm-up, rebuild", IndexingBenchmark::rebuild);
        measure(scope, chunks, ready.subList(0, WARMUP), "warm-up, changes", IndexingBenchmark::follow);
        double rebuilt = measure(scope, chunks, ready, "rebuild", IndexingBenchmark::rebuild);
        double followed = measure(scope, chunks, ready, "changes", IndexingBenchmark::follow);
        measure(scope, chunks, ready, "changes, searched", searchedMeanwhile(chunks));
        System.out.printf(Locale.ROOT, "the bar is %d CPU seconds for 100,000%n", BAR_SECONDS);
        double bar = BAR_SECONDS * COUNT / 100_000.0;
        return rebuilt <= bar && followed <= bar ? Outcome.REACHED : Outcome.MISSED;
    }

    /** A way to bring chunks into an index. */
    private interface Way {
        void index(LuceneIndex index, IndexScope.PrivateIndex scope, List<ContentChunks> ready);
    }

    private static double measure(IndexScope.PrivateIndex scope, ReadyChunks chunks, List<ContentChunks> ready,
            String name, Way way) throws Exception {
        try (TempFolder folder = TempFolder.create();
                LuceneIndex index = IndexLoad.started(LuceneIndex.builder(folder.at("index")))) {
            long cpu = cpuNanos();
            long start = System.nanoTime();
            way.index(index, scope, ready);
            int shown = IndexLoad.search(index, scope, chunks.query(1));
            double seconds = (cpuNanos() - cpu) / 1e9;
            System.out.printf(Locale.ROOT, "%-17s %,d chunks: %.1f CPU s, %.1f s, %d hits%n", name, ready.size(),
                    seconds, (System.nanoTime() - start) / 1e9, shown);
            return seconds;
        }
    }

    private static void rebuild(LuceneIndex index, IndexScope.PrivateIndex scope, List<ContentChunks> ready) {
        try (var build = index.rebuild(scope)) {
            for (int from = 0; from < ready.size(); from += REBUILD_PAGE) {
                build.add(ready.subList(from, Math.min(ready.size(), from + REBUILD_PAGE)));
            }
            build.finish(new Checkpoint("1"));
        }
    }

    private static void follow(LuceneIndex index, IndexScope.PrivateIndex scope, List<ContentChunks> ready) {
        follow(index, scope, ready, () -> {
        });
    }

    /** With a search after each batch, for which each must be made visible. */
    private static Way searchedMeanwhile(ReadyChunks chunks) {
        return (index, scope, ready) -> follow(index, scope, ready,
                () -> IndexLoad.search(index, scope, chunks.query(1)));
    }

    private static void follow(LuceneIndex index, IndexScope.PrivateIndex scope, List<ContentChunks> ready,
            Runnable afterBatch) {
        try (var build = index.rebuild(scope)) {
            build.finish(Checkpoint.BEGINNING);
        }
        int size = FIRST_BATCH;
        int toCommit = 0;
        for (int from = 0; from < ready.size(); from += size, size = Math.min(MOST_IN_BATCH, 2 * size)) {
            if (toCommit >= COMMIT_EVERY) {
                toCommit = 0;
                index.commit(scope);
            }
            int to = Math.min(ready.size(), from + size);
            index.apply(scope, ready.subList(from, to), new Checkpoint(String.valueOf(to)));
            toCommit += size;
            afterBatch.run();
        }
        index.commit(scope);
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
