package io.croft.ingest.fetch;

import java.time.Duration;

/** When something must be done, by the clock of this process that never goes back. */
record Deadline(long endNanos) {

    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** At least 0. */
    long nanosLeft() {
        return Math.max(0, endNanos - System.nanoTime());
    }

    boolean isOver() {
        return nanosLeft() == 0;
    }
}
