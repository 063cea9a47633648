package io.croft.job;

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
}
