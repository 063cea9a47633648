package io.croft.intake;

import io.croft.job.JobId;
import java.util.Objects;
import java.util.Optional;

/**
 * How far a crawl is in its present round, or the last one.
 *
 * @param crawl   what it is to do
 * @param round   its number, from 1; 0 before the first one has begun
 * @param state   whether it is under way
 * @param waiting pages and sitemaps that are known and still to be asked for in this round
 * @param kept    pages that are documents or listings; how far each of these is says {@link Ingestion#status}
 * @param failed  pages that could not be had in this round and stay as they were
 * @param job     the job that crawls, or crawled last
 * @param failure why it ended before its round did, for {@link State#FAILED}
 * @param putOff  why it has to wait, for {@link State#QUEUED}, if it was put off: what the site said, or did not say
 */
public record CrawlStatus(Crawl crawl, long round, State state, long waiting, long kept, long failed, JobId job,
        Optional<IngestStatus.Failure> failure, Optional<String> putOff) {

    /** The states of a crawl; the last two are ends, until it is asked for again. */
    public enum State {
        /** Waits for a worker, or until the site may be asked again. */
        QUEUED,
        /** A worker asks for its pages. */
        CRAWLING,
        /** Its round is done. */
        DONE,
        /** Its job is a dead letter, or was cancelled. Asked for again, the crawl goes on with its round. */
        FAILED;

        /** Whether nothing more happens by itself. */
        public boolean hasEnded() {
            return this == DONE || this == FAILED;
        }
    }

    public CrawlStatus {
        Objects.requireNonNull(crawl, "crawl");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(failure, "failure");
        Objects.requireNonNull(putOff, "putOff");
    }
}
