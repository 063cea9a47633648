package io.croft.benchmarks.index;

import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.machine.PageCache;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import io.croft.lucene.LuceneIndex;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The first answer of a process that finds thousands of indexes on its disk and none of them in memory: from the start
 * of the index to the end of a query over a private index and the marketplace, in a new JVM.
 */
public final class StartBenchmark implements Benchmark {

    static final int BAR_MILLIS = 1_000;

    private static final int ORGS = Given.count("orgs", 5_000);
    private static final int CHUNKS = Given.count("chunks", 100_000);
    private static final int MARKET = Given.count("market", 20_000);
    private static final int STARTS = 5;
    private static final String ANSWERED = "answered ";

    @Override
    public Outcome run() throws Exception {
        Optional<PackageCatalogue> catalogue = PackageCatalogue.find();
        if (catalogue.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        ReadyChunks chunks = new ReadyChunks(catalogue.get());
        Orgs orgs = Orgs.of(ORGS, CHUNKS, new SplittableRandom(1));
        try (TempFolder folder = TempFolder.create()) {
            try (LuceneIndex index = IndexLoad.started(LuceneIndex.builder(folder.at("index")))) {
                orgs.build(index, chunks, MARKET);
            }
            double most = 0;
            for (int i = 0; i < STARTS; i++) {
                PageCache.forget(folder.at("index"));
                String line = start(folder, orgs.scopes().get(i * ORGS / STARTS).org().toString(), i);
                System.out.println(line);
                most = Math.max(most, Double.parseDouble(line.substring(ANSWERED.length(), line.indexOf(" ms"))));
            }
            System.out.printf(Locale.ROOT,
                    "%,d organisations on disk: the slowest first answer took %.0f ms (bar %,d)%n",
                    ORGS, most, BAR_MILLIS);
            return most <= BAR_MILLIS ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private static String start(TempFolder folder, String org, int number) throws Exception {
        try (ChildJvm child = ChildJvm.start(StartChild.class, "start-" + number, folder.at("child"),
                List.of(folder.at("index").toString(), org,
                        SharedFolder.collections().resolve("..").normalize().toString()))) {
            return child.awaitLine(ANSWERED);
        }
    }

    /** The new JVM. */
    static final class StartChild {

        private StartChild() {
        }

        /** Opens the folder, asks once, and says how long that took and what was opened. */
        public static void main(String[] args) {
            System.setProperty(SharedFolder.PROPERTY, args[2]);
            ReadyChunks.Query query = new ReadyChunks(PackageCatalogue.find().orElseThrow()).query(3);
            Path root = Path.of(args[0]);
            long start = System.nanoTime();
            LuceneIndex index = IndexLoad.started(LuceneIndex.builder(root));
            int shown = IndexLoad.search(index,
                    index.privateIndexes().stream().filter(one -> one.org().toString().equals(args[1])).findFirst()
                            .orElseThrow(),
                    Orgs.MARKET, query);
            System.out.printf(Locale.ROOT, ANSWERED + "%.0f ms after the start, %d hits, %s%n",
                    (System.nanoTime() - start) / 1e6, shown, index.stats());
            ChildJvm.untilParentEnds();
        }
    }
}
