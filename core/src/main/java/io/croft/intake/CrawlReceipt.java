package io.croft.intake;

import io.croft.job.JobId;
import java.util.Objects;

/**
 * The answer to a crawl.
 *
 * @param name    the crawl's name
 * @param job     the job that crawls; to stop it, cancel that
 * @param running whether it was under way already, so that no other round was begun
 */
public record CrawlReceipt(String name, JobId job, boolean running) {

    public CrawlReceipt {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(job, "job");
    }
}
