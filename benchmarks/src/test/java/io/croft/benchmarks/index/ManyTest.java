package io.croft.benchmarks.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.run.Seed;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Many indexes under a mixed load, smaller and shorter than the benchmark. */
class ManyTest {

    @Test
    void mixedLoad_failsNoQueryAndKeepsToItsBudgets() throws Exception {
        Optional<PackageCatalogue> catalogue = PackageCatalogue.find();
        assumeTrue(catalogue.isPresent(), SharedFolder.missing("packages"));
        ManyBenchmark.Size size = new ManyBenchmark.Size(60, 2_000, 500, 20, Duration.ofSeconds(3));

        ManyBenchmark.Result result = ManyBenchmark.measure(new ReadyChunks(catalogue.orElseThrow()), size,
                Seed.choose("ManyTest"));

        System.out.println("ManyTest: " + result.load());
        assertThat(result.load().errors()).as(result.load().firstError()).isZero();
        assertThat(result.load().queries().nanos()).hasSizeGreaterThan(10);
        assertThat(result.load().writes().nanos()).hasSizeGreaterThan(3);
        assertThat(result.load().mostWriters()).isLessThanOrEqualTo(32);
        assertThat(result.load().mostMaps()).isLessThan(ManyBenchmark.BAR_MAPS);
        assertThat(result.stats().evictions()).isPositive();
        assertThat(result.stats().damages()).isZero();
    }
}
