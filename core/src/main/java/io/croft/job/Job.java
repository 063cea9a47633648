package io.croft.job;

import io.croft.OrgId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of a job. Times are by the database's clock.
 *
 * @param id          its id
 * @param org         whose it is
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
 * @param payload     its payload, JSON
 * @param result      its result, JSON, if it completed with one that is still kept
 * @param error       why its last attempt that failed did so
 * @param note        for people: why it was cancelled, last put off, or not tried again; up to
 *                    {@value #MAX_NOTE_CHARS} characters
 * @param progress    how far its attempt is, if it runs and has said so
 */
public record Job(JobId id, OrgId org, String kind, String queue, JobState state, JobPriority priority,
        Set<String> tags, Optional<String> key, int attempts, int maxAttempts, Instant createdAt,
        Optional<Instant> runAt, Optional<Instant> deadline, Optional<Instant> firstRunAt,
        Optional<Instant> finishedAt, String payload, Optional<String> result, Optional<JobError> error,
        Optional<String> note, Optional<JobProgress> progress) {

    /** The longest note and the longest reason, in characters. */
    public static final int MAX_NOTE_CHARS = 1024;

    public Job {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(priority, "priority");
        tags = Set.copyOf(tags);
    }

    /** What it is and how far it is, without payload, result, tags, key, errors and progress. */
    @Override
    public String toString() {
        return "Job[id=" + id + ", org=" + org + ", kind=" + kind + ", queue=" + queue + ", state=" + state
                + ", attempts=" + attempts + "]";
    }
}
