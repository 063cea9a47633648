package io.croft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.limits.LoadShedding;
import io.croft.spi.contract.Seed;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AdaptiveLimitTest {

    private static final int CALLS = 100;
    private static final double MILLIS = 1e6;

    private final Random random = Seed.random("AdaptiveLimitTest");
    private final AdaptiveLimit limit = new AdaptiveLimit(new LoadShedding(8, 1_000, 1), 2);

    /**
     * Goes through windows in which so many servers take their time for calls of this length, of which so many want to
     * be served at once.
     *
     * @return the limit after the last two windows: the higher one, since it is the lowest while it measures
     */
    private int serve(int windows, int servers, double callMillis, int wanting) {
        int before = 0;
        for (int window = 0; window < windows; window++) {
            before = limit.limit();
            int atOnce = Math.min(wanting, before);
            double each = callMillis * MILLIS * Math.max(1, (double) atOnce / servers);
            long[] nanos = random.doubles(CALLS, 0.7, 1.3).mapToLong(noise -> (long) (each * noise)).toArray();
            limit.window(new int[CALLS], nanos, CALLS, atOnce);
        }
        return Math.max(before, limit.limit());
    }

    @Test
    void limit_settlesAboveWhatIsServedAtOnceAndBelowALongQueue() {
        assertThat(serve(400, 16, 10, 10_000)).isBetween(16, 64);
    }

    @Test
    void limit_staysThereHoweverLongTheOverloadLasts() {
        assertThat(serve(10_000, 16, 10, 10_000)).isBetween(16, 64);
    }

    @Test
    void limit_followsWhatTheProcessCanDo() {
        assertThat(serve(400, 64, 10, 10_000)).isBetween(64, 256);
        assertThat(serve(400, 16, 10, 10_000)).isBetween(8, 64);
        assertThat(serve(1_000, 64, 10, 10_000)).isBetween(64, 256);
    }

    @Test
    void limit_comesBackWhenCallsHaveBecomeLongerForGood() {
        serve(400, 16, 10, 10_000);
        assertThat(serve(20, 16, 50, 10_000)).as("at first they look like a queue").isLessThan(16);

        assertThat(serve(400, 16, 50, 10_000)).isBetween(16, 64);
    }

    @Test
    void limit_comesBackAlsoWhenTheyHaveBecomeALittleLonger() {
        serve(600, 64, 10, 10_000);

        assertThat(serve(1_000, 64, 22, 10_000)).isBetween(64, 256);
    }

    @Test
    void limit_doesNotChangeWhileLittleOfItIsUsed() {
        int before = limit.limit();

        serve(100, 16, 10, 5);

        assertThat(limit.limit()).isEqualTo(before);
    }

    @Test
    void limit_keepsItsBounds() {
        assertThat(serve(3_000, 1, 10, 10_000)).isGreaterThanOrEqualTo(8);
        assertThat(serve(3_000, 100_000, 10, 100_000)).isEqualTo(1_000);
    }

    /** Whatever their share, calls that always take long are no sign of a queue. */
    @Test
    void kinds_areComparedWithThemselves() {
        int before = limit.limit();
        for (int window = 0; window < 100; window++) {
            int[] kinds = random.ints(CALLS, 0, 100).map(i -> i < 10 + random.nextInt(80) ? 1 : 0).toArray();
            long[] nanos = Arrays.stream(kinds).mapToLong(kind -> (long) (MILLIS * (kind == 0 ? 1 : 100))).toArray();
            limit.window(kinds, nanos, CALLS, limit.limit());
        }

        assertThat(limit.limit()).isGreaterThan(before);
    }

    @Test
    void callsThatWaitOnPurpose_areNoSignOfAQueue() {
        int before = limit.limit();
        for (int window = 0; window < 100; window++) {
            long[] nanos = random.doubles(CALLS).mapToLong(i -> (long) (MILLIS * (i < 0.2 ? 1_000 : 1))).toArray();
            limit.window(new int[CALLS], nanos, CALLS, limit.limit());
        }

        assertThat(limit.limit()).isGreaterThan(before);
    }
}
