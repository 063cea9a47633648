package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import java.io.IOException;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.AlreadyClosedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of all writers together, rebuilds included. When they hold too much, the fullest one writes its largest
 * buffer into a file, whoever's it is. So one index that is built alone has large buffers, and many have small ones.
 * Thread-safe.
 */
final class WriteBuffers {

    private static final Logger LOG = LoggerFactory.getLogger(WriteBuffers.class);

    private final long mostBytes;
    private final Set<IndexWriter> writers = ConcurrentHashMap.newKeySet();

    WriteBuffers(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Counts a writer in. */
    void opened(IndexWriter writer) {
        writers.add(writer);
    }

    /** Counts a writer out. */
    void closed(IndexWriter writer) {
        writers.remove(writer);
    }

    /** Makes room, if something was written that is too much. */
    void written() {
        for (int tries = writers.size(); tries > 0 && bytes() > mostBytes; tries--) {
            writers.stream().max(Comparator.comparingLong(WriteBuffers::bytes)).ifPresent(WriteBuffers::flush);
        }
    }

    /** How many there are. */
    int writers() {
        return writers.size();
    }

    /** What all hold. */
    long bytes() {
        return writers.stream().mapToLong(WriteBuffers::bytes).sum();
    }

    private static long bytes(IndexWriter writer) {
        return writer.isOpen() ? writer.ramBytesUsed() : 0;
    }

    /** A failure is the writer's own: whoever writes with it next is told. */
    private static void flush(IndexWriter writer) {
        try {
            writer.flushNextBuffer();
        } catch (AlreadyClosedException closed) {
            LOG.debug("a writer was closed before its buffer could be written");
        } catch (IOException | RuntimeException e) {
            LOG.warn("a buffer could not be written ({}); its index goes back to its last commit", reason(e));
        }
    }
}
