package io.croft.job;

import java.util.List;
import java.util.Map;

/**
 * Does the work of several jobs of one kind and one organisation in one call, where that is cheaper than one after the
 * other. It runs on a virtual thread, several calls at a time, and must bear being run twice for the same job.
 */
@FunctionalInterface
public interface BatchJobHandler {

    /**
     * Runs one attempt of each of these jobs. They are told apart by {@link JobContext#id}; each can also be completed
     * by itself with {@link JobContext#completeIn}, several of them in one transaction.
     *
     * @param jobs from one to as many as the handler was registered for, in the order in which they were claimed
     * @return how each ended, by its id; an attempt whose job is missing, or has null, failed. Results of other jobs
     *         are ignored
     * @throws Exception to have all of them retried, each until its attempts are used up
     */
    Map<JobId, JobResult> handle(List<JobContext> jobs) throws Exception;
}
