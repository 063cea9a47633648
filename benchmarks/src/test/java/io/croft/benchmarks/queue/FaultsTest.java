package io.croft.benchmarks.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.benchmarks.queue.FaultProof.Faults;
import io.croft.benchmarks.run.Seed;
import io.croft.embedded.EmbeddedPostgresServer;
import org.junit.jupiter.api.Test;

/** Four worker processes among faults of every sort; the benchmark {@code faults} causes many more. */
class FaultsTest {

    @Test
    void jobs_endExactlyOnceWhateverFails() throws Exception {
        assumeTrue(!EmbeddedPostgresServer.isGiven(), "a Postgres of somebody else's is not killed");

        FaultProof.Report report = FaultsBenchmark.measure(Seed.choose("FaultsTest"), new Faults(6, 5, 2, 10));

        System.out.println("FaultsTest: " + report);
        assertThat(report.wrong()).isEmpty();
        assertThat(report.seen().violations()).as("organisations beyond their limit").isZero();
        assertThat(report.seen().looks()).as("snapshots").isGreaterThan(100);
        assertThat(report.seen().outages()).as("times at which the database was away").isPositive();
        assertThat(report.jobs()).as("jobs").isGreaterThan(200);
        assertThat(report.repeated()).as("calls made again").isPositive();
        assertThat(report.attempts()).as("attempts").isGreaterThan(report.jobs());
    }
}
