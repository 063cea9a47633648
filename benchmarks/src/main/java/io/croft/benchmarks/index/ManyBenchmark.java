package io.croft.benchmarks.index;

import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.PageCache;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import io.croft.lucene.IndexStats;
import io.croft.lucene.LuceneIndex;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Many organisations of very different sizes and a marketplace under a mixed load, in one process. How many, how large
 * and how long are system properties; the defaults take a few minutes.
 */
public final class ManyBenchmark implements Benchmark {

    static final int BAR_P95_MILLIS = 50;
    static final int BAR_P99_MILLIS = 200;
    static final int BAR_MAPS = 40_000;
    static final int BAR_HEAP_BYTES = 30 << 10;
    private static final int COLLECTIONS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_EVERY_NANOS = Duration.ofMillis(5).toNanos();

    @Override
    public Outcome run() throws Exception {
        Optional<PackageCatalogue> catalogue = PackageCatalogue.find();
        if (catalogue.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        Size size = new Size(Given.count("orgs", 2_000), Given.number("chunks", 200_000),
                Given.count("market", 30_000), Given.count("readers", 1_000),
                Duration.ofSeconds(Given.number("seconds", 120)));
        Result result = measure(new ReadyChunks(catalogue.get()), size, Seed.choose("many"));
        print(result);
        return reached(result) ? Outcome.REACHED : Outcome.MISSED;
    }

    /**
     * How much.
     *
     * @param orgs    organisations
     * @param chunks  of all of them together
     * @param market  chunks of the marketplace
     * @param readers that may stay open
     * @param time    of the load
     */
    record Size(int orgs, long chunks, int market, int readers, Duration time) {
    }

    /**
     * What came of it.
     *
     * @param load     of the mixed load
     * @param stats    after it, as soon as no more indexes are open than may be, or half a minute later
     * @param heapEach what an open index takes
     */
    record Result(ManyLoad.Report load, IndexStats stats, long heapEach) {
    }

    static Result measure(ReadyChunks chunks, Size size, long seed) throws Exception {
        Orgs orgs = Orgs.of(size.orgs(), size.chunks(), new SplittableRandom(seed));
        try (TempFolder folder = TempFolder.create()) {
            long start = System.nanoTime();
            try (LuceneIndex index = IndexLoad.started(LuceneIndex.builder(folder.at("index")))) {
                orgs.build(index, chunks, size.market());
            }
            System.out.printf(Locale.ROOT, "%,d organisations of %,d to 1 chunks, %,d in all, built in %.0f s%n",
                    orgs.count(), orgs.sizes()[0], orgs.chunks(), (System.nanoTime() - start) / 1e9);
            PageCache.forget(folder.path());
            try (LuceneIndex index = IndexLoad
                    .started(LuceneIndex.builder(folder.at("index")).openReaders(size.readers()))) {
                long each = heapOfEach(index, orgs, chunks, Math.min(size.readers(), size.orgs()));
                ManyLoad.Report report = new ManyLoad(index, orgs, chunks, seed).run(size.time());
                return new Result(report, settled(index, chunks, size.readers()), each);
            }
        }
    }

    /** What an index that was opened and searched once takes, of the smallest ones, which are most. */
    private static long heapOfEach(LuceneIndex index, Orgs orgs, ReadyChunks chunks, int count) {
        int half = count / 2;
        warm(index, orgs, chunks, 0, half);
        long before = heap();
        warm(index, orgs, chunks, half, count);
        return Math.max(0, heap() - before) / Math.max(1, count - half);
    }

    private static void warm(LuceneIndex index, Orgs orgs, ReadyChunks chunks, int from, int to) {
        for (int i = from; i < to; i++) {
            int shown = IndexLoad.search(index, orgs.scopes().get(orgs.count() - 1 - i), chunks.query(i));
            if (shown == 0) {
                throw new IllegalStateException("no hit in " + orgs.scopes().get(orgs.count() - 1 - i));
            }
        }
    }

    /** Readers that were let go of are closed by a thread of their own, and some are only let go of by a search. */
    private static IndexStats settled(LuceneIndex index, ReadyChunks chunks, int readers) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        IndexStats stats = index.stats();
        while (stats.openReaders() > readers && System.nanoTime() - end < 0) {
            IndexLoad.search(index, Orgs.MARKET, chunks.query(0));
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
            stats = index.stats();
        }
        return stats;
    }

    private static void print(Result result) {
        ManyLoad.Report report = result.load();
        IndexStats stats = result.stats();
        System.out.println("queries " + report.queries() + " (bars 50, 200)");
        System.out.println("changes " + report.writes());
        System.out.println("errors  " + report.errors() + ' ' + report.firstError());
        System.out.printf(Locale.ROOT,
                "most: %,d maps of the process (bar %,d), %,d descriptors, %d writers, %,d bytes in their memory%n",
                report.mostMaps(), BAR_MAPS, report.mostFiles(), report.mostWriters(), report.mostBuffered());
        System.out.printf(Locale.ROOT, "heap for each open index: %,d bytes (bar %,d), estimated %,d%n",
                result.heapEach(),
                BAR_HEAP_BYTES, stats.readerHeapBytes() / Math.max(1, stats.openReaders()));
        System.out.println(stats);
    }

    private static boolean reached(Result result) {
        ManyLoad.Report report = result.load();
        return report.errors() == 0 && report.queries().millis(.95) < BAR_P95_MILLIS
                && report.queries().millis(.99) < BAR_P99_MILLIS && report.mostMaps() < BAR_MAPS
                && result.heapEach() <= BAR_HEAP_BYTES;
    }

    private static long heap() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
