package io.croft.benchmarks.queue;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.queue.QueueProof.Report;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Seed;
import java.util.Locale;

/** Twenty thousand jobs of two hundred organisations on two worker processes, one of them killed midway. */
public final class QueueBenchmark implements Benchmark {

    @Override
    public Outcome run() throws Exception {
        Report report = measure(Seed.choose("queue"));
        System.out.printf(Locale.ROOT,
                "%,d jobs; the killed worker held %d; %d executed again; %,d snapshots, over a limit "
                        + "%d (must be 0), at a limit %,d, most leased at once %d; %d organisations with all their handlers running "
                        + "at once; faults %d (must be 0)%n",
                report.jobs(), report.orphans(), report.repeated(),
                report.samples().count(), report.samples().overLimit(), report.samples().atLimit(),
                report.samples().peak(), report.fullest(), report.faults().size());
        report.faults().forEach(System.out::println);
        boolean reached = report.faults().isEmpty() && report.samples().overLimit() == 0
                && report.samples().miscounted() == 0 && report.orphans() > 0;
        return reached ? Outcome.REACHED : Outcome.MISSED;
    }

    static Report measure(long seed) throws Exception {
        try (Database database = Database.start(); TempFolder folder = TempFolder.create()) {
            return new QueueProof(database, folder.path(), seed, System.out::println).run();
        }
    }
}
