package io.croft.benchmarks.queue;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.queue.FaultProof.Faults;
import io.croft.benchmarks.queue.FaultProof.Report;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import java.util.Locale;

/** Worker processes killed and stopped, Postgres killed, connections cut: no job may be lost or end twice. */
public final class FaultsBenchmark implements Benchmark {

    private static final Faults ALL = new Faults(500, 500, 50, 500);
    /** To be seen at least, where the benchmark runs with all its faults. */
    private static final long MIN_SNAPSHOTS = 100_000;

    @Override
    public Outcome run() throws Exception {
        Faults faults = new Faults(Given.count("kills", ALL.kills()), Given.count("stops", ALL.stops()),
                Given.count("crashes", ALL.crashes()), Given.count("cuts", ALL.cuts()));
        Report report = measure(Seed.choose("faults"), faults);
        System.out.printf(Locale.ROOT,
                "%,d jobs, %,d attempts, %,d calls of the host made again; %d workers killed, %d stopped past their leases, "
                        + "Postgres killed %d times, connections cut %d times; two workers' clocks %s; %,d snapshots, over a limit "
                        + "%d (must be 0), at a limit %,d; wrong %d (must be 0)%n",
                report.jobs(), report.attempts(), report.repeated(), faults.kills(), faults.stops(), faults.crashes(),
                faults.cuts(), report.clocksOff() ? "a day off" : "right, for want of libfaketime",
                report.seen().looks(), report.seen().violations(), report.seen().atLimit(), report.wrong().size());
        report.wrong().forEach(System.out::println);
        boolean looked = !faults.equals(ALL) || report.seen().looks() >= MIN_SNAPSHOTS;
        return report.wrong().isEmpty() && report.seen().violations() == 0 && looked ? Outcome.REACHED : Outcome.MISSED;
    }

    static Report measure(long seed, Faults faults) throws Exception {
        try (Database database = Database.startDurable(); TempFolder folder = TempFolder.create()) {
            return new FaultProof(database, folder.path(), seed, System.out::println).run(faults);
        }
    }
}
