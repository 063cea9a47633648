package io.croft.engine.index;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** When to try again after failures, and what the last one was. Thread-safe. */
final class Retries {

    private static final long FIRST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int REPORT_EVERY = 20;

    private int failures;
    private long retryAtNanos;
    private @Nullable Throwable last;

    synchronized boolean isDue() {
        return failures == 0 || System.nanoTime() - retryAtNanos >= 0;
    }

    /** What went wrong last; null if nothing did since the last success. */
    synchronized @Nullable Throwable last() {
        return last;
    }

    synchronized void succeeded() {
        failures = 0;
        last = null;
    }

    /** Puts the next try off, longer after each failure; returns whether this one is worth a line in the log. */
    synchronized boolean failed(Throwable failure) {
        failures++;
        last = failure;
        retryAtNanos = System.nanoTime() + Math.min(MAX_WAIT_NANOS, FIRST_WAIT_NANOS << Math.min(20, failures - 1));
        return failures == 1 || failures % REPORT_EVERY == 0;
    }
}
