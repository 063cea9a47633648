package io.croft.job;

import java.util.Objects;
import java.util.Optional;

/**
 * A job that another one was enqueued after.
 *
 * @param id   its id
 * @param name its name in the flow that both came with, if they did
 * @param need how it has to end
 * @param end  how it ended: {@link JobState#COMPLETED}, {@link JobState#CANCELLED} or, where any end will do,
 *             {@link JobState#DEAD}; empty while it is waited for. It stays what it was when it let the other job go,
 *             also if a dead letter is redriven later
 */
public record JobParent(JobId id, Optional<String> name, After.Need need, Optional<JobState> end) {

    public JobParent {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(need, "need");
        Objects.requireNonNull(end, "end");
    }
}
