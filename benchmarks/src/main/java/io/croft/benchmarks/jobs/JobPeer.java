package io.croft.benchmarks.jobs;

import java.sql.SQLException;

/** A job queue that is measured. It makes its own tables, and its workers run only while a round does. */
interface JobPeer extends AutoCloseable {

    /** Its name and how it is set. */
    String name();

    /**
     * Has jobs that do nothing go from enqueue to their end.
     *
     * @param first how many do so before the clock runs, so that every connection has made its plans
     * @param jobs  how many do so from the first enqueue on, with the same workers
     */
    Round round(int first, int jobs) throws Exception;

    /**
     * How long it took.
     *
     * @param nanos         until the end of the last job is stored
     * @param enqueuedNanos until the last enqueue returned; 0 if that is not known
     */
    record Round(long nanos, long enqueuedNanos) {
    }

    @Override
    void close() throws SQLException;
}
