package io.croft.job;

import io.croft.OrgId;
import java.util.Objects;

/**
 * The jobs of one organisation in a queue.
 *
 * @param org    the organisation
 * @param counts how many it has
 */
public record LaneCounts(OrgId org, JobCounts counts) {

    public LaneCounts {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(counts, "counts");
    }
}
