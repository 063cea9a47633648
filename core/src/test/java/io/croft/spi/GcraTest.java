package io.croft.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.limits.CallRate;
import io.croft.spi.contract.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GcraTest {

    private static final long SECOND = 1_000_000_000;
    private static final CallRate RATE = new CallRate(60, 5);

    @Test
    void bucket_isFullAtFirstAndAfterItsTime() {
        assertThat(Gcra.held(0, 0, RATE)).isEqualTo(5);
        assertThat(Gcra.held(10 * SECOND, 11 * SECOND, RATE)).isEqualTo(5);
        assertThat(Gcra.wait(0, 0, RATE, 5)).isZero();
    }

    @Test
    void bucket_fillsOneByOne() {
        long fullAt = Gcra.take(0, 0, RATE, 5);

        assertThat(Gcra.held(fullAt, SECOND - 1, RATE)).isZero();
        assertThat(Gcra.held(fullAt, SECOND, RATE)).isEqualTo(1);
        assertThat(Gcra.wait(fullAt, 0, RATE, 2)).isEqualTo(2 * SECOND);
        assertThat(Gcra.held(fullAt, 5 * SECOND, RATE)).isEqualTo(5);
    }

    @Test
    void bucket_whoseClockWasSetBackOrWhoseBurstShrank_isEmptyAndNoWorse() {
        assertThat(Gcra.wait(1_000 * SECOND, 0, RATE, 1)).isEqualTo(SECOND);
        assertThat(Gcra.wait(5 * SECOND, 0, new CallRate(60, 2), 1)).isEqualTo(SECOND);
    }

    /** Against a bucket that is filled token by token. */
    @Test
    void decisions_areThoseOfABucketThatIsFilledStepByStep() {
        Random random = Seed.random("GcraTest");
        for (int round = 0; round < 200; round++) {
            CallRate rate = new CallRate(1 + random.nextInt(1000), 1 + random.nextInt(20));
            long now = 0;
            long fullAt = 0;
            double tokens = rate.burst();
            for (int i = 0; i < 200; i++) {
                long step = random.nextLong(3 * rate.nanosPerToken());
                now += step;
                tokens = Math.min(rate.burst(), tokens + (double) step / rate.nanosPerToken());
                int wanted = 1 + random.nextInt(rate.burst());
                if (Math.abs(tokens - wanted) > 1e-6) {
                    assertThat(Gcra.held(fullAt, now, rate) >= wanted).isEqualTo(tokens > wanted);
                }
                if (Gcra.held(fullAt, now, rate) >= wanted) {
                    fullAt = Gcra.take(fullAt, now, rate, wanted);
                    tokens -= wanted;
                } else {
                    assertThat(Gcra.held(fullAt, now + Gcra.wait(fullAt, now, rate, wanted), rate))
                            .isGreaterThanOrEqualTo(wanted);
                }
            }
        }
    }
}
