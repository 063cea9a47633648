package io.croft.benchmarks.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.run.Seed;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Many indexes under a mixed load, smaller than the benchmark and for three seconds, or as many as the system property
 * {@value #SECONDS} says. How long anything takes is not looked at. Where the package catalogue is missing, one is made
 * up.
 */
class ManyTest {

    private static final String SECONDS = "croft.many.seconds";
    private static final int READERS = 20;
    private static final int WRITERS = 32;

    @Test
    void mixedLoad_failsNoQueryAndKeepsToItsBudgets() throws Exception {
        Optional<PackageCatalogue> real = PackageCatalogue.find();
        ReadyChunks chunks = new ReadyChunks(real.orElseGet(() -> PackageCatalogue.made(2_000)));
        Duration time = Duration.ofSeconds(Integer.getInteger(SECONDS, 3));
        ManyBenchmark.Size size = new ManyBenchmark.Size(60, 2_000, 500, READERS, time);

        ManyBenchmark.Result result = ManyBenchmark.measure(chunks, size, Seed.choose("ManyTest"));

        System.out.println("ManyTest: " + time.toSeconds() + " s with " + (real.isPresent() ? "the" : "a made-up")
                + " catalogue, " + result.load() + ", " + result.stats());
        assertThat(result.load().errors()).as(result.load().firstError()).isZero();
        assertThat(result.load().queries().nanos()).hasSizeGreaterThan(10);
        assertThat(result.load().writes().nanos()).hasSizeGreaterThan(3);
        assertThat(result.load().mostWriters()).isLessThanOrEqualTo(WRITERS);
        assertThat(result.load().mostMaps()).isLessThan(ManyBenchmark.BAR_MAPS);
        assertThat(result.stats().openReaders()).as("indexes open when none is searched").isBetween(1, READERS);
        assertThat(result.stats().readerMaps()).isLessThanOrEqualTo(result.stats().mapBudget());
        assertThat(result.stats().evictions()).isPositive();
        assertThat(result.stats().damages()).isZero();
    }
}
