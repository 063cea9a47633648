package io.croft.benchmarks.crash;

import io.croft.benchmarks.crash.CrashProof.Report;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Seed;
import java.util.Locale;

/** Kills between the two commits, ten times at each of five steps. */
public final class CrashBenchmark implements Benchmark {

    private static final int KILLS_PER_STEP = 10;

    @Override
    public Outcome run() {
        Report report = measure(Seed.choose("crash"), KILLS_PER_STEP);
        System.out.printf(Locale.ROOT,
                "kills %s; the index was behind the database after %d of them and was rebuilt after %d; "
                        + "%,d lines compared with a rebuild from scratch, differences %d (must be 0)%n",
                report.kills(),
                report.behind(), report.rebuilt(), report.lines(), report.faults().size());
        report.faults().forEach(System.out::println);
        return report.faults().isEmpty() && report.rebuilt() == 0 ? Outcome.REACHED : Outcome.MISSED;
    }

    static Report measure(long seed, int killsPerStep) {
        try (Database database = Database.start(); TempFolder folder = TempFolder.create()) {
            return new CrashProof(database, folder.path(), seed, System.out::println).run(killsPerStep);
        }
    }
}
