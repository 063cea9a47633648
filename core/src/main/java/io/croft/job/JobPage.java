package io.croft.job;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A part of a list of jobs.
 *
 * @param jobs those enqueued last come first; may be fewer than asked for, or none, also where more follow
 * @param next the cursor to go on with; empty at the end of the list
 */
public record JobPage(List<JobSummary> jobs, Optional<String> next) {

    public JobPage {
        jobs = List.copyOf(jobs);
        Objects.requireNonNull(next, "next");
    }
}
