package io.croft.benchmarks.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.run.Seed;
import org.junit.jupiter.api.Test;

/** Two worlds that one organisation cannot tell apart: 100,000 changes in each index, and a few through everything. */
class WorldsTest {

    @Test
    void worldsThatDifferInOthers_answerTheSame() throws Exception {
        WorldsProof.Report report =
                WorldsBenchmark.measure(Seed.choose("WorldsTest"), WorldsBenchmark.CHANGES, 20);

        System.out.println("WorldsTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.operations()).isGreaterThanOrEqualTo(WorldsBenchmark.CHANGES);
        assertThat(report.between()).isGreaterThan(20);
        assertThat(report.lines()).isGreaterThan(1_000);
    }

    @Test
    void worldsThatDifferInOthers_answerTheSameThroughTheWholeProduct() {
        ProductWorlds.Report report = WorldsBenchmark.measureProduct(Seed.choose("WorldsTest of the product"), 6, 20);

        System.out.println("WorldsTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.changes()).isGreaterThan(100);
        assertThat(report.hits()).isGreaterThan(100);
    }
}
