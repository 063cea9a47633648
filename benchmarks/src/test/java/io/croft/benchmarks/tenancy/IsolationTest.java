package io.croft.benchmarks.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.run.Seed;
import org.junit.jupiter.api.Test;

/** Fifty organisations with the same document ids ask ten thousand random queries. */
class IsolationTest {

    @Test
    void randomQueries_neverHitForeignDocuments() throws Exception {
        IsolationProof.Report report = IsolationBenchmark.measure(Seed.choose("IsolationTest"));

        System.out.println("IsolationTest: " + report);
        assertThat(report.examples()).isEmpty();
        assertThat(report.foreign()).isZero();
        assertThat(report.queries()).isEqualTo(IsolationBenchmark.QUERIES);
        assertThat(report.own()).as("own hits, without which nothing is proved").isGreaterThan(10_000);
        assertThat(report.market()).as("hits of listings").isGreaterThan(10_000);
        assertThat(report.found()).as("queries that found an own word").isGreaterThan(100);
        assertThat(report.lost()).as("queries that should have found an own word").isZero();
    }
}
