package io.croft.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.lucene.index.FloatVectorValues;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings scattered vectors from the disk into memory, several at a time. A search of an index that is not in memory reads
 * some hundred vectors from as many places; one after the other, most of its time is waiting, and a disk gives many
 * pages in little more time than one. (Lucene 10.6 can prefetch vectors, but not those that it keeps beside quantised
 * ones.)
 */
final class ReadAhead {

    /** As many are waited for at a time. */
    static final int READERS = 8;

    private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

    private ReadAhead() {
    }

    /**
     * Reads these vectors and waits until they are in memory, or the search's time is up. What cannot be read is left to
     * whoever reads it next, and fails there.
     *
     * @param readers has {@value #READERS} threads
     */
    static void read(FloatVectorValues vectors, int[] ordinals, Executor readers, Deadline deadline)
            throws IOException {
        AtomicBoolean waiting = new AtomicBoolean(true);
        CompletableFuture<?>[] parts = new CompletableFuture<?>[READERS];
        for (int part = 0; part < READERS; part++) {
            FloatVectorValues own = vectors.copy();
            int first = part;
            parts[part] = submit(() -> touch(own, ordinals, first, waiting), readers);
        }
        CompletableFuture.allOf(parts).completeOnTimeout(null, deadline.leftNanos(), TimeUnit.NANOSECONDS).join();
        waiting.set(false);
    }

    private static CompletableFuture<?> submit(Runnable part, Executor readers) {
        try {
            return CompletableFuture.runAsync(part, readers).exceptionally(failed -> {
                LOG.debug("a vector could not be read ahead", failed);
                return null;
            });
        } catch (RejectedExecutionException closing) {
            LOG.debug("nothing is read ahead: the index is being closed");
            return CompletableFuture.completedFuture(null);
        }
    }

    private static void touch(FloatVectorValues vectors, int[] ordinals, int first, AtomicBoolean waiting) {
        try {
            for (int i = first; i < ordinals.length && waiting.get(); i += READERS) {
                var unused = vectors.vectorValue(ordinals[i]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
