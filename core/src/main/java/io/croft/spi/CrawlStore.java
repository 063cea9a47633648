package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.intake.Crawl;
import io.croft.intake.IngestStatus;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Crawls: what each is to do, the job that does it, and its frontier, which outlives the job. Every method names the
 * organisation and touches no other's rows. Thread-safe.
 */
public interface CrawlStore extends CrawlFrontier {

    /** The most crawls of one page. */
    int MAX_PAGE = 1000;

    /** The most crawls of an organisation, about: of two that are requested at the same moment none is counted. */
    int MAX_CRAWLS = 1_000;

    /**
     * Stores what a crawl is to do, in place of what the one of this name was, and enqueues the job that does it, in
     * one transaction. Where the crawl's job is there and has not ended, that one goes on, by what is stored now.
     * The job's payload is the store's own: {@link #pending} reads it.
     *
     * <p>If the fields differ from those before, the next round asks for all pages anew. If the source does, the round
     * is ended besides, and what was made under the other source is {@linkplain #left left over}.
     *
     * @param kind of a known queue
     * @throws InvalidInputException if the queue is not known, there are {@value #MAX_CRAWLS} others, or the source
     *                               differs while the crawl's job has not ended
     */
    Requested request(OrgId org, Crawl crawl, JobKind kind);

    /**
     * Ids of what a crawl made of its pages under the source that it had before, to be deleted.
     *
     * @param limit 1 to {@value #MAX_PAGE}
     */
    List<String> left(OrgId org, String name, int limit);

    /** Forgets these, which have been deleted. */
    void forgetLeft(OrgId org, String name, List<String> ids);

    /**
     * Removes a crawl and all that it knows of pages. Its documents or listings stay. What its job does from then on
     * is refused, or finds no such crawl.
     *
     * @return the job, which may have ended; empty if none of this name was requested
     */
    Optional<JobId> remove(OrgId org, String name);

    /**
     * What a job has to do.
     *
     * @param payload the job's payload
     * @return empty if there is no such crawl any more
     * @throws InvalidInputException if the payload is not from this store
     */
    Optional<Crawl> pending(OrgId org, String payload);

    /** How far a crawl is; empty if none of this name was requested. */
    Optional<Progress> progress(OrgId org, String name);

    /**
     * How far crawls are that were requested, in the order of their names.
     *
     * @param after the last name of the page before; empty for the first page
     * @param limit 1 to {@value #MAX_PAGE}
     * @return empty after the last page
     */
    List<Progress> list(OrgId org, Optional<String> after, int limit);

    /** Where a crawl is. */
    enum Step {
        /** Its job waits or runs. */
        LIVE,
        /** Its round is done. */
        DONE,
        /** Its job ended before the round did. */
        FAILED
    }

    /**
     * How far a crawl is.
     *
     * @param crawl   what it is to do
     * @param round   the number of its present or last round; 0 if there was none
     * @param step    where it is
     * @param waiting pages and sitemaps that wait in its round
     * @param kept    pages that are documents or listings
     * @param failed  pages that could not be had, and do not wait
     * @param job     its job
     * @param failure why it failed
     * @param putOff  why its job was put off last, if that has not ended and said so
     */
    record Progress(Crawl crawl, long round, Step step, long waiting, long kept, long failed, JobId job,
            Optional<IngestStatus.Failure> failure, Optional<String> putOff) {

        public Progress {
            Objects.requireNonNull(crawl, "crawl");
            Objects.requireNonNull(step, "step");
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(failure, "failure");
            Objects.requireNonNull(putOff, "putOff");
        }
    }

    /**
     * The answer to a request.
     *
     * @param job     the crawl's job
     * @param running whether it was there already
     */
    record Requested(JobId job, boolean running) {

        public Requested {
            Objects.requireNonNull(job, "job");
        }
    }
}
