package io.croft.lucene;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts who uses something and says when the last user has gone. It begins with one reference, the owner's. A count
 * that has reached zero never rises again, so whoever gets a reference can rely on what is behind it.
 */
final class References {

    private final AtomicInteger count = new AtomicInteger(1);
    private final Runnable last;

    /**
     * With one reference.
     *
     * @param last run once, by whoever gives the last reference back
     */
    References(Runnable last) {
        this.last = last;
    }

    /** Takes a reference, unless all are gone. */
    boolean tryAcquire() {
        int now;
        do {
            now = count.get();
            if (now == 0) {
                return false;
            }
        } while (!count.compareAndSet(now, now + 1));
        return true;
    }

    /** Takes one more reference, by whoever has one. */
    void acquire() {
        if (!tryAcquire()) {
            throw new IllegalStateException("it is out of use");
        }
    }

    /** Gives a reference back. */
    void release() {
        int left = count.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("released more often than acquired");
        }
        if (left == 0) {
            last.run();
        }
    }
}
