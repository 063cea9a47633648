package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import io.croft.embedded.EmbeddedPostgresServer;
import java.util.Locale;
import java.util.SplittableRandom;

/** Canaries of every organisation and a hundred secrets, looked for in all that comes out anywhere. */
public final class CanaryBenchmark implements Benchmark {

    private static final int ORGS = 50;
    private static final int FOREIGN_CALLS = 500;

    @Override
    public Outcome run() throws Exception {
        if (EmbeddedPostgresServer.isGiven()) {
            System.out.println("the log of a Postgres that was named cannot be read: leave out -D"
                    + EmbeddedPostgresServer.URL_PROPERTY);
            return Outcome.SKIPPED;
        }
        CanaryLogging.install();
        CanaryProof.Report report = measure(Seed.choose("canaries"), CanaryLogging::during, Given.count("orgs", ORGS),
                Given.count("calls", FOREIGN_CALLS));
        print(report);
        return report.foreign() == 0 && report.faults().isEmpty() ? Outcome.REACHED : Outcome.MISSED;
    }

    static CanaryProof.Report measure(long seed, CanaryLogs logs, int orgs, int foreignCalls) throws Exception {
        CanarySecrets secrets = new CanarySecrets(new SplittableRandom(seed));
        try (TempFolder folder = TempFolder.create();
                LoggedPostgres database = LoggedPostgres.start(secrets.password())) {
            return new CanaryProof(database, secrets, logs, folder.path(), seed, orgs).run(foreignCalls);
        }
    }

    static void print(CanaryProof.Report report) {
        System.out.printf(Locale.ROOT, "%-45s %10s %15s  %-36s %12s %8s%n", "place", "looks", "bytes", "may be there",
                "of that seen", "foreign");
        report.accounts().forEach((place, account) -> System.out.printf(Locale.ROOT,
                "%-45s %,10d %,15d  %-36s %,12d %,8d%n", place.shown(), account.looks(), account.bytes(),
                place.allowed(), account.allowed(), account.foreign()));
        System.out.printf(Locale.ROOT, "%,d calls, %,d of which threw; %d secrets; %d leaks made on purpose%n",
                report.calls(), report.thrown(), report.secrets(), report.planted());
        report.leaks().forEach(System.out::println);
        report.faults().forEach(System.out::println);
        System.out.println("foreign: " + report.foreign() + " (must be 0)");
    }
}
