package io.croft.job;

import java.time.Duration;

/**
 * Does the work of one kind of job. It runs on a virtual thread, several at a time, and must bear being run twice for
 * the same job: a process may die after the work and before its completion is stored.
 */
@FunctionalInterface
public interface JobHandler {

    /**
     * Runs one attempt.
     *
     * @return how it ended
     * @throws Exception to have it retried, until its attempts are used up
     */
    JobResult handle(JobContext job) throws Exception;

    /**
     * A handler that is called once for several jobs of its kind and of one organisation, and never waits for more to
     * come.
     *
     * @param size    the most jobs of a call, 1 to {@value BatchedHandler#MAX_SIZE}
     * @param handler does the work
     */
    static BatchedHandler batched(int size, BatchJobHandler handler) {
        return new BatchedHandler(size, Duration.ZERO, handler);
    }
}
