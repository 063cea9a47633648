package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import java.io.IOException;
import java.util.function.Consumer;
import org.apache.lucene.index.DirectoryReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An index as it was at one moment, open for searching. Whoever searches holds a reference; so does the cache, as long
 * as it keeps it. The last one to let go has it closed, on the thread for that.
 */
final class OpenReader {

    private static final Logger LOG = LoggerFactory.getLogger(OpenReader.class);

    private final DirectoryReader reader;
    private final Generation generation;
    private final References references;
    private volatile boolean evicted;

    /**
     * A reader with one reference, for whoever opens it.
     *
     * @param generation what it reads; in use until this is closed
     * @param closed     told when it has been closed
     */
    OpenReader(DirectoryReader reader, Generation generation, IndexThreads threads, Consumer<OpenReader> closed) {
        generation.references().acquire();
        this.reader = reader;
        this.generation = generation;
        this.references = new References(() -> threads.reap(() -> close(closed)));
    }

    DirectoryReader reader() {
        return reader;
    }

    Generation generation() {
        return generation;
    }

    /** Who uses it. */
    References references() {
        return references;
    }

    /** Notes that the cache gave it up for lack of use. */
    void setEvicted() {
        evicted = true;
    }

    /** Whether the cache gave it up for lack of use. */
    boolean evicted() {
        return evicted;
    }

    private void close(Consumer<OpenReader> closed) {
        try {
            reader.close();
        } catch (IOException e) {
            LOG.warn("could not close a reader of {} ({})", generation.folder(), reason(e));
        } finally {
            generation.references().release();
            closed.accept(this);
        }
    }
}
