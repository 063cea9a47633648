package io.croft.benchmarks.index;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Writes are found on the node that wrote them and on another; how soon is the benchmark's business. */
class FreshnessTest {

    @Test
    void writes_becomeVisibleOnBothNodes() throws Exception {
        FreshnessProof.Report report = FreshnessBenchmark.measure(40);

        System.out.println("FreshnessTest: " + report);
        assertThat(report.missed()).isZero();
        assertThat(report.writing().nanos()).hasSize(40);
        assertThat(report.told().nanos()).hasSize(40);
        assertThat(report.looking().nanos()).hasSize(40);
    }
}
