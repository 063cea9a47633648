package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import io.croft.benchmarks.tenancy.HygieneProof.Report;
import java.util.Locale;

/**
 * A million times a connection is borrowed and given back, in whatever state; before that, each way that is known to be
 * broken is found.
 */
public final class HygieneBenchmark implements Benchmark {

    private static final long CYCLES = 1_000_000;
    /** By then each flaw must have been found. */
    static final long FLAWED_CYCLES = 20_000;
    /** Of so many cycles one may end otherwise than it was to. */
    static final long SURPRISE_ONE_IN = 1_000;

    @Override
    public Outcome run() throws Exception {
        // The pool says of each connection that breaks that it did, with a stack trace.
        System.setProperty("org.slf4j.simpleLogger.log.com.zaxxer.hikari", "error");
        long cycles = Given.number("cycles", CYCLES);
        long seed = Seed.choose("hygiene");
        try (Database database = Database.start()) {
            HygieneProof proof = new HygieneProof(database, seed, System.out::println);
            boolean allFound = true;
            for (HygieneFlaw flaw : HygieneFlaw.values()) {
                allFound &= flaw == HygieneFlaw.NONE || isFound(proof, flaw);
            }
            Report report = proof.run(cycles);
            print(report);
            return allFound && report.faults() == 0 && report.cycles() == cycles
                    && report.surprises() <= cycles / SURPRISE_ONE_IN ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private static boolean isFound(HygieneProof proof, HygieneFlaw flaw) throws Exception {
        Report report = proof.run(FLAWED_CYCLES, flaw);
        System.out.printf(Locale.ROOT, "%s: %s after %,d cycles%s%n", flaw,
                report.faults() > 0 ? "found" : "NOT FOUND (must be found)", report.cycles(),
                report.wrong().isEmpty() ? "" : ": " + report.wrong().getFirst());
        return report.faults() > 0;
    }

    private static void print(Report report) {
        System.out.printf(Locale.ROOT,
                "%,d cycles of %d threads, %,.0f a second; a connection was lent out and looked at %,d times, %,d "
                        + "times at all of it; %d backends; %,d messages of statements looked at from within%n",
                report.cycles(), HygieneProof.THREADS, report.cycles() / report.seconds(), report.borrowed(),
                report.wholes(), report.backends(), report.looks());
        for (HygieneEnd end : HygieneEnd.values()) {
            System.out.printf(Locale.ROOT, "  %,9d %s%n", report.count(end), end);
        }
        System.out.printf(Locale.ROOT, "ended otherwise than they were to: %,d (at most one of %,d); FAULTS %,d "
                + "(must be 0)%n", report.surprises(), SURPRISE_ONE_IN, report.faults());
        report.strange().forEach(System.out::println);
        report.wrong().forEach(System.out::println);
    }
}
