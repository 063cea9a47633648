package io.croft.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LimitsTest {

    @Test
    void limits_takeWhatTheySay() {
        assertThat(LaneLimits.maxRunning(0).maxRunning()).isZero();
        assertThat(LaneLimits.maxRunning(10_000).withWeight(0.01).withWeight(100).weight()).isEqualTo(100);
        assertThat(new RateLimit(1.0 / 86_400, 1).withBurst(100_000).burst()).isEqualTo(100_000);
        assertThat(new RateLimit(100_000, 1).perSecond()).isEqualTo(100_000);
        assertThat(RateLimit.of(90, Duration.ofMinutes(1))).isEqualTo(new RateLimit(1.5, 90));
        assertThat(RateLimit.of(1, Duration.ofNanos(500_000))).isEqualTo(new RateLimit(2000, 1));
        assertThat(QueueLimits.DEFAULT.withMaxRunning(1).withMaxRunning(10_000).maxRunning()).hasValue(10_000);
        assertThat(LaneLimits.DEFAULT.withRate(new RateLimit(1, 2)).withMaxRunning(7).withWeight(2).rate())
                .contains(new RateLimit(1, 2));
        assertThat(LaneLimits.DEFAULT.withRate(new RateLimit(1, 2)).withoutRate()).isEqualTo(LaneLimits.DEFAULT);
        assertThat(QueueLimits.DEFAULT.withFairness(Fairness.JOBS).withMaxRunning(3).withoutMaxRunning())
                .isEqualTo(QueueLimits.DEFAULT.withFairness(Fairness.JOBS));
    }

    @Test
    void limits_refuseWhatIsAbsurdAndNameIt() {
        for (int wrong : new int[]{-1, 10_001, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertRefused(() -> LaneLimits.maxRunning(wrong), wrong);
            assertRefused(() -> QueueLimits.DEFAULT.withMaxRunning(wrong), wrong);
        }
        assertRefused(() -> QueueLimits.DEFAULT.withMaxRunning(0), 0);
        for (double wrong : new double[]{0, -1, 0.009, 100.1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertRefused(() -> LaneLimits.DEFAULT.withWeight(wrong), wrong);
        }
        for (double wrong : new double[]{0, -1, 1.0 / 86_401, 100_001, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertRefused(() -> new RateLimit(wrong, 1), wrong);
        }
        for (int wrong : new int[]{0, -1, 100_001}) {
            assertRefused(() -> new RateLimit(1, wrong), wrong);
        }
        assertRefused(() -> RateLimit.of(5, Duration.ZERO), Duration.ZERO);
        assertRefused(() -> RateLimit.of(5, Duration.ofSeconds(-1)), Duration.ofSeconds(-1));
        assertRefused(() -> RateLimit.of(1, Duration.ofDays(2)), 1.0 / (2 * 86_400));
    }

    private static void assertRefused(Runnable call, Object value) {
        assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(String.valueOf(value));
    }
}
