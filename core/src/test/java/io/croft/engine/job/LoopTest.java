package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopTest {

    private final AtomicInteger rounds = new AtomicInteger();
    private Loop loop = new Loop("croft-never", () -> 0, Duration.ZERO);

    @AfterEach
    void close() throws InterruptedException {
        loop.stop();
        loop.join(TimeUnit.SECONDS.toNanos(30));
        Workers.eventually("its thread has ended", () -> Workers.threads().isEmpty());
    }

    private void start(Loop.Round round) {
        loop = new Loop("croft-test", round, Duration.ofMillis(100));
        loop.start();
    }

    @Test
    void wake_endsTheWait() {
        start(() -> {
            rounds.incrementAndGet();
            return Loop.UNTIL_WOKEN;
        });
        Workers.eventually("the first round", () -> rounds.get() == 1);

        for (int i = 2; i < 100; i++) {
            int next = i;
            loop.wake();
            Workers.eventually("round " + next, () -> rounds.get() >= next);
        }
    }

    @Test
    void wakeDuringARound_isNotLost() throws InterruptedException {
        CountDownLatch inRound = new CountDownLatch(1);
        CountDownLatch woken = new CountDownLatch(1);
        start(() -> {
            if (rounds.incrementAndGet() == 1) {
                inRound.countDown();
                Workers.await(woken);
            }
            return Loop.UNTIL_WOKEN;
        });
        Workers.await(inRound);

        loop.wake();
        woken.countDown();

        Workers.eventually("a second round", () -> rounds.get() == 2);
    }

    @Test
    void anythingThrown_isFollowedByTheNextRound() {
        start(() -> {
            return switch (rounds.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("a bug");
                case 2 -> throw new OutOfMemoryError("not really");
                case 3 -> throw new NoClassDefFoundError("io/croft/Horse");
                default -> Loop.UNTIL_WOKEN;
            };
        });

        Workers.eventually("a round that ends well", () -> rounds.get() == 4);
    }

    @Test
    void wakeDuringTheWaitAfterAFailure_doesNotShortenIt() {
        start(() -> {
            if (rounds.incrementAndGet() < 3) {
                throw new IllegalStateException("a bug");
            }
            return Loop.UNTIL_WOKEN;
        });
        long start = System.nanoTime();

        Workers.eventually("it has recovered", () -> {
            loop.wake();
            return rounds.get() >= 3;
        });

        assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(90));
    }

    @Test
    void stop_endsAnyWait() throws InterruptedException {
        start(() -> {
            rounds.incrementAndGet();
            return Loop.UNTIL_WOKEN;
        });
        Workers.eventually("the first round", () -> rounds.get() == 1);

        loop.stop();
        loop.join(TimeUnit.SECONDS.toNanos(30));

        assertThat(Workers.threads()).isEmpty();
        assertThat(rounds).hasValue(1);
    }

    @Test
    void interruptByAStranger_endsTheThread() {
        start(() -> {
            rounds.incrementAndGet();
            throw new InterruptedException("a stranger");
        });

        Workers.eventually("its thread has ended", () -> rounds.get() == 1 && Workers.threads().isEmpty());
    }
}
