package io.croft.benchmarks.crash;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import java.util.Locale;

/** Kills in the life of an index, once at each of twenty places for each of fifty seeds. */
public final class CrashPlacesBenchmark implements Benchmark {

    private static final int SEEDS = 50;

    @Override
    public Outcome run() {
        CrashPlacesProof.Report report = measure(Seed.choose("places"), Given.count("seeds", SEEDS));
        System.out.printf(Locale.ROOT, "%d kills at %d places; %d indexes came back without changes that were not "
                + "acknowledged; faults %d (must be 0)%n",
                report.kills().values().stream().mapToInt(Integer::intValue).sum(), report.kills().size(),
                report.ahead(), report.faults().size());
        report.faults().stream().limit(20).forEach(System.out::println);
        return report.faults().isEmpty() && report.kills().size() == CrashPlace.values().length
                ? Outcome.REACHED
                : Outcome.MISSED;
    }

    static CrashPlacesProof.Report measure(long seed, int seeds) {
        try (TempFolder folder = TempFolder.create()) {
            return new CrashPlacesProof(folder.path(), seed, System.out::println).run(seeds);
        }
    }
}
