package io.croft.benchmarks.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.run.Seed;
import org.junit.jupiter.api.Test;

/** A disk that is full after random bytes. */
class FullDiskTest {

    @Test
    void fullDisk_losesNothingThatWasAcknowledgedAndIsTheOwnersAlone() {
        FullDiskProof.Report report = FullDiskBenchmark.measure(Seed.choose("FullDiskTest"), 50);

        System.out.println("FullDiskTest: " + report);
        assertThat(report.faults()).isEmpty();
        assertThat(report.failures()).isGreaterThan(30);
    }
}
