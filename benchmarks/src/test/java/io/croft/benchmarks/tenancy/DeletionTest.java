package io.croft.benchmarks.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is deleted cannot be found, and what is erased leaves no byte; how soon is the benchmark's business. */
class DeletionTest {

    @Test
    void erased_leavesNoByteAndAReceipt() {
        DeletionProof.Report report = DeletionBenchmark.measure(10);

        System.out.println("DeletionTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.unreachable().nanos()).hasSize(10);
        assertThat(report.receipt().rows().documents()).isPositive();
    }
}
