package io.croft.benchmarks.index;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;

/** Swaps generations under a load of queries. */
public final class SwapBenchmark implements Benchmark {

    static final int BAR_ROLL_BACK_MILLIS = 1_000;
    private static final int SWAPS = 100;

    @Override
    public Outcome run() throws Exception {
        SwapProof.Report report = measure(Given.count("swaps", SWAPS));
        System.out.println("queries meanwhile: " + report.queries() + ", failed or wrong: " + report.faults().size()
                + " (must be 0)");
        System.out.println("end of a rebuild, its commit included: " + report.swap());
        System.out.println("rolling back: " + report.rollBack() + " (most ≤ " + BAR_ROLL_BACK_MILLIS + " ms)");
        report.faults().forEach(System.out::println);
        return report.faults().isEmpty() && report.rollBack().millis(1) <= BAR_ROLL_BACK_MILLIS
                ? Outcome.REACHED
                : Outcome.MISSED;
    }

    static SwapProof.Report measure(int swaps) throws InterruptedException {
        try (TempFolder folder = TempFolder.create()) {
            return new SwapProof().run(folder.path(), swaps);
        }
    }
}
