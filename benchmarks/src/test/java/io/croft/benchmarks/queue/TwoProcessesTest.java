package io.croft.benchmarks.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.run.Seed;
import org.junit.jupiter.api.Test;

/** Twenty thousand jobs of two hundred organisations, two worker processes, one of them killed midway. */
class TwoProcessesTest {

    @Test
    void killedWorker_losesNothingAndBreaksNoLimit() throws Exception {
        QueueProof.Report report = QueueBenchmark.measure(Seed.choose("TwoProcessesTest"));

        System.out.println("TwoProcessesTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.jobs()).isEqualTo(20_000);
        assertThat(report.samples().overLimit()).isZero();
        assertThat(report.samples().miscounted()).isZero();
        assertThat(report.samples().count()).as("snapshots").isGreaterThan(2_000);
        assertThat(report.samples().atLimit()).as("organisations seen at their limit").isPositive();
        assertThat(report.orphans()).as("attempts that the killed worker held").isPositive();
        assertThat(report.repeated()).as("jobs executed again").isPositive();
    }
}
