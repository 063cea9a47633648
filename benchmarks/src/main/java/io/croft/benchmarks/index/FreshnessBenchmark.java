package io.croft.benchmarks.index;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;

/** How soon a write is found, on the node that wrote it and on others. */
public final class FreshnessBenchmark implements Benchmark {

    static final int BAR_P95_MILLIS = 100;
    private static final int WRITES = 1_000;

    @Override
    public Outcome run() throws Exception {
        FreshnessProof.Report report = measure(Given.count("writes", WRITES));
        System.out.println("from the commit to the first search that has it, where it was written: " + report.writing()
                + " (p95 ≤ " + BAR_P95_MILLIS + " ms)");
        System.out.println("on another node, which is told: " + report.told());
        System.out.println("on a third, which only looks, every 100 ms: " + report.looking());
        System.out.println(
                "lag of the node that is told, asked for when the writing node has the write: " + report.toldLag());
        System.out.println("lag of the one that only looks: " + report.lookingLag());
        System.out.println("from the write's return to the answer of a search after its receipt, with chunking and "
                + "embedding: " + report.after() + "; " + report.missed() + " not visible then (must be 0)");
        return report.missed() == 0 && report.writing().millis(.95) <= BAR_P95_MILLIS
                ? Outcome.REACHED
                : Outcome.MISSED;
    }

    static FreshnessProof.Report measure(int writes) throws InterruptedException {
        try (Database database = Database.start(); TempFolder folder = TempFolder.create()) {
            return new FreshnessProof().run(database, folder.path(), writes);
        }
    }
}
