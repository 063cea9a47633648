package io.croft.engine.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts how often something was applied to an index, for those who wait for it. Thread-safe. */
final class Applications {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition counted = lock.newCondition();
    @GuardedBy("lock")
    private long count;

    /** How often so far; see {@link #await}. */
    long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until something was applied since the count was taken, or the time is up. */
    void await(long since, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (count == since && left > 0) {
                left = counted.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Something was applied. */
    void announce() {
        lock.lock();
        try {
            count++;
            counted.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
