package io.croft.benchmarks.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Seed;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A few thousand cycles of what the benchmark does a million times, and each flaw that it finds. */
class HygieneTest {

    private static final long CYCLES = 10_000;

    private static Database database;
    private static HygieneProof proof;

    @BeforeAll
    static void start() {
        database = Database.start();
        proof = new HygieneProof(database, Seed.choose("HygieneTest"), System.out::println);
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @Test
    void connections_carryNothingFromOneToTheNext() throws Exception {
        HygieneProof.Report report = proof.run(CYCLES);

        System.out.println("HygieneTest: " + report);
        assertThat(report.wrong()).isEmpty();
        assertThat(report.faults()).isZero();
        assertThat(report.cycles()).isEqualTo(CYCLES);
        assertThat(report.borrowed()).isGreaterThan(CYCLES);
        assertThat(report.looks()).as("messages looked at").isGreaterThan(CYCLES / 2);
        assertThat(report.backends()).as("backends, of which some were killed").isGreaterThan(5);
        assertThat(report.surprises()).as("cycles that ended otherwise than they were to: %s", report.strange())
                .isLessThanOrEqualTo(CYCLES / HygieneBenchmark.SURPRISE_ONE_IN);
        assertThat(Arrays.stream(HygieneEnd.values()).filter(HygieneEnd::isOften))
                .allSatisfy(end -> assertThat(report.count(end)).as(end.name()).isPositive());
        assertThat(Arrays.stream(HygieneEnd.values()).filter(end -> !end.isOften()).mapToLong(report::count).sum())
                .as("connections that were killed, aborted, interrupted or listened").isPositive();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void flaw_isFound(HygieneFlaw flaw) throws Exception {
        HygieneProof.Report report = proof.run(HygieneBenchmark.FLAWED_CYCLES, flaw);

        System.out.println("HygieneTest: " + flaw + " after " + report.cycles() + " cycles: " + report.wrong());
        assertThat(report.faults()).isPositive();
    }
}
