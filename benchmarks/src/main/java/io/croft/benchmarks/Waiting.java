package io.croft.benchmarks;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread or process brings about, never longer than a deadline. */
final class Waiting {

    private static final long LOOK_EVERY_NANOS = Duration.ofMillis(5).toNanos();

    private Waiting() {
    }

    /**
     * Returns as soon as the condition holds.
     *
     * @param what  what is waited for, for the message
     * @param limit the longest wait
     * @throws IllegalStateException if it does not hold by then
     */
    static void until(String what, Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new IllegalStateException("waited " + limit + " in vain for " + what);
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }
}
