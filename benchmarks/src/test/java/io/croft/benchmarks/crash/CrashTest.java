package io.croft.benchmarks.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.run.Seed;
import org.junit.jupiter.api.Test;

/**
 * A process is killed three times at each step between Postgres's commit and Lucene's, or as often as the system
 * property {@value #KILLS} says; its index must come back equal to a rebuild.
 */
class CrashTest {

    private static final String KILLS = "croft.crash.kills";

    @Test
    void killBetweenCommits_leavesAnIndexEqualToARebuild() {
        int killsPerStep = Integer.getInteger(KILLS, 3);

        CrashProof.Report report = CrashBenchmark.measure(Seed.choose("CrashTest"), killsPerStep);

        System.out.println("CrashTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.kills()).hasSize(CrashProof.STEPS.size())
                .allSatisfy((step, kills) -> assertThat(kills).isEqualTo(killsPerStep));
        assertThat(report.rebuilt()).as("restarts that rebuilt instead of going on from the checkpoint").isZero();
        assertThat(report.behind()).as("restarts that had something to catch up with").isGreaterThan(3 * killsPerStep);
        assertThat(report.lines()).isGreaterThan(100L * killsPerStep);
    }
}
