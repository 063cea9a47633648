package io.croft.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import io.croft.InvalidInputException;
import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {

    private static Duration exact(List<Duration> durations, double share) {
        return durations.stream().sorted().skip((long) Math.ceil(share * durations.size()) - 1).findFirst()
                .orElseThrow();
    }

    @Test
    void percentile_isWithinItsErrorOfTheExactOne() {
        Random random = Seed.random("LatencyHistogramTest");
        for (int round = 0; round < 200; round++) {
            List<Duration> durations = new ArrayList<>();
            int size = 1 + random.nextInt(3000);
            double spread = random.nextDouble() * 3;
            for (int i = 0; i < size; i++) {
                // from 1 µs to an hour, around 5 ms
                double micros = 5_000 * Math.exp(spread * random.nextGaussian());
                durations.add(Duration.ofNanos((long) (1e3 * Math.clamp(micros, 1, 3.6e9))));
            }
            int half = size / 2;

            LatencyHistogram whole = LatencyHistogram.ofDurations(durations);
            LatencyHistogram merged = LatencyHistogram.ofDurations(durations.subList(0, half))
                    .plus(LatencyHistogram.ofDurations(durations.subList(half, size)));

            assertThat(merged).isEqualTo(whole).isEqualTo(LatencyHistogram.of(whole.counts()));
            assertThat(whole.total()).isEqualTo(size);
            for (double share : new double[]{.01, .5, .95, .99, 1}) {
                assertThat(whole.percentile(share).toNanos()).as("%s of %s", share, size)
                        .isCloseTo(exact(durations, share).toNanos(), withPercentage(4.5));
            }
        }
    }

    @Test
    void bucket_holdsWhatIsTooShortOrTooLongAtTheEnds() {
        assertThat(LatencyHistogram.bucket(Duration.ZERO)).isZero();
        assertThat(LatencyHistogram.bucket(Duration.ofNanos(1))).isZero();
        assertThat(LatencyHistogram.bucket(Duration.ofNanos(1_000))).isZero();
        assertThat(LatencyHistogram.bucket(Duration.ofNanos(2_000))).isEqualTo(8);
        assertThat(LatencyHistogram.bucket(Duration.ofDays(1))).isEqualTo(LatencyHistogram.BUCKETS - 1);
    }

    @Test
    void counts_thatCannotBeAreRefused() {
        assertThatThrownBy(() -> LatencyHistogram.of(Map.of(256, 1L))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("256");
        assertThatThrownBy(() -> LatencyHistogram.of(Map.of(3, -1L))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> LatencyHistogram.none().percentile(.5)).isInstanceOf(IllegalStateException.class);
    }
}
