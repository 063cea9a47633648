package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.content.Embedder;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.job.RetryPolicy;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** Brings the handlers of the library's own job kinds: the slow work of ingestion. */
public interface Processors extends AutoCloseable {

    /** How often a crawl may fail. */
    int CRAWL_ATTEMPTS = 20;

    /** How jobs are tried again of which an organisation has one for a long time. */
    RetryPolicy PATIENT = RetryPolicy.exponential(Duration.ofSeconds(10), Duration.ofHours(1))
            .withMaxAttempts(RetryPolicy.MAX_ATTEMPTS);

    /**
     * The job kind that makes a stored revision searchable: cut into chunks, embedded, written.
     */
    JobKind EMBED = JobKind.of("croft.embed", "croft.embed");

    /**
     * The job kind that finds the text in a file, and enqueues {@link #EMBED} for it, or {@link #OCR} where there is
     * text in images. An attempt has half an hour, most of which it may wait for others to be read.
     */
    JobKind EXTRACT = JobKind.of("croft.extract", "croft.extract").withTimeout(Duration.ofMinutes(30));

    /**
     * The job kind that recognises the text in a file's images, and enqueues {@link #EMBED} for it. An attempt has
     * three hours, most of which it may wait for others to be read.
     */
    JobKind OCR = JobKind.of("croft.ocr", "croft.ocr").withTimeout(Duration.ofHours(3));

    /**
     * The job kind that crawls a site, and takes its pages in as files. It runs for some minutes, then stands in line
     * again, so that organisations take turns. It has {@value #CRAWL_ATTEMPTS} attempts in which it may fail, in all
     * its length.
     */
    JobKind CRAWL = JobKind.of("croft.crawl", "croft.crawl").withTimeout(Duration.ofMinutes(20))
            .withRetry(RetryPolicy.exponential(Duration.ofSeconds(10), Duration.ofMinutes(10))
                    .withMaxAttempts(CRAWL_ATTEMPTS));

    /**
     * The job kind that removes files of an organisation of which nothing is made any more. There is one such job for
     * each organisation that gave files, once a day.
     */
    JobKind SWEEP = JobKind.of("croft.sweep", "croft.sweep").withTimeout(Duration.ofHours(1)).withRetry(PATIENT);

    /**
     * The job kind that enqueues {@link #EMBED} for all documents or listings of an organisation that another model
     * made searchable.
     */
    JobKind REEMBED = JobKind.of("croft.reembed", "croft.reembed").withTimeout(Duration.ofHours(1)).withRetry(PATIENT);

    /** Raised when they make something else of the same input: then it is not the same any more. */
    String VERSION = "1";

    /**
     * The handlers of what makes texts searchable, by kind.
     *
     * @param content  where handlers read and write
     * @param embedder the host's embedder
     */
    Map<JobKind, JobHandler> handlers(ContentStore content, Embedder embedder);

    /**
     * All handlers, by kind; called once, at start. By default those of {@link #handlers(ContentStore, Embedder)}
     * alone, so that files wait for another process.
     */
    default Map<JobKind, JobHandler> handlers(Parts parts) {
        return handlers(parts.content(), parts.embedder());
    }

    /** Ends what handlers work with, after the last of them has ended. */
    @Override
    default void close() {
        // handlers that hold nothing need no end
    }

    /**
     * What handlers work on.
     *
     * @param orgs     organisations
     * @param content  where texts are read and chunks written
     * @param inputs   where files are found and their texts written
     * @param crawls   what is to be crawled
     * @param sites    when sites may be asked
     * @param spends   what is spent on embedding
     * @param blobs    where files are kept
     * @param files    takes files in
     * @param embedder the host's embedder
     * @param check    throws {@link InvalidInputException} for content that cannot be stored
     */
    record Parts(OrgStore orgs, ContentStore content, InputStore inputs, CrawlStore crawls, SitePace sites,
            SpendStore spends, BlobStore blobs, FileIntake files, Embedder embedder, Consumer<Content> check) {

        public Parts {
            Objects.requireNonNull(orgs, "orgs");
            Objects.requireNonNull(content, "content");
            Objects.requireNonNull(inputs, "inputs");
            Objects.requireNonNull(crawls, "crawls");
            Objects.requireNonNull(sites, "sites");
            Objects.requireNonNull(spends, "spends");
            Objects.requireNonNull(blobs, "blobs");
            Objects.requireNonNull(files, "files");
            Objects.requireNonNull(embedder, "embedder");
            Objects.requireNonNull(check, "check");
        }
    }
}
