package io.croft.lucene;

import io.croft.spi.SearchTimeoutException;
import java.util.function.LongSupplier;
import org.apache.lucene.index.QueryTimeout;

/**
 * When a search must have ended. Used by one thread.
 *
 * <p>Among vectors Lucene asks once for each that it looks at; the clock is read for every sixty-fourth question,
 * because reading it costs as much as scoring a vector. Among words it asks so rarely that the clock is read each time,
 * see {@link #rarelyAsked}.
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
     * The same deadline for Lucene's search for words, which reads the clock for each question. Lucene's
     * {@code TimeLimitingBulkScorer} asks before the first 100 chunks of a segment, before the next 150, and so on,
     * each time for half as many again, about twenty times for a segment of a million. So between two looks lie at most
     * 100 chunks and half of those of the segment that were looked at before: a search that has no time left goes on
     * for about half as long again as it took for the segment, and not to its end.
     */
    QueryTimeout rarelyAsked() {
        return () -> leftNanos() <= 0;
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
