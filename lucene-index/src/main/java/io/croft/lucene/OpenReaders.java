package io.croft.lucene;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexScope;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.lucene.index.DirectoryReader;
import org.jspecify.annotations.Nullable;

/**
 * The newest reader of each index that is searched, within a budget. The cache itself closes nothing: it lets go of its
 * reference. Thread-safe.
 */
final class OpenReaders {

    private final Cache<IndexScope, OpenReader> cache;
    private final IndexThreads threads;
    private final WorkCounts counts;
    private final Consumer<IndexEvent> events;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong heapBytes = new AtomicLong();
    private final AtomicLong maps = new AtomicLong();

    OpenReaders(ReaderBudget budget, IndexThreads threads, WorkCounts counts, Consumer<IndexEvent> events) {
        this.threads = threads;
        this.counts = counts;
        this.events = events;
        // Its upkeep takes no longer than to count down, so it needs no threads.
        this.cache = Caffeine.newBuilder()
                .maximumWeight(ReaderBudget.WHOLE)
                .weigher((IndexScope scope, OpenReader reader) -> budget.weight(reader.heapBytes(), reader.maps()))
                .executor(Runnable::run)
                .removalListener(OpenReaders::removed)
                .build();
    }

    /** The newest reader, with a reference for the caller; null if there is none. */
    @Nullable
    OpenReader acquire(IndexScope scope) {
        OpenReader newest = cache.getIfPresent(scope);
        return newest != null && newest.references().tryAcquire() ? newest : null;
    }

    /** A reader that nobody knows yet, with a reference for the caller. */
    OpenReader open(IndexScope scope, DirectoryReader reader, Generation generation) {
        OpenReader opened = new OpenReader(reader, generation, threads, closed -> closed(scope, closed));
        open.incrementAndGet();
        heapBytes.addAndGet(opened.heapBytes());
        maps.addAndGet(opened.maps());
        return opened;
    }

    /** Makes it the newest reader, in the place of one that is there. */
    void put(IndexScope scope, OpenReader newest) {
        newest.references().acquire();
        cache.put(scope, newest);
    }

    /** Forgets a scope's reader. */
    void remove(IndexScope scope) {
        cache.invalidate(scope);
    }

    /** How many are open: those in the cache and those that searches still hold. */
    int open() {
        return open.get();
    }

    /** The heap that those take, estimated. */
    long heapBytes() {
        return heapBytes.get();
    }

    /** The memory maps that those take, estimated. */
    long maps() {
        return maps.get();
    }

    private static void removed(@Nullable IndexScope scope, @Nullable OpenReader reader, RemovalCause cause) {
        if (reader == null) {
            return;
        }
        if (cause.wasEvicted()) {
            reader.setEvicted();
        }
        reader.references().release();
    }

    private void closed(IndexScope scope, OpenReader reader) {
        open.decrementAndGet();
        heapBytes.addAndGet(-reader.heapBytes());
        maps.addAndGet(-reader.maps());
        if (reader.evicted()) {
            counts.evicted();
            events.accept(new IndexEvent(scope, IndexEvent.Step.EVICTED));
        }
    }
}
