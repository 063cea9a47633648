package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import java.util.Locale;

/** How soon what is deleted is out of reach, and its bytes gone. */
public final class DeletionBenchmark implements Benchmark {

    static final int BAR_UNREACHABLE_MILLIS = 50;
    static final int BAR_ERASED_SECONDS = 60;
    private static final int DELETIONS = 500;

    @Override
    public Outcome run() {
        DeletionProof.Report report = measure(Given.count("deletions", DELETIONS));
        System.out.println("delete or withdraw to out of reach: " + report.unreachable() + " (p95 ≤ "
                + BAR_UNREACHABLE_MILLIS + " ms)");
        System.out.printf(Locale.ROOT,
                "an erased organisation's bytes gone from the database and this node after %.2f s, "
                        + "from another node after %.2f s (≤ %d s); its listings' bytes %.2f s after asking%n",
                report.erased().toMillis() / 1e3, report.erasedOverThere().toMillis() / 1e3, BAR_ERASED_SECONDS,
                report.listings().toMillis() / 1e3);
        System.out.println(report.receipt());
        report.faults().forEach(System.out::println);
        return report.faults().isEmpty() && report.unreachable().millis(.95) <= BAR_UNREACHABLE_MILLIS
                && report.erasedOverThere().toSeconds() < BAR_ERASED_SECONDS ? Outcome.REACHED : Outcome.MISSED;
    }

    static DeletionProof.Report measure(int deletions) {
        try (Database database = Database.start(); TempFolder folder = TempFolder.create()) {
            return new DeletionProof(database, folder.path()).run(deletions);
        }
    }
}
