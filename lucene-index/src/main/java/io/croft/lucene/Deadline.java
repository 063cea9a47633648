package io.croft.lucene;

import io.croft.spi.SearchTimeoutException;
import org.apache.lucene.index.QueryTimeout;

/**
 * When a search must have ended. Lucene asks once for each vector or block that it looks at; the clock is read for
 * every sixty-fourth question, because reading it costs as much as scoring a vector. Used by one thread.
 */
final class Deadline implements QueryTimeout {

    private static final int QUESTIONS_A_LOOK = 64;

    private final long nanoTime;
    private int questions;
    private boolean passed;

    /**
     * A deadline.
     *
     * @param nanoTime on {@link System#nanoTime()}
     */
    Deadline(long nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public boolean shouldExit() {
        if (!passed && ++questions % QUESTIONS_A_LOOK == 0) {
            passed = System.nanoTime() - nanoTime >= 0;
        }
        return passed;
    }

    /**
     * Ends the search if its time is up.
     *
     * @param doing what it was about to do
     */
    void check(String doing) {
        if (passed || System.nanoTime() - nanoTime >= 0) {
            throw new SearchTimeoutException("the search's time was up while " + doing
                    + ": give it more time, or ask for less");
        }
    }
}
