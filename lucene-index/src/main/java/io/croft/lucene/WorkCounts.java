package io.croft.lucene;

import java.util.concurrent.atomic.LongAdder;

/** How often what was done since the index was started. Thread-safe. */
final class WorkCounts {

    private final LongAdder coldOpens = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder checks = new LongAdder();
    private final LongAdder damages = new LongAdder();
    private final LongAdder tidied = new LongAdder();
    private final LongAdder scans = new LongAdder();
    private final LongAdder walks = new LongAdder();
    private final LongAdder astray = new LongAdder();

    /** An index was opened of which nothing was known. */
    void coldOpened() {
        coldOpens.increment();
    }

    /** A reader was closed for lack of use. */
    void evicted() {
        evictions.increment();
    }

    /** An index in use was read through to its end. */
    void checked() {
        checks.increment();
    }

    /** Files in use were found damaged. */
    void damaged() {
        damages.increment();
    }

    /** An index not in use was merged. */
    void tidied() {
        tidied.increment();
    }

    /** The vectors of a segment were compared one by one. */
    void scanned() {
        scans.increment();
    }

    /** The graph of a segment was walked. */
    void walked() {
        walks.increment();
    }

    /** A walk was given up, for a scan. */
    void wentAstray() {
        astray.increment();
    }

    long coldOpens() {
        return coldOpens.sum();
    }

    long evictions() {
        return evictions.sum();
    }

    long checks() {
        return checks.sum();
    }

    long damages() {
        return damages.sum();
    }

    long tidyings() {
        return tidied.sum();
    }

    long scans() {
        return scans.sum();
    }

    long walks() {
        return walks.sum();
    }

    long walksAstray() {
        return astray.sum();
    }
}
