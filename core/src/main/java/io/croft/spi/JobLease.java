package io.croft.spi;

import io.croft.OrgId;
import io.croft.job.JobId;
import java.util.Objects;

/**
 * What proves that an attempt still owns its job.
 *
 * @param org   whose job it is
 * @param id    the job
 * @param fence greater than that of every earlier attempt of the job
 */
public record JobLease(OrgId org, JobId id, long fence) {

    public JobLease {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(id, "id");
    }
}
