package io.croft.benchmarks.index;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Generations are swapped and put back under searches. */
class SwapTest {

    @Test
    void swaps_failNoQuery() throws Exception {
        SwapProof.Report report = SwapBenchmark.measure(10);

        System.out.println("SwapTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.queries()).isGreaterThan(10);
        assertThat(report.rollBack().nanos()).hasSize(10);
    }
}
