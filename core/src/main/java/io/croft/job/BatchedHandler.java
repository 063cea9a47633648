package io.croft.job;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A batch handler and how its batches are filled. It is registered like any other handler.
 *
 * <p>A batch holds what a worker could claim for one organisation at once. So it is at most as large as the
 * organisation's {@linkplain LaneLimits#maxRunning concurrency limit}, which is 5 by default, and the worker's
 * {@linkplain WorkerSettings#slots slots} for the queue, which are 8: each of its jobs counts towards both. Where large
 * batches pay, both are to be raised. Where jobs also run alone, batches may stay small under a steady load, since each
 * slot that falls free is filled at once: letting them linger for some milliseconds fills them up. What is out of
 * these ranges is refused with {@link io.croft.InvalidInputException}.
 *
 * @param size    the most jobs of a batch, 1 to {@value #MAX_SIZE}
 * @param linger  how long a batch that is not full waits for more jobs, 0 to 10 seconds, while the worker has slots for
 *                them; its jobs are leased meanwhile
 * @param handler does the work
 */
public record BatchedHandler(int size, Duration linger, BatchJobHandler handler) implements JobHandler {

    /** The most jobs of a batch. */
    public static final int MAX_SIZE = 1000;

    /** The longest wait for more jobs. */
    public static final Duration MAX_LINGER = Duration.ofSeconds(10);

    public BatchedHandler {
        if (size < 1 || size > MAX_SIZE) {
            throw new InvalidInputException("a batch of " + size + " jobs is outside 1 to " + MAX_SIZE);
        }
        if (linger.isNegative() || linger.compareTo(MAX_LINGER) > 0) {
            throw new InvalidInputException("a batch that lingers for " + linger + " is outside 0 to 10 seconds");
        }
        Objects.requireNonNull(handler, "handler");
    }

    /** The same, whose batches wait so long for more jobs. */
    public BatchedHandler withLinger(Duration linger) {
        return new BatchedHandler(size, linger, handler);
    }

    /** A batch of one. */
    @Override
    public JobResult handle(JobContext job) throws Exception {
        Map<JobId, JobResult> results = handler.handle(List.of(job));
        return Objects.requireNonNull(results.get(job.id()), "the batch handler gave no result for its job");
    }
}
