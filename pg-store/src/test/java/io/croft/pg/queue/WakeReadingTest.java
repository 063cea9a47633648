package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** From where rounds of upkeep read. */
class WakeReadingTest {

    private static final Duration SLOW = Duration.ofMillis(50);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000); // it may run over
    private final WakeReading reading = new WakeReading(nanos::get);

    private void slowLooks(long next) {
        for (int i = 0; i < WakeReading.LOOKS; i++) {
            assertThat(reading.from()).isZero();
            reading.read(0, next, SLOW);
        }
    }

    @Test
    void all_isReadInEachRoundWhereNothingIsInTheWay() {
        for (int i = 1; i < 100; i++) {
            assertThat(reading.from()).isZero();
            reading.read(0, i, WakeReading.SHORT);
        }
    }

    @Test
    void all_isReadInEachRoundAfterOneThatHadToWait() {
        for (int i = 0; i < 10; i++) {
            reading.read(0, 7, i % 3 == 0 ? Duration.ofMillis(1) : SLOW);
            assertThat(reading.from()).isZero();
        }
    }

    @Test
    void rounds_beginWhereTheOneBeforeTheLastEndedOnceAllTakesLong() {
        slowLooks(10);

        assertThat(reading.from()).isEqualTo(10);
        reading.read(10, 20, Duration.ofMillis(1));
        assertThat(reading.from()).isEqualTo(10);
        reading.read(10, 30, Duration.ofMillis(1));
        assertThat(reading.from()).isEqualTo(20);
    }

    /** The last one passed over something that lies before where the one before it ended. */
    @Test
    void rounds_beginBeforeWhatWasPassedOver() {
        slowLooks(10);
        reading.read(10, 30, Duration.ofMillis(1));
        reading.read(10, 15, Duration.ofMillis(1));

        assertThat(reading.from()).isEqualTo(15);
    }

    @Test
    void all_isReadForATwentiethOfTheTime() {
        slowLooks(10);
        nanos.addAndGet(SLOW.multipliedBy(WakeReading.SHARE).toNanos() - 1);
        assertThat(reading.from()).isEqualTo(10);
        nanos.incrementAndGet();
        assertThat(reading.from()).isZero();

        reading.read(0, 40, Duration.ofMillis(1));
        assertThat(reading.from()).as("nothing is in the way any more").isZero();
    }
}
