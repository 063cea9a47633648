package io.croft.job;

import io.croft.OrgId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What is known of a job.
 *
 * @param id          its id
 * @param org         whose it is
 * @param kind        the name of its kind
 * @param queue       the name of its queue
 * @param state       its state
 * @param priority    its priority
 * @param attempts    the attempts begun since it was enqueued or last redriven
 * @param maxAttempts the most attempts
 * @param createdAt   when it was enqueued, by the database's clock
 * @param runAt       when it may run next, for {@link JobState#SCHEDULED}
 * @param finishedAt  when it ended, for final states and dead letters
 * @param payload     its payload, JSON
 * @param result      its result, JSON, if it completed with one
 * @param error       why its last attempt failed, or why it was cancelled: class and message, bounded
 */
public record Job(JobId id, OrgId org, String kind, String queue, JobState state, JobPriority priority, int attempts,
        int maxAttempts, Instant createdAt, Optional<Instant> runAt, Optional<Instant> finishedAt, String payload,
        Optional<String> result, Optional<String> error) {

    public Job {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(priority, "priority");
    }

    /** What it is and how far it is, without payload, result and error. */
    @Override
    public String toString() {
        return "Job[id=" + id + ", org=" + org + ", kind=" + kind + ", queue=" + queue + ", state=" + state
                + ", attempts=" + attempts + "]";
    }
}
