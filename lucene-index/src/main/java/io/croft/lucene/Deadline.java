package io.croft.lucene;

import io.croft.spi.SearchTimeoutException;
import java.util.function.LongSupplier;
import org.apache.lucene.index.QueryTimeout;

/**
 * When a search must have ended. Lucene asks once for each vector or block that it looks at; the clock is read for
 * every sixty-fourth question, because reading it costs as much as scoring a vector. Used by one thread.
 */
final class Deadline implements QueryTimeout {

    private static final int QUESTIONS_A_LOOK = 64;

    private final long nanoTime;
    private final LongSupplier clock;
    private int questions;
    private boolean passed;

    /**
     * A deadline.
     *
     * @param nanoTime on {@link System#nanoTime()}
     */
    Deadline(long nanoTime) {
        this(nanoTime, System::nanoTime);
    }

    /** By another clock: for tests. */
    Deadline(long nanoTime, LongSupplier clock) {
        this.nanoTime = nanoTime;
        this.clock = clock;
    }

    /** The same deadline for another thread. */
    Deadline copy() {
        return new Deadline(nanoTime, clock);
    }

    @Override
    public boolean shouldExit() {
        if (!passed && ++questions % QUESTIONS_A_LOOK == 0) {
            passed = leftNanos() <= 0;
        }
        return passed;
    }

    /**
     * Ends the search if its time is up.
     *
     * @param doing what it was about to do
     */
    void check(String doing) {
        if (passed || leftNanos() <= 0) {
            throw new SearchTimeoutException("the search's time was up while " + doing
                    + ": give it more time, or ask for less");
        }
    }

    /**
     * For each step of a long loop: ends the search if its time is up, looking at the clock as rarely as
     * {@link #shouldExit}.
     *
     * @param doing what it is about
     */
    void step(String doing) {
        if (shouldExit()) {
            check(doing);
        }
    }

    /** How long there is; nothing or less if it has passed. */
    long leftNanos() {
        return nanoTime - clock.getAsLong();
    }
}
