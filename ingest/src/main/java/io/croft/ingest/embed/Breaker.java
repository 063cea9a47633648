package io.croft.ingest.embed;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Whether an endpoint may be asked. After some failures in a row it is left alone for a second, then for twice as long
 * after each further one, up to half a minute; in between one asks on trial. What the endpoint says itself of when to
 * ask again is kept to. Thread-safe.
 */
final class Breaker {

    /** So many failures in a row. */
    static final int FAILURES = 5;
    static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final LongSupplier nanoTime;
    private final DoubleSupplier random;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private int failures;
    @GuardedBy("lock")
    private long free;
    @GuardedBy("lock")
    private boolean onTrial;

    /**
     * By this clock.
     *
     * @param random 0 to 1, exclusive
     */
    Breaker(LongSupplier nanoTime, DoubleSupplier random) {
        this.nanoTime = nanoTime;
        this.random = random;
        this.free = nanoTime.getAsLong();
    }

    /**
     * Zero if it may be asked now, which then has to be followed by one of the calls below; else when to come again.
     */
    Duration enter() {
        lock.lock();
        try {
            long left = free - nanoTime.getAsLong();
            if (left > 0) {
                return Duration.ofNanos(left);
            }
            if (failures >= FAILURES) {
                if (onTrial) {
                    return FIRST_PAUSE;
                }
                onTrial = true;
            }
            return Duration.ZERO;
        } finally {
            lock.unlock();
        }
    }

    /** It answered, whatever it said. Returns whether it had been left alone before. */
    boolean answered() {
        lock.lock();
        try {
            boolean back = failures >= FAILURES;
            failures = 0;
            onTrial = false;
            return back;
        } finally {
            lock.unlock();
        }
    }

    /**
     * It failed. Returns whether it is left alone from now on, and was not before.
     *
     * @param least how long it wants to be left alone
     */
    boolean failed(Duration least) {
        lock.lock();
        try {
            failures = Math.min(failures + 1, FAILURES + 30);
            onTrial = false;
            long pause = least.toNanos();
            if (failures >= FAILURES) {
                long most =
                        Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(failures - FAILURES, 6));
                pause = Math.max(pause, (long) (most * (1 + random.getAsDouble()) / 2) + FIRST_PAUSE.toNanos() / 2);
            }
            long until = nanoTime.getAsLong() + pause;
            free = until - free > 0 ? until : free;
            return failures == FAILURES;
        } finally {
            lock.unlock();
        }
    }

    /** It was not asked after all. */
    void left() {
        lock.lock();
        try {
            onTrial = false;
        } finally {
            lock.unlock();
        }
    }
}
