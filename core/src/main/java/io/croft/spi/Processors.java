package io.croft.spi;

import io.croft.content.Embedder;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import java.util.Map;

/** Brings the handlers of the library's own job kinds: the slow work of ingestion. */
public interface Processors {

    /**
     * The job kind that makes a stored revision searchable: cut into chunks, embedded, written.
     */
    JobKind EMBED = JobKind.of("croft.embed", "croft.embed");

    /**
     * The handlers, by kind; called once, at start.
     *
     * @param content  where handlers read and write
     * @param embedder the host's embedder
     */
    Map<JobKind, JobHandler> handlers(ContentStore content, Embedder embedder);
}
