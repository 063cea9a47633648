package io.croft.benchmarks.neighbours;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OpenLoopTest {

    private static final int CALLS = 20;
    private static final long EVERY = Duration.ofMillis(5).toNanos();

    /** The first call stands in the way of all others until the last has begun: how long they waited is seen. */
    @Test
    void calls_comeWhenTheyAreDueWhateverIsInTheirWay() {
        CountDownLatch lastBegun = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Fates fates = new Fates(new Arrivals(Duration.ofNanos(CALLS * EVERY),
                IntStream.range(0, CALLS).mapToLong(i -> i * EVERY).toArray(), new int[CALLS]), System.nanoTime());

        OpenLoop.run(fates, CALLS, Duration.ofMinutes(1), call -> {
            try {
                if (call == CALLS - 1) {
                    lastBegun.countDown();
                }
                if (call == 0) {
                    lastBegun.await();
                    free.countDown();
                }
                free.await();
                fates.answered(call, System.nanoTime());
            } catch (InterruptedException e) {
                interrupted.set(true);
                Thread.currentThread().interrupt();
            }
        });

        assertThat(interrupted).isFalse();
        long[] times = fates.times(org -> true).nanos();
        assertThat(times).hasSize(CALLS - 4); // those of the first sixth are not counted
        for (int i = 0; i < times.length; i++) {
            assertThat(times[i]).isLessThan(Fates.NEVER).isGreaterThanOrEqualTo(i * EVERY);
        }
    }

    @Test
    void calls_areNotMadeForThoseWhoHaveLeft() {
        Fates fates = new Fates(new Arrivals(Duration.ofNanos(2), new long[]{0, 1}, new int[2]),
                System.nanoTime() - Duration.ofSeconds(2).toNanos());

        OpenLoop.run(fates, 2, Duration.ofSeconds(1), call -> fates.answered(call, System.nanoTime()));

        assertThat(fates.times(org -> true).nanos()).containsOnly(Fates.NEVER);
    }
}
