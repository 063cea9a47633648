package io.croft.job;

import java.util.Objects;
import java.util.Optional;

/**
 * The answer to an enqueue.
 *
 * @param id        the job: the new one, or the one that had the key already
 * @param duplicate whether the key was known, so that no job was added
 * @param replaced  whether a duplicate took the place of what the job said, as its key asked for: see
 *                  {@link JobKey#replacing} and {@link JobKey#debouncing}. Of several duplicates in one call the last
 *                  one's words stand
 * @param state     the job's state; that in which it ended if its record is past its retention and only the key is
 *                  left, so that {@link JobQueue#find} does not find it any more
 * @param result    the stored result of a completed duplicate, as JSON, if it had one
 */
public record JobReceipt(JobId id, boolean duplicate, boolean replaced, JobState state,
        Optional<String> result) {

    public JobReceipt {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(result, "result");
    }

    /** Which job it is, without its result. */
    @Override
    public String toString() {
        return "JobReceipt[id=" + id + ", duplicate=" + duplicate + ", replaced=" + replaced + ", state=" + state
                + "]";
    }
}
