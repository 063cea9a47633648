package io.croft.benchmarks.neighbours;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** When calls come: always the same ones for a seed, since a random sample misses its mean now and then. */
class ArrivalsTest {

    private static final Duration TIME = Duration.ofSeconds(100);
    private static final int PER_SECOND = 1_000;

    private final SplittableRandom random = new SplittableRandom(7);

    @Test
    void poisson_comesAtItsRateFromAllAlike() {
        Arrivals arrivals = Arrivals.poisson(random, PER_SECOND, TIME, 10, 4);

        assertThat(arrivals.count()).isCloseTo(100_000, within(1_500));
        assertThat(arrivals.nanos()).isSorted();
        assertThat(arrivals.nanos()[arrivals.count() - 1]).isLessThan(TIME.toNanos());
        for (int org = 10; org < 14; org++) {
            int number = org;
            assertThat(Arrays.stream(arrivals.orgs()).filter(one -> one == number).count()).isCloseTo(25_000L,
                    within(800L));
        }
        assertThat(arrivals.orgs()).containsOnly(10, 11, 12, 13);
    }

    /** The gaps of a process without memory vary as much as they are long, and a third of them are longer. */
    @Test
    void poisson_remembersNothing() {
        Arrivals arrivals = Arrivals.poisson(random, PER_SECOND, TIME, 0, 1);

        double[] gaps = IntStream.range(1, arrivals.count())
                .mapToDouble(i -> arrivals.nanos()[i] - arrivals.nanos()[i - 1]).toArray();
        double mean = Arrays.stream(gaps).average().orElseThrow();
        double variance = Arrays.stream(gaps).map(gap -> (gap - mean) * (gap - mean)).average().orElseThrow();
        assertThat(Math.sqrt(variance) / mean).isCloseTo(1, within(.03));
        assertThat(Arrays.stream(gaps).filter(gap -> gap > mean).count() / (double) gaps.length)
                .isCloseTo(Math.exp(-1), within(.01));
    }

    @Test
    void and_hasAllOfBothInOrder() {
        Arrivals one = new Arrivals(Duration.ofNanos(50), new long[]{1, 5, 9}, new int[]{0, 1, 2});
        Arrivals other = new Arrivals(Duration.ofNanos(90), new long[]{0, 5, 70}, new int[]{7, 8, 9});

        Arrivals both = one.and(other);

        assertThat(both.nanos()).containsExactly(0, 1, 5, 5, 9, 70);
        assertThat(both.orgs()).containsExactly(7, 0, 1, 8, 2, 9);
        assertThat(both.time()).isEqualTo(Duration.ofNanos(90));
        assertThat(one.and(Arrivals.NONE).nanos()).containsExactly(1, 5, 9);
        assertThat(Arrivals.NONE.and(one).orgs()).containsExactly(0, 1, 2);
    }
}
