package io.croft.benchmarks.index;

import io.croft.benchmarks.data.OrgIndex;
import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.PageCache;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Percentiles;
import io.croft.lucene.LuceneIndex;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The first answer of an index of which nothing is in memory: it is checked, opened and asked a hybrid query, with what
 * is shown of ten hits. Beside it, the same by Lucene alone, which checks nothing and asks by vectors only.
 */
public final class ColdBenchmark implements Benchmark {

    /** What p95 may take, in milliseconds, by the number of chunks. */
    static final Map<Integer, Integer> BARS = new TreeMap<>(Map.of(1_000, 30, 10_000, 75, 100_000, 200));

    private static final int SAMPLES = Given.count("samples", 20);
    /** Searches that come first, so that the code is compiled: what is cold is the index, not the process. */
    private static final int WARMUPS = 60;

    @Override
    public Outcome run() throws Exception {
        Optional<PackageCatalogue> catalogue = PackageCatalogue.find();
        if (catalogue.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        ReadyChunks chunks = new ReadyChunks(catalogue.get());
        Outcome outcome = Outcome.REACHED;
        for (Map.Entry<Integer, Integer> bar : BARS.entrySet()) {
            try (TempFolder folder = TempFolder.create()) {
                double p95 = measure(chunks, folder, bar.getKey());
                System.out.printf(Locale.ROOT, "%,9d chunks: p95 %.1f ms (bar %d)%n", bar.getKey(), p95,
                        bar.getValue());
                if (p95 > bar.getValue()) {
                    outcome = Outcome.MISSED;
                }
            }
        }
        return outcome;
    }

    private static double measure(ReadyChunks chunks, TempFolder folder, int size) throws Exception {
        IndexScope.PrivateIndex scope = OrgIndex.named("cold");
        Path root = folder.at("index");
        try (LuceneIndex index = IndexLoad.started(LuceneIndex.builder(root))) {
            IndexLoad.build(index, scope, scope.org(), chunks, size);
        }
        for (int i = 0; i < WARMUPS; i++) {
            open(root, scope, chunks.query(-i));
        }
        long[] opening = new long[SAMPLES];
        long[] whole = new long[SAMPLES];
        long[] bare = new long[SAMPLES];
        long resident = 0;
        for (int i = 0; i < SAMPLES; i++) {
            resident = Math.max(resident, PageCache.forget(root));
            long[] times = open(root, scope, chunks.query(i));
            opening[i] = times[0];
            whole[i] = times[1];
            resident = Math.max(resident, PageCache.forget(root));
            bare[i] = bare(root, chunks.query(i));
        }
        System.out.printf(Locale.ROOT, "%,9d chunks, at most %,d bytes in memory before%n", size, resident);
        System.out.println("          open         " + Percentiles.of(opening));
        System.out.println("          first answer " + Percentiles.of(whole));
        System.out.println("          Lucene alone " + Percentiles.of(bare));
        return Percentiles.of(whole).millis(.95);
    }

    private static long[] open(Path root, IndexScope scope, ReadyChunks.Query query) {
        try (LuceneIndex index = IndexLoad.started(LuceneIndex.builder(root))) {
            long start = System.nanoTime();
            Standing standing = index.open(scope);
            long opened = System.nanoTime();
            int shown = IndexLoad.search(index, scope, query);
            long end = System.nanoTime();
            if (!(standing instanceof Standing.Ready) || shown != IndexLoad.HITS) {
                throw new IllegalStateException(standing + ", " + shown + " hits");
            }
            return new long[]{opened - start, end - start};
        }
    }

    private static long bare(Path root, ReadyChunks.Query query) throws IOException {
        long start = System.nanoTime();
        try (BareLucene lucene = BareLucene.open(root)) {
            lucene.bySegments(query.vector());
            return System.nanoTime() - start;
        }
    }
}
