package io.croft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.limits.LoadShedding;
import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AdaptiveLimitTest {

    private static final int CALLS = 100;
    private static final double MILLIS = 1e6;
    private static final int NO_END = 1_000_000;

    private final Random random = Seed.random("AdaptiveLimitTest");
    private final AdaptiveLimit limit = new AdaptiveLimit(new LoadShedding(8, 1_000, 1, Duration.ZERO), 2);

    private int serve(int windows, int servers, double callMillis, int wanting) {
        return serve(limit, windows, servers, callMillis, wanting);
    }

    /**
     * Goes through windows in which so many servers take their time for calls of this length, of which so many want to
     * be served at once.
     *
     * @return the limit afterwards
     */
    private int serve(AdaptiveLimit limit, int windows, int servers, double callMillis, int wanting) {
        for (int window = 0; window < windows; window++) {
            int atOnce = Math.min(wanting, limit.limit());
            double each = callMillis * MILLIS * Math.max(1, (double) atOnce / servers);
            long[] nanos = random.doubles(CALLS, 0.7, 1.3).mapToLong(noise -> (long) (each * noise)).toArray();
            limit.window(new int[CALLS], nanos, CALLS, atOnce);
        }
        return limit.limit();
    }

    @Test
    void limit_settlesAboveWhatIsServedAtOnceAndBelowALongQueue() {
        serve(10, 16, 10, 8);

        assertThat(serve(400, 16, 10, NO_END)).isBetween(16, 64);
    }

    @Test
    void limit_staysThereHoweverLongTheOverloadLasts() {
        serve(10, 16, 10, 8);

        assertThat(serve(10_000, 16, 10, NO_END)).isBetween(16, 64);
    }

    @Test
    void limit_followsWhatTheProcessCanDo() {
        serve(10, 64, 10, 8);

        assertThat(serve(400, 64, 10, NO_END)).isBetween(64, 256);
        assertThat(serve(400, 16, 10, NO_END)).isBetween(16, 64);
        assertThat(serve(400, 64, 10, NO_END)).isBetween(64, 256);
    }

    @Test
    void limit_growsWhereMoreAtOnceIsNoSlower() {
        serve(10, NO_END, 300, 8);

        assertThat(serve(400, NO_END, 300, NO_END)).isEqualTo(1_000);
    }

    @Test
    void limit_comesBackAfterACalmWhenCallsHaveBecomeLongerForGood() {
        serve(10, 64, 10, 8);
        serve(400, 64, 10, NO_END);
        assertThat(serve(20, 64, 50, NO_END)).as("at first they look like a queue").isLessThan(64);

        serve(30, 64, 50, 8);

        assertThat(serve(400, 64, 50, NO_END)).isBetween(64, 256);
    }

    /** What calls took then is no measure: so a process that is started again under load does not keep the load. */
    @Test
    void limit_shrinksInAProcessThatBeginsInTheMidstOfAnOverload() {
        assertThat(serve(400, 16, 100, NO_END)).as("calls of 100 ms").isBetween(8, 32);
    }

    @Test
    void limit_doesNotShrinkForWhatNobodyNotices() {
        AdaptiveLimit patient = new AdaptiveLimit(new LoadShedding(8, 1_000, 1, Duration.ofMillis(100)), 1);
        serve(patient, 10, 16, 1, 8);

        assertThat(serve(patient, 400, 16, 1, NO_END)).as("1,600 calls of 1 ms take 100 ms").isEqualTo(1_000);
        assertThat(serve(patient, 400, 16, 10, NO_END)).as("160 calls of 10 ms do").isBetween(120, 240);
    }

    @Test
    void limit_doesNotChangeWhileLittleOfItIsUsed() {
        int before = limit.limit();

        serve(100, 16, 10, 50);

        assertThat(limit.limit()).isEqualTo(before);
    }

    /** A limit of which one organisation alone cannot use two fifths follows it all the same. */
    @Test
    void limit_followsOneOrganisationThatHasAllThatItMay() {
        AdaptiveLimit shared = new AdaptiveLimit(new LoadShedding(8, 1_000, 0.25, Duration.ZERO), 1);
        serve(shared, 10, 8, 10, 8);

        for (int window = 0; window < 400; window++) {
            serve(shared, 1, 8, 10, shared.limit() / 4);
        }

        assertThat(shared.limit()).isBetween(32, 160);
    }

    @Test
    void limit_keepsItsBounds() {
        serve(10, 1, 10, 1);

        assertThat(serve(3_000, 1, 10, NO_END)).isBetween(8, 24);
        assertThat(serve(3_000, NO_END, 10, NO_END)).isEqualTo(1_000);
    }

    /** Whatever their share, calls that always take long are no sign of a queue. */
    @Test
    void kinds_areComparedWithThemselves() {
        int before = limit.limit();
        for (int window = 0; window < 100; window++) {
            int[] kinds = random.ints(CALLS, 0, 100).map(i -> i < 10 + random.nextInt(80) ? 1 : 0).toArray();
            long[] nanos = Arrays.stream(kinds).mapToLong(kind -> (long) (MILLIS * (kind == 0 ? 1 : 40))).toArray();
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
