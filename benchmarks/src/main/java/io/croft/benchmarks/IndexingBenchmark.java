package io.croft.benchmarks;

import com.sun.management.OperatingSystemMXBean;
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
final class IndexingBenchmark implements Benchmark {

    static final int BAR_SECONDS = 15;

    private static final int COUNT = Given.count("chunks", 100_000);
    private static final int WARMUP = 5_000;
    /** As many changes as the follower reads at once. */
    private static final int BATCH = 50;
    /** After as many batches the follower commits. */
    private static final int COMMIT_EVERY = 100;

    @Override
    public Outcome run() throws Exception {
        Optional<PackageCatalogue> catalogue = PackageCatalogue.find();
        if (catalogue.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        IndexScope.PrivateIndex scope = IndexLoad.scope("indexing");
        ReadyChunks chunks = new ReadyChunks(catalogue.get());
        List<ContentChunks> ready = IndexLoad.page(chunks, scope.org(), 0, COUNT);
        measure(scope, chunks, ready.subList(0, WARMUP), "warm-up, rebuild", IndexingBenchmark::rebuild);
        measure(scope, chunks, ready.subList(0, WARMUP), "warm-up, changes", IndexingBenchmark::follow);
        double rebuilt = measure(scope, chunks, ready, "rebuild", IndexingBenchmark::rebuild);
        double followed = measure(scope, chunks, ready, "changes", IndexingBenchmark::follow);
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
            for (int from = 0; from < ready.size(); from += 4 * BATCH) {
                build.add(ready.subList(from, Math.min(ready.size(), from + 4 * BATCH)));
            }
            build.finish(new Checkpoint("1"));
        }
    }

    private static void follow(LuceneIndex index, IndexScope.PrivateIndex scope, List<ContentChunks> ready) {
        try (var build = index.rebuild(scope)) {
            build.finish(Checkpoint.BEGINNING);
        }
        for (int batch = 0; batch * BATCH < ready.size(); batch++) {
            index.apply(scope, ready.subList(batch * BATCH, Math.min(ready.size(), (batch + 1) * BATCH)),
                    new Checkpoint(String.valueOf(batch)));
            if (batch % COMMIT_EVERY == 0) {
                index.commit(scope);
            }
        }
        index.commit(scope);
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
