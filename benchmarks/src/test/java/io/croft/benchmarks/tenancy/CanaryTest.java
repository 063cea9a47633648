package io.croft.benchmarks.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.croft.benchmarks.run.Seed;
import io.croft.embedded.EmbeddedPostgresServer;
import io.croft.logs.LoggedLine;
import io.croft.logs.TestLogging;
import org.junit.jupiter.api.Test;

/** A few organisations and all the secrets; what is planted at the end is found. */
class CanaryTest {

    private static final int ORGS = 6;
    private static final int FOREIGN_CALLS = 75;

    @Test
    void noCanaryAndNoSecret_isWhereItMustNotBe() throws Exception {
        assumeThat(EmbeddedPostgresServer.isGiven()).as("another server is given").isFalse();

        CanaryProof.Report report = CanaryBenchmark.measure(Seed.choose("CanaryTest"), (lines, work) -> TestLogging
                .during(line -> lines.accept(text(line)), work::call), ORGS, FOREIGN_CALLS);

        CanaryBenchmark.print(report);
        assertThat(report.leaks()).isEmpty();
        assertThat(report.faults()).isEmpty();
        assertThat(report.foreign()).isZero();
        assertThat(report.secrets()).isEqualTo(CanarySecrets.COUNT);
        assertThat(report.planted()).isGreaterThanOrEqualTo(10);
        assertThat(report.calls()).isGreaterThan(1_000);
        assertThat(report.thrown()).isGreaterThan(300);
    }

    private static String text(LoggedLine line) {
        return line + " " + line.thrown().map(DeepText::of).orElse("");
    }
}
