package io.croft.benchmarks.crash;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;

/** Fills the disk of one organisation at random bytes. */
public final class FullDiskBenchmark implements Benchmark {

    private static final int TIMES = 500;

    @Override
    public Outcome run() {
        FullDiskProof.Report report = measure(Seed.choose("fulldisk"), Given.count("times", TIMES));
        System.out.println("the disk was full in the midst of something " + report.failures() + " times; faults "
                + report.faults().size() + " (must be 0)");
        report.faults().stream().limit(20).forEach(System.out::println);
        return report.faults().isEmpty() ? Outcome.REACHED : Outcome.MISSED;
    }

    static FullDiskProof.Report measure(long seed, int times) {
        try (TempFolder folder = TempFolder.create()) {
            return new FullDiskProof(seed).run(folder.path(), times);
        }
    }
}
