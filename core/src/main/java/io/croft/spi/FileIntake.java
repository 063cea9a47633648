package io.croft.spi;

import io.croft.Org;
import io.croft.intake.Upload;
import io.croft.search.Source;
import io.croft.spi.InputStore.Accepted;
import java.io.IOException;
import java.io.InputStream;

/**
 * Takes files in for handlers as {@link io.croft.intake.Ingestion#upload} does for hosts, without the gate: a job
 * passed it when it was enqueued. Thread-safe.
 */
public interface FileIntake {

    /**
     * Keeps a file and enqueues the job that reads it, unless its document or listing says the same already.
     *
     * @param org   in the life that the file belongs to
     * @param sight which documents may be replaced
     * @throws IOException                    what the stream throws
     * @throws io.croft.InvalidInputException as {@link io.croft.intake.Ingestion#upload}
     * @throws io.croft.NotPermittedException if it would replace a document that is not seen, or its own is not
     */
    Accepted accept(Org org, Sight sight, Upload upload, InputStream content) throws IOException;

    /** Deletes a document or listing, if there is one that is seen. */
    void delete(Org org, Sight sight, Source source, String id);
}
