package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import java.io.IOException;
import java.util.function.Consumer;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An index as it was at one moment, open for searching. Whoever searches holds a reference; so does the cache, as long
 * as it keeps it. The last one to let go has it closed, on the thread for that.
 */
final class OpenReader {

    private static final Logger LOG = LoggerFactory.getLogger(OpenReader.class);

    /** Measured: what an index with one small segment takes when it is open for searching. */
    private static final long HEAP_BYTES = 4_000;
    private static final long HEAP_BYTES_A_SEGMENT = 16_000;
    private static final int MAPS_OF_A_LARGE_FILE = 3;

    private final DirectoryReader reader;
    private final Generation generation;
    private final References references;
    private final long heapBytes;
    private final long maps;
    private volatile boolean searched;
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
        this.heapBytes = HEAP_BYTES + reader.leaves().stream().mapToLong(OpenReader::heapBytes).sum();
        this.maps = reader.leaves().stream().mapToLong(OpenReader::maps).sum();
        this.references = new References(() -> threads.reap(() -> close(closed)));
    }

    DirectoryReader reader() {
        return reader;
    }

    Generation generation() {
        return generation;
    }

    /** The heap that it takes, estimated. */
    long heapBytes() {
        return heapBytes;
    }

    /** The memory maps that it takes, estimated. */
    long maps() {
        return maps;
    }

    private static long heapBytes(LeafReaderContext leaf) {
        return HEAP_BYTES_A_SEGMENT + (leaf.reader().hasDeletions() ? leaf.reader().maxDoc() / Byte.SIZE : 0);
    }

    private static long maps(LeafReaderContext leaf) {
        if (!(leaf.reader() instanceof SegmentReader segment)) {
            return MAPS_OF_A_LARGE_FILE;
        }
        SegmentCommitInfo info = segment.getSegmentInfo();
        try {
            return !info.info.getUseCompoundFile()
                    ? info.files().size()
                    : info.sizeInBytes() < MappedFiles.LARGE_BYTES ? 1 : MAPS_OF_A_LARGE_FILE;
        } catch (IOException e) {
            return MAPS_OF_A_LARGE_FILE;
        }
    }

    /** Who uses it. */
    References references() {
        return references;
    }

    /** Notes that somebody searches with it. */
    void setSearched() {
        if (!searched) { // so that searches at once do not write the same memory
            searched = true;
        }
    }

    /** Whether anybody has searched with it. */
    boolean searched() {
        return searched;
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
