package io.croft.spi.contract;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what must come to be, and no longer than for a time after which it is a failure. */
public final class Await {

    /** After this long, what did not come will not come. */
    public static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(10);

    private Await() {
    }

    /**
     * Asks again and again until it holds.
     *
     * @param what the condition in words, for the failure
     * @throws AssertionError if it does not hold within {@link #LIMIT}
     */
    public static void until(String what, BooleanSupplier condition) {
        until(what, condition, () -> pass(PAUSE));
    }

    /** The same with another pause between two questions. */
    public static void until(String what, BooleanSupplier condition, Runnable pause) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > LIMIT.toNanos()) {
                throw new AssertionError("not within " + LIMIT + ": " + what);
            }
            pause.run();
        }
    }

    /** Lets real time go by. */
    public static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
