package io.croft.job;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a list says of a job: all but its payload, result, and error's message and stack trace, which
 * {@link JobQueue#find} has. Times are by the database's clock.
 *
 * @param id          its id
 * @param kind        the name of its kind
 * @param queue       the name of its queue
 * @param state       its state
 * @param priority    its priority
 * @param tags        its tags
 * @param key         its idempotency key
 * @param attempts    the attempts begun since it was enqueued or last redriven
 * @param maxAttempts the most attempts
 * @param createdAt   when it was enqueued
 * @param runAt       when it may run next, for {@link JobState#SCHEDULED}
 * @param deadline    when no attempt begins any more
 * @param firstRunAt  when its first attempt that ended, or runs, began
 * @param finishedAt  when it ended, for final states and dead letters
 * @param errorClass  the class of the error of its last attempt that failed
 * @param note        for people: why it was cancelled, last put off, or not tried again
 */
public record JobSummary(JobId id, String kind, String queue, JobState state, JobPriority priority, Set<String> tags,
        Optional<String> key, int attempts, int maxAttempts, Instant createdAt, Optional<Instant> runAt,
        Optional<Instant> deadline, Optional<Instant> firstRunAt, Optional<Instant> finishedAt,
        Optional<String> errorClass, Optional<String> note) {

    public JobSummary {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(priority, "priority");
        tags = Set.copyOf(tags);
    }

    /** What it is and how far it is, without tags, key and note. */
    @Override
    public String toString() {
        return "JobSummary[id=" + id + ", kind=" + kind + ", queue=" + queue + ", state=" + state + ", attempts="
                + attempts + "]";
    }
}
