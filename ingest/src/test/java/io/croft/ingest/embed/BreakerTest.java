package io.croft.ingest.embed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BreakerTest {

    private static final Duration NONE = Duration.ZERO;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000); // that it overflows does not matter
    private final Breaker breaker = new Breaker(now::get, () -> .5);

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            breaker.failed(NONE);
        }
    }

    @Test
    void enter_isFreeUntilItHasFailedOften() {
        fail(Breaker.FAILURES - 1);
        assertThat(breaker.enter()).isZero();

        assertThat(breaker.failed(NONE)).as("it is left alone from now on").isTrue();

        assertThat(breaker.enter()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(2));
        assertThat(breaker.failed(NONE)).as("it was left alone before").isFalse();
    }

    @Test
    void answer_forgetsFailures() {
        fail(Breaker.FAILURES - 1);
        assertThat(breaker.answered()).isFalse();
        fail(Breaker.FAILURES - 1);

        assertThat(breaker.enter()).isZero();
    }

    @Test
    void afterThePause_oneTries() {
        fail(Breaker.FAILURES);
        now.addAndGet(breaker.enter().toNanos());

        assertThat(breaker.enter()).as("the one").isZero();
        assertThat(breaker.enter()).as("another").isPositive();
        breaker.left();
        assertThat(breaker.enter()).as("in place of one who left").isZero();
        assertThat(breaker.answered()).as("it is back").isTrue();
        assertThat(breaker.enter()).isZero();
        assertThat(breaker.enter()).isZero();
    }

    @Test
    void whileItIsDown_asksAtMostTwiceASecond() {
        int asked = 0;
        long end = Duration.ofMinutes(1).toNanos();
        long begin = now.get();
        while (now.get() - begin < end) {
            Duration wait = breaker.enter();
            if (wait.isZero()) {
                asked++;
                breaker.failed(NONE);
            }
            now.addAndGet(Duration.ofMillis(10).toNanos());
        }

        assertThat(asked).isBetween(Breaker.FAILURES + 2, 20);
    }

    @Test
    void pause_isNeverLongerThanTheLongest() {
        fail(1_000);

        assertThat(breaker.enter()).isBetween(Breaker.FIRST_PAUSE, Breaker.LONGEST_PAUSE.plusSeconds(1));
    }

    @Test
    void whatItAsksFor_isKeptTo() {
        breaker.failed(Duration.ofMinutes(5));
        breaker.failed(Duration.ofSeconds(1));

        assertThat(breaker.enter()).isEqualTo(Duration.ofMinutes(5));
    }
}
