package io.croft.benchmarks.jobs;

import java.sql.SQLException;

/** A job queue that is measured. It makes its own tables, and its workers run only while a round does. */
interface JobPeer extends AutoCloseable {

    /** Its name and how it is set. */
    String name();

    /**
     * Has jobs that do nothing go from enqueue to their end.
     *
     * @return nanoseconds from the first enqueue, when the workers have started, until the end of the last job is
     *         stored
     */
    long round(int jobs) throws Exception;

    @Override
    void close() throws SQLException;
}
