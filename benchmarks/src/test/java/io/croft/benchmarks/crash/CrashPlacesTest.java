package io.croft.benchmarks.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.run.Seed;
import org.junit.jupiter.api.Test;

/**
 * A process is killed twice at each of twenty places in the life of an index, or as often as the system property
 * {@value #KILLS} says.
 */
class CrashPlacesTest {

    private static final String KILLS = "croft.crash.places";

    @Test
    void killAtAnyPlace_losesNothingThatWasAcknowledged() {
        int seeds = Integer.getInteger(KILLS, 2);

        CrashPlacesProof.Report report = CrashPlacesBenchmark.measure(Seed.choose("CrashPlacesTest"), seeds);

        System.out.println("CrashPlacesTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.kills()).hasSize(20).allSatisfy((place, kills) -> assertThat(kills).isEqualTo(seeds));
        assertThat(report.ahead()).as("indexes that had something to lose").isPositive();
    }
}
