package io.croft.engine.analytics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.engine.analytics.SearchEvent.Cell;
import io.croft.engine.analytics.SearchEvent.Clicked;
import io.croft.engine.analytics.SearchEvent.Searched;
import io.croft.search.SearchMode;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.Source;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchBatch.HourCounts;
import io.croft.spi.SearchCounts;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records searches and clicks beside the query path. A call leaves an event in a bounded queue, never waits and never
 * fails; one thread counts the events together and stores the counts in batches. What finds no room in the queue is
 * counted as dropped. While the store is away the counts, which grow with organisations and hours and not with
 * searches, wait in memory up to a limit; past it events are dropped. A batch whose outcome is unknown is sent again as
 * it was, and its number keeps it from being added twice. Thread-safe.
 */
public final class SearchRecorder implements AutoCloseable {

    /** The most events that wait to be counted; they are counted four times a second. About 16 MB at most. */
    static final int MAX_WAITING = 32_768;
    /** How often counts are stored. */
    static final Duration FLUSH_EVERY = Duration.ofSeconds(5);
    /** How long closing waits for what is left to be stored. */
    static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private static final Duration COUNT_EVERY = Duration.ofMillis(250);
    private static final long HOUR_SECONDS = 3600;
    private static final Logger LOG = LoggerFactory.getLogger(SearchRecorder.class);

    private final AnalyticsStore store;
    private final TextSettings settings;
    private final InstantSource clock;
    private final Duration closePatience;
    private final BlockingQueue<SearchEvent> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final ConcurrentHashMap<Cell, Long> dropped = new ConcurrentHashMap<>();
    private final LongAdder droppedOfNobody = new LongAdder();
    private final Thread thread = Thread.ofPlatform().daemon().name("croft-analytics").unstarted(this::run);

    // of the thread alone
    private final UUID writer = UUID.randomUUID();
    private final Pending pending = new Pending();
    private long batches;
    private @Nullable SearchBatch unanswered;
    private boolean away;
    private long flushedNanos = System.nanoTime();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    @GuardedBy("lock")
    private long flushesAsked;
    @GuardedBy("lock")
    private long flushesDone;
    private volatile boolean closed;

    private SearchRecorder(AnalyticsStore store, TextSettings settings, InstantSource clock, Duration closePatience) {
        this.store = store;
        this.settings = settings;
        this.clock = clock;
        this.closePatience = closePatience;
    }

    /** A recorder whose thread runs. */
    static SearchRecorder start(AnalyticsStore store, TextSettings settings, InstantSource clock,
            Duration closePatience) {
        SearchRecorder recorder = new SearchRecorder(store, settings, clock, closePatience);
        recorder.thread.start();
        return recorder;
    }

    /** Records an answer. Its id says when the search was and in which mode. */
    void searched(Org org, TenantContext context, SearchMode mode, String text, SearchResults results) {
        int privateHits = 0;
        for (int i = 0; i < results.hits().size(); i++) {
            privateHits += results.hits().get(i).source() == Source.PRIVATE ? 1 : 0;
        }
        boolean privateIncomplete = false;
        boolean marketIncomplete = false;
        for (Incomplete incomplete : results.incomplete()) {
            privateIncomplete |= incomplete.source() == Source.PRIVATE;
            marketIncomplete |= incomplete.source() == Source.MARKETPLACE;
        }
        Cell cell = new Cell(org.id(), org.incarnation(), epochHour(clock.instant()), mode);
        offer(new Searched(cell, results.took().toNanos(), privateHits, results.hits().size() - privateHits,
                privateIncomplete, marketIncomplete, QueryTexts.beginning(text), context.requestId()));
    }

    /** Records a click, if the id is one of this organisation's searches of the last day. */
    void clicked(Org org, UUID searchId, Source source, int place) {
        SearchIds.read(org, searchId, clock.instant()).ifPresent(origin -> offer(new Clicked(
                new Cell(org.id(), org.incarnation(), epochHour(origin.hour()), origin.mode()), source, place)));
    }

    /** Events that were dropped and that no organisation's counts tell of. */
    long droppedOfNobody() {
        return droppedOfNobody.sum();
    }

    /**
     * Stores what has been recorded until now, and returns when that has succeeded or failed, or the patience is at its
     * end.
     */
    void flush(Duration patience) {
        lock.lock();
        try {
            long mine = ++flushesAsked;
            changed.signalAll();
            long left = patience.toNanos();
            while (flushesDone < mine && !closed && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Stores what is left, within 5 s; later events are dropped. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (!thread.join(closePatience)) {
                LOG.warn("the last counts of searches could not be stored within {} and may be lost", closePatience);
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            thread.interrupt();
        }
    }

    private static long epochHour(Instant time) {
        return time.getEpochSecond() / HOUR_SECONDS;
    }

    private void offer(SearchEvent event) {
        if (closed || !waiting.offer(event)) {
            drop(event.cell(), 1);
        }
    }

    private void drop(Cell cell, long events) {
        if (dropped.size() < SearchBatch.MAX_HOURS || dropped.containsKey(cell)) {
            dropped.merge(cell, events, Long::sum);
        } else {
            droppedOfNobody.add(events);
        }
    }

    private void run() {
        boolean last;
        do {
            long asked = awaitWork();
            last = closed;
            count();
            if (last || asked > 0 || System.nanoTime() - flushedNanos >= FLUSH_EVERY.toNanos()) {
                store();
                flushedNanos = System.nanoTime();
            }
            answer(asked);
        } while (!last);
        if (unanswered != null || !pending.isEmpty()) {
            LOG.warn("the last counts of searches could not be stored and are lost");
        }
    }

    /** Returns the number of the last flush that was asked for, or 0 if all are done. */
    private long awaitWork() {
        lock.lock();
        try {
            long left = COUNT_EVERY.toNanos();
            while (!closed && flushesAsked == flushesDone && left > 0) {
                left = changed.awaitNanos(left);
            }
            return flushesAsked == flushesDone ? 0 : flushesAsked;
        } catch (InterruptedException e) {
            closed = true; // nobody else has this thread: whoever interrupts it wants it to end
            return 0;
        } finally {
            lock.unlock();
        }
    }

    private void answer(long asked) {
        lock.lock();
        try {
            flushesDone = Math.max(flushesDone, asked);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void count() {
        List<SearchEvent> events = new ArrayList<>();
        waiting.drainTo(events);
        Set<OrgId> keeping = keeping(events);
        for (SearchEvent event : events) {
            if (!pending.add(event)) {
                droppedOfNobody.increment();
            } else if (event instanceof Searched search && keeping.contains(search.cell().org())) {
                pending.addText(search);
            }
        }
        for (Cell cell : dropped.keySet()) {
            Long number = dropped.remove(cell);
            if (number != null && !pending.addDropped(cell, number)) {
                droppedOfNobody.add(number);
            }
        }
    }

    /**
     * Those of their organisations that keep texts. It is asked for soon after the searches, and not only when texts
     * are stored: a setting that changed in between is no leave for what was asked before.
     */
    private Set<OrgId> keeping(List<SearchEvent> events) {
        Set<OrgId> searched = new HashSet<>();
        for (SearchEvent event : events) {
            if (event instanceof Searched search) {
                searched.add(search.cell().org());
            }
        }
        try {
            return settings.keeping(searched);
        } catch (StoreUnavailableException e) {
            LOG.debug("which texts are kept is not known while the database is away, so none are: {}", e.getMessage());
            return Set.of();
        }
    }

    private void store() {
        try {
            while (unanswered != null || !pending.isEmpty()) {
                if (unanswered == null) {
                    unanswered = pending.take(writer, ++batches, settings.keeping(pending.orgsWithTexts()));
                }
                store.record(unanswered);
                unanswered = null;
            }
            if (away) {
                away = false;
                LOG.info("counts of searches are stored again");
            }
        } catch (StoreUnavailableException e) {
            if (!away) {
                away = true;
                LOG.warn("counts of searches cannot be stored and wait in memory: {}", e.getMessage());
            }
        } catch (RuntimeException | Error e) {
            LOG.error("counts of searches could not be stored and are dropped", e);
            if (unanswered != null) {
                droppedOfNobody.add(events(unanswered));
                unanswered = null;
            }
        }
    }

    private static long events(SearchBatch batch) {
        long events = 0;
        for (HourCounts hour : batch.hours()) {
            SearchCounts counts = hour.counts();
            events += counts.searches() + counts.of(Source.PRIVATE).clicked() + counts.of(Source.MARKETPLACE).clicked()
                    + counts.dropped();
        }
        return events;
    }
}
