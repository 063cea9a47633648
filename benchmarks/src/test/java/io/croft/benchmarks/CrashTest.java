package io.croft.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * A process is killed at each step between Postgres's commit and Lucene's; its index must come back equal to a rebuild.
 */
class CrashTest {

    @Test
    void killBetweenCommits_leavesAnIndexEqualToARebuild() {
        CrashProof.Report report = CrashBenchmark.measure(Seed.choose("CrashTest"));

        System.out.println("CrashTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.kills()).hasSize(CrashProof.STEPS.size())
                .allSatisfy((step, kills) -> assertThat(kills).isEqualTo(CrashBenchmark.KILLS_PER_STEP));
        assertThat(report.rebuilt()).as("restarts that rebuilt instead of going on from the checkpoint").isZero();
        assertThat(report.behind()).as("restarts that had something to catch up with").isGreaterThan(40);
        assertThat(report.lines()).isGreaterThan(5_000);
    }
}
