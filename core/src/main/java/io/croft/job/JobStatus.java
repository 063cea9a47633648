package io.croft.job;

import java.util.Objects;
import java.util.Optional;

/**
 * Where a watched job stands.
 *
 * @param id       the job
 * @param state    its state
 * @param attempts the attempts begun since it was enqueued or last redriven
 * @param progress how far its attempt is, if it runs and has said so
 */
public record JobStatus(JobId id, JobState state, int attempts, Optional<JobProgress> progress) {

    public JobStatus {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(progress, "progress");
    }
}
