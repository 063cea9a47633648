package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void waits_doubleFromTheShortestToTheLongest() {
        Backoff backoff = new Backoff(Duration.ofNanos(100), Duration.ofNanos(1000), 0);

        for (long whole : new long[]{100, 200, 400, 800, 1000, 1000}) {
            assertThat(backoff.nextNanos()).isBetween(whole / 2, whole);
        }
        for (int i = 0; i < 1000; i++) {
            assertThat(backoff.nextNanos()).isBetween(500L, 1000L);
        }
    }

    @Test
    void waits_stayTheShortestAsLongAsItHasPatience() {
        Backoff backoff = new Backoff(Duration.ofNanos(100), Duration.ofNanos(1000), 3);

        for (long whole : new long[]{100, 100, 100, 100, 200, 400}) {
            assertThat(backoff.nextNanos()).isBetween(whole / 2, whole);
        }
    }

    @Test
    void reset_beginsAnew() {
        Backoff backoff = Backoff.afterErrors(Duration.ofSeconds(5));
        for (int i = 0; i < 20; i++) {
            backoff.nextNanos();
        }

        backoff.reset();

        assertThat(Duration.ofNanos(backoff.nextNanos())).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    }

    @Test
    void waits_areNotInStep() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(1), 0);

        assertThat(LongStream.generate(backoff::nextNanos).limit(100).distinct().count()).isGreaterThan(90);
    }
}
