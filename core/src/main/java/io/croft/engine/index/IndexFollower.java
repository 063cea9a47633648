package io.croft.engine.index;

import io.croft.ErasureReceipt;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.search.Lag;
import io.croft.search.SearchResults.Incomplete;
import io.croft.spi.ChangeFeed;
import io.croft.spi.ChunkIndex;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.Sight;
import io.croft.spi.Store;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this process's indexes in step with the database. An index that nobody has asked for stays cold and costs
 * nothing; once asked for, it follows its change log: one thread watches all logs, woken by the store where that
 * hears of commits, a few apply, and what was applied is committed within about a second; of
 * an index that catches up, within about five or after 20,000 changes. Thread-safe.
 */
public final class IndexFollower implements AutoCloseable {

    private static final IndexScope MARKET = new IndexScope.MarketIndex();
    /** Keep the indexes that are open in step. */
    private static final int WORKERS = 2;
    /** Open cold ones, which may take long when much has changed since. */
    private static final int OPENERS = 2;
    private static final int REBUILDERS = 2;
    /** How often the logs are looked at, at most, while the store tells when they grow. */
    private static final Duration WATCH_WHEN_TOLD = Duration.ofSeconds(1);
    private static final long MAX_BACKOFF_MILLIS = 2_000;
    private static final Duration SWEEP_EVERY = Duration.ofSeconds(20);
    private static final Logger LOG = LoggerFactory.getLogger(IndexFollower.class);

    private final Store store;
    private final ChunkIndex index;
    private final Settings settings;
    private final FollowedIndex.Parts parts;
    private final Map<IndexScope, FollowedIndex> followed = new ConcurrentHashMap<>();
    private final Set<IndexScope> dirty = ConcurrentHashMap.newKeySet();
    private final Set<IndexScope> busy = ConcurrentHashMap.newKeySet();
    private final ExecutorService workers;
    private final ExecutorService openers;
    private final ExecutorService rebuilders;
    private final Semaphore pokes = new Semaphore(0);
    private final ChangeFeed.Listening listening;
    private final Thread watcher;
    private volatile boolean closed;
    /** Confined to the watcher. */
    private long sweepAtNanos = System.nanoTime();

    /**
     * How it follows.
     *
     * @param watchEvery    how often the logs of other processes are looked at
     * @param watchWhenTold the same while the store tells when they grow
     * @param commitAfter   how long what was applied may stay uncommitted
     * @param events        told of each step in the life of an index
     */
    public record Settings(Duration watchEvery, Duration watchWhenTold, Duration commitAfter,
            Consumer<IndexEvent> events) {

        /** Settings with looks every second at most while the store tells when the logs grow. */
        public static Settings of(Duration watchEvery, Duration commitAfter, Consumer<IndexEvent> events) {
            Duration told = watchEvery.compareTo(WATCH_WHEN_TOLD) > 0 ? watchEvery : WATCH_WHEN_TOLD;
            return new Settings(watchEvery, told, commitAfter, events);
        }
    }

    /** Starts the index for this schema and begins to follow. */
    public IndexFollower(Store store, ChunkIndex index, IndexSchema schema, Settings settings) {
        this.store = store;
        this.index = index;
        this.settings = settings;
        this.workers = Executors.newFixedThreadPool(WORKERS, daemon("croft-index-"));
        this.openers = Executors.newFixedThreadPool(OPENERS, daemon("croft-open-"));
        this.rebuilders = Executors.newFixedThreadPool(REBUILDERS, daemon("croft-rebuild-"));
        this.parts = new FollowedIndex.Parts(index, store.changes(), store.content(), settings.events(), openers,
                rebuilders, () -> closed);
        ChangeFeed.Watch watch = store.changes().watch(); // before anything is opened, so that nothing is missed
        index.start(schema, this::heard);
        this.listening = store.changes().listen(this::poke);
        this.watcher = Thread.ofPlatform().name("croft-watch").daemon().unstarted(() -> watch(watch));
        watcher.start();
        followed(MARKET).openUnattended();
    }

    /**
     * The scope's index as it is now, opened and brought up to date first if it is cold. One that has been being built
     * anew for longer than there is time left is not waited for: what has taken long takes long.
     *
     * @param sight         which documents it shows
     * @param deadlineNanos on {@link System#nanoTime()}
     * @throws IndexNotReadyException if it is not ready by then
     * @throws SearchTimeoutException if it is ready, but so much is being written that it could not be opened by then
     */
    public IndexSession session(IndexScope scope, Sight sight, long deadlineNanos) {
        FollowedIndex one = followed(scope);
        if (!one.isServing()) {
            await(one, deadlineNanos);
        }
        try {
            return index.session(scope, sight, deadlineNanos);
        } catch (SearchTimeoutException e) {
            throw e; // it is being written: nothing is wrong with it
        } catch (RuntimeException e) {
            suspect(scope);
            throw e;
        }
    }

    /** Why the scope's index lacks changes that it should have; empty if it has all that this process saw. */
    public Optional<String> staleness(IndexScope scope) {
        return followed(scope).staleness();
    }

    /**
     * How far the scope's index is behind its log; empty if it was not opened here yet.
     *
     * @throws StoreUnavailableException if the database cannot be reached
     */
    public Optional<Lag> lag(IndexScope scope) {
        FollowedIndex one = followed.get(scope);
        return one == null ? Optional.empty() : one.lag();
    }

    /** A search in this scope's index failed: its files are looked at again, and it is rebuilt if they are damaged. */
    public void suspect(IndexScope scope) {
        FollowedIndex one = followed.get(scope);
        if (one != null && one.isServing()) { // else it is looked at anyway before it serves
            one.suspect();
            poke();
        }
    }

    /** Begins to open a scope's index, if it is cold, without waiting. */
    public void prepare(IndexScope scope) {
        FollowedIndex one = followed(scope);
        if (!one.isServing()) {
            one.openUnattended();
        }
    }

    /** Has the logs looked at now: something was written in this process. */
    public void poke() {
        if (pokes.availablePermits() == 0) {
            pokes.release();
        }
    }

    /** How often something was applied to the scope's index; see {@link #awaitApplication}. */
    public long applications(IndexScope scope) {
        return followed(scope).applications().count();
    }

    /**
     * Waits until something was applied to the scope's index since the count was taken, or the time is up.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitApplication(IndexScope scope, long since, long nanos) throws InterruptedException {
        followed(scope).applications().await(since, nanos);
    }

    /** Removes every index of the organisation from this process, and says what that was. */
    public ErasureReceipt.IndexFiles drop(OrgId org) {
        ErasureReceipt.IndexFiles dropped = ErasureReceipt.IndexFiles.NONE;
        for (IndexScope.PrivateIndex scope : index.privateIndexes()) {
            if (scope.org().equals(org)) {
                dropped = dropped.plus(drop(scope));
            }
        }
        for (IndexScope scope : followed.keySet()) {
            if (scope instanceof IndexScope.PrivateIndex one && one.org().equals(org)) {
                dropped = dropped.plus(drop(scope));
            }
        }
        return dropped;
    }

    /** Stops following, commits and closes the index. */
    @Override
    public void close() {
        closed = true;
        poke();
        listening.close();
        boolean interrupted = join(watcher);
        workers.shutdown();
        openers.shutdown();
        rebuilders.shutdown();
        interrupted |= terminate(workers);
        interrupted |= terminate(openers);
        interrupted |= terminate(rebuilders);
        index.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private FollowedIndex followed(IndexScope scope) {
        FollowedIndex one = followed.get(scope);
        return one != null ? one : followed.computeIfAbsent(scope, s -> new FollowedIndex(s, parts));
    }

    private ErasureReceipt.IndexFiles drop(IndexScope scope) {
        ErasureReceipt.IndexFiles dropped = followed(scope).drop();
        followed.remove(scope);
        dirty.remove(scope);
        return dropped;
    }

    private static void await(FollowedIndex one, long deadlineNanos) {
        CompletableFuture<Void> ready = one.ready();
        long left = Math.max(0, deadlineNanos - System.nanoTime());
        try {
            ready.get(one.hasBeenRebuildingFor(left) ? 0 : left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw one.isRebuilding()
                    ? new IndexNotReadyException(Incomplete.Cause.REBUILDING,
                            "the index is being built from the database")
                    : new IndexNotReadyException(Incomplete.Cause.TIMEOUT, "the index was not open in time");
        } catch (InterruptedException e) {
            throw new InterruptedSearchException("interrupted while an index was being opened", e);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            throw new IndexNotReadyException(Incomplete.Cause.FAILED, "the index could not be opened: " + cause, cause);
        }
    }

    private void watch(ChangeFeed.Watch watch) {
        long backoff = 0;
        while (!closed) {
            try {
                dirty.addAll(watch.changed());
                if (backoff > 0) {
                    LOG.info("the change log can be read again");
                }
                backoff = 0;
            } catch (RuntimeException | Error e) {
                if (backoff == 0) {
                    LOG.warn("the change log cannot be read; indexes stay as they are until it can", e);
                }
                backoff = Math.min(MAX_BACKOFF_MILLIS, Math.max(100, backoff * 2));
            }
            try {
                sweepIfDue();
                hand();
            } catch (RejectedExecutionException e) {
                return; // closing: indexes commit when they close
            } catch (RuntimeException | Error e) {
                LOG.warn("indexes could not be brought up to date; it is tried again", e);
                backoff = MAX_BACKOFF_MILLIS;
            }
            if (!pause(backoff > 0 ? backoff : untilNextLook().toMillis())) {
                return;
            }
        }
    }

    /** While something is under way or must be done at its time, it is looked after often although nothing is told. */
    private Duration untilNextLook() {
        boolean idle = busy.isEmpty() && dirty.isEmpty() // in this order: a task leaves behind what it could not do
                && followed.values().stream().noneMatch(one -> one.isBehind() || one.hasUncommitted());
        return idle && listening.hears() ? settings.watchWhenTold() : settings.watchEvery();
    }

    private void sweepIfDue() {
        if (System.nanoTime() - sweepAtNanos >= 0) {
            openers.execute(this::sweep);
            sweepAtNanos = System.nanoTime() + SWEEP_EVERY.toNanos();
        }
    }

    private void heard(IndexEvent event) {
        if (event.step() == IndexEvent.Step.SUSPECTED) {
            FollowedIndex one = followed.get(event.scope());
            if (one != null) {
                one.suspect();
                poke();
            }
        }
        settings.events().accept(event);
    }

    /** Gives what is to do to the workers, one task for an index at a time. */
    private void hand() {
        for (FollowedIndex one : followed.values()) {
            if (one.isServing() && one.retries().isDue()
                    && (dirty.contains(one.scope()) || one.isBehind() || one.hasUncommitted())
                    && busy.add(one.scope())) {
                // Taken off only now: a task that failed a moment ago has put it back before it left busy.
                boolean changed = dirty.remove(one.scope()) || one.isBehind();
                try {
                    workers.execute(() -> work(one, changed));
                } catch (RuntimeException | Error e) {
                    dirty.add(one.scope());
                    busy.remove(one.scope());
                    throw e;
                }
            }
        }
        dirty.removeIf(scope -> !followed.containsKey(scope));
    }

    private void work(FollowedIndex one, boolean changed) {
        try {
            if (changed) {
                one.catchUp();
            }
            one.commitIfOlder(settings.commitAfter().toNanos());
            one.retries().succeeded();
            if (one.isBehind()) {
                poke();
            }
        } catch (RuntimeException | Error e) {
            dirty.add(one.scope());
            if (one.retries().failed(e) && !closed) {
                LOG.warn("index {} could not be brought up to date; it is tried again", one.scope(), e);
            }
        } finally {
            busy.remove(one.scope());
            if (dirty.contains(one.scope())) {
                poke(); // what came meanwhile could not be handed out, and must not wait for the next look
            }
        }
    }

    /** Removes the indexes of organisations that the database does not know, or knows in another life. */
    private void sweep() {
        Set<IndexScope.PrivateIndex> known = new HashSet<>(index.privateIndexes());
        for (IndexScope scope : followed.keySet()) { // also one without files, of a search that met an erasure
            if (scope instanceof IndexScope.PrivateIndex one) {
                known.add(one);
            }
        }
        try {
            for (IndexScope.PrivateIndex scope : store.orgs().gone(known)) {
                if (closed) {
                    return;
                }
                LOG.info("index {} is removed: the database does not know it", scope);
                drop(scope);
            }
        } catch (StoreUnavailableException e) {
            LOG.warn("indexes of erased organisations could not be looked for: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("indexes of erased organisations could not be removed; it is tried again", e);
        }
    }

    private boolean pause(long millis) {
        try {
            if (pokes.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
                pokes.drainPermits();
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static boolean join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    /** Waits for tasks that are under way: the index must not be closed under them. */
    private static boolean terminate(ExecutorService pool) {
        boolean interrupted = false;
        while (true) {
            try {
                if (pool.awaitTermination(1, TimeUnit.MINUTES)) {
                    return interrupted;
                }
                LOG.warn("still waiting for index work to end");
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private static ThreadFactory daemon(String prefix) {
        return Thread.ofPlatform().name(prefix, 0).daemon().factory();
    }
}
