package io.croft.ingest.crawl;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What a crawl waits for between two requests beyond what its site wants: nobody else has to wait for it. Used by one
 * thread.
 */
final class OwnDelay {

    /** How often it looks whether it is to stop. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Duration delay;
    private long freeNanos = System.nanoTime();

    OwnDelay(Duration delay) {
        this.delay = delay;
    }

    /** The site was asked just now. */
    void asked() {
        freeNanos = System.nanoTime() + delay.toNanos();
    }

    /** Waits until it may be asked again. Returns false if it was told to stop, or was interrupted, before. */
    boolean await(BooleanSupplier stop) {
        try {
            for (long left = left(); left > 0; left = left()) {
                if (stop.getAsBoolean()) {
                    return false;
                }
                TimeUnit.NANOSECONDS.sleep(Math.min(left, LOOK.toNanos()));
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private long left() {
        return freeNanos - System.nanoTime();
    }
}
