package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.content.Embedder;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** Brings the handlers of the library's own job kinds: the slow work of ingestion. */
public interface Processors {

    /**
     * The job kind that makes a stored revision searchable: cut into chunks, embedded, written.
     */
    JobKind EMBED = JobKind.of("croft.embed", "croft.embed");

    /**
     * The job kind that finds the text in a file, and enqueues {@link #EMBED} for it. An attempt has five minutes.
     */
    JobKind EXTRACT = JobKind.of("croft.extract", "croft.extract").withTimeout(Duration.ofMinutes(5));

    /**
     * The job kind that removes files of an organisation of which nothing is made any more. There is one such job for
     * each organisation that gave files, once a day.
     */
    JobKind SWEEP = JobKind.of("croft.sweep", "croft.sweep").withTimeout(Duration.ofHours(1));

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

    /**
     * What handlers work on.
     *
     * @param orgs     organisations
     * @param content  where texts are read and chunks written
     * @param inputs   where files are found and their texts written
     * @param blobs    where files are kept
     * @param embedder the host's embedder
     * @param check    throws {@link InvalidInputException} for content that cannot be stored
     */
    record Parts(OrgStore orgs, ContentStore content, InputStore inputs, BlobStore blobs, Embedder embedder,
            Consumer<Content> check) {

        public Parts {
            Objects.requireNonNull(orgs, "orgs");
            Objects.requireNonNull(content, "content");
            Objects.requireNonNull(inputs, "inputs");
            Objects.requireNonNull(blobs, "blobs");
            Objects.requireNonNull(embedder, "embedder");
            Objects.requireNonNull(check, "check");
        }
    }
}
