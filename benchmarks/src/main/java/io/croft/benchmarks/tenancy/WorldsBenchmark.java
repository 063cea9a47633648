package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import java.util.Locale;

/** Two worlds that differ in everything but what one organisation may know of. */
public final class WorldsBenchmark implements Benchmark {

    static final int CHANGES = 100_000;
    static final int QUESTIONS = 100;
    private static final int ROUNDS = 100;

    @Override
    public Outcome run() throws Exception {
        WorldsProof.Report report = measure(Seed.choose("worlds"), Given.count("changes", CHANGES), QUESTIONS);
        System.out.printf(Locale.ROOT,
                "%,d changes in each world; differences in %,d questions meanwhile and %,d lines of "
                        + "answers afterwards: %d (must be 0)%n",
                report.operations(), report.between(), report.lines(),
                report.faults().size());
        report.faults().forEach(System.out::println);
        ProductWorlds.Report product = measureProduct(Seed.choose("worlds of the whole product"), ROUNDS, QUESTIONS);
        System.out.printf(Locale.ROOT, "%,d changes through the whole product; differences in %,d lines of answers: %d "
                + "(must be 0)%n", product.changes(), product.hits(), product.faults().size());
        product.faults().forEach(System.out::println);
        return report.faults().isEmpty() && product.faults().isEmpty() ? Outcome.REACHED : Outcome.MISSED;
    }

    static ProductWorlds.Report measureProduct(long seed, int rounds, int questions) {
        try (TempFolder folder = TempFolder.create()) {
            return new ProductWorlds(seed).run(folder.path(), rounds, questions);
        }
    }

    static WorldsProof.Report measure(long seed, int changes, int questions) throws InterruptedException {
        try (TempFolder folder = TempFolder.create()) {
            return new WorldsProof(seed).run(folder.path(), changes, questions);
        }
    }
}
