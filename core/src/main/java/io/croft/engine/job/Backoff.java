package io.croft.engine.job;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Waits that grow: the shortest for a while, then doubling up to the longest, each between its half and its whole so
 * that processes do not move in step. Thread-safe.
 */
final class Backoff {

    private final long shortestNanos;
    private final long longestNanos;
    private final int patience;
    private final AtomicInteger waits = new AtomicInteger();

    /**
     * @param patience how many waits stay the shortest before they begin to double
     */
    Backoff(Duration shortest, Duration longest, int patience) {
        this.shortestNanos = shortest.toNanos();
        this.longestNanos = longest.toNanos();
        this.patience = patience;
    }

    /** For an error: from 100 ms, doubling at once. */
    static Backoff afterErrors(Duration longest) {
        Duration shortest = Duration.ofMillis(100);
        return new Backoff(shortest, longest.compareTo(shortest) < 0 ? shortest : longest, 0);
    }

    /** The next wait, in nanoseconds. */
    long nextNanos() {
        int doublings = Math.clamp(waits.getAndUpdate(n -> Math.min(n + 1, patience + 62)) - patience, 0, 62);
        long whole = shortestNanos > longestNanos >> doublings ? longestNanos : shortestNanos << doublings;
        return whole - (long) (whole * ThreadLocalRandom.current().nextDouble() / 2);
    }

    /** Begins anew with the shortest. */
    void reset() {
        waits.set(0);
    }
}
