package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Given;
import java.util.Locale;

/** Every sabotage of a schema that is known, and twenty clean schemas side by side. */
public final class SabotageBenchmark implements Benchmark {

    private static final int SCHEMAS = 20;
    private static final int BAR_SABOTAGES = 80;

    @Override
    public Outcome run() throws Exception {
        long begun = System.nanoTime();
        SabotageProof.Report report = SabotageProof.run(Given.count("schemas", SCHEMAS), one -> true, one -> true);
        System.out.printf(Locale.ROOT, "Postgres %d: %d clean schemas, audited as the login and as a superuser: %d "
                + "findings (must be 0); %d of %d sabotages found where they are, in %.0f s%n", report.majorVersion(),
                report.schemas(), report.alarms().size(), report.sabotages() - report.missed().size(),
                report.sabotages(), (System.nanoTime() - begun) / 1e9);
        report.alarms().forEach(System.out::println);
        report.missed().forEach(System.out::println);
        return report.alarms().isEmpty() && report.missed().isEmpty() && report.sabotages() >= BAR_SABOTAGES
                ? Outcome.REACHED
                : Outcome.MISSED;
    }
}
