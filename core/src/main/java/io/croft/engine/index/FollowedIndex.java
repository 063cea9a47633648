package io.croft.engine.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.CroftException;
import io.croft.ErasureReceipt;
import io.croft.StoreUnavailableException;
import io.croft.search.Lag;
import io.croft.spi.ChangeFeed;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexScope;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One index that this process keeps in step with its change log.
 *
 * <p>It begins cold. {@link #ready} opens it once, however many ask: what the index holds is brought up to date from
 * its checkpoint on, or, if it is missing, damaged or off the log, built from the store. From then on {@link #catchUp}
 * applies what the log has gained. After any failure the index may have gone back to its last commit, so the next step
 * begins at the checkpoint that the index itself names, never at what this object remembers.
 *
 * <p>Invariant: {@code work} is held by whoever opens, applies, commits, rebuilds or drops, so the index sees one of
 * them at a time and in the order of the log.
 */
final class FollowedIndex {

    /**
     * Changes of a first batch. While batches are full, each is twice the one before, from turn to turn: every one
     * becomes visible, and that costs nearly as much for a few changes as for many.
     */
    private static final int FIRST_BATCH = 50;
    private static final int MOST_IN_BATCH = 1_000;
    /**
     * While there is more to apply, it is committed after so many changes or so many times the usual time: a commit
     * ends a segment, and what is lost with a process is read from the log again.
     */
    private static final int COMMIT_EVERY = 20_000;
    private static final int COMMITS_LATER_WHILE_BEHIND = 5;
    /** Changes of one task, and how long they may take: afterwards it is another index's turn. */
    private static final int TURN = 2_000;
    private static final long TURN_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int SMALL = 20;
    private static final Logger LOG = LoggerFactory.getLogger(FollowedIndex.class);

    private final IndexScope scope;
    private final Parts parts;
    private final ReentrantLock work = new ReentrantLock();
    private final ReentrantLock openings = new ReentrantLock();
    private final Applications applications = new Applications();

    @GuardedBy("openings")
    private @Nullable CompletableFuture<Void> opening;

    @GuardedBy("work")
    private ChangeFeed.@Nullable Reader reader;
    @GuardedBy("work")
    private Checkpoint checkpoint = Checkpoint.BEGINNING;
    /** Of the next one. */
    @GuardedBy("work")
    private int batchSize = FIRST_BATCH;
    /** Changes since the last commit. */
    @GuardedBy("work")
    private int toCommit;
    @GuardedBy("work")
    private boolean dropped;

    private volatile boolean serving;
    private volatile long rebuildingSinceNanos;
    private volatile boolean rebuilding;
    private volatile boolean uncommitted;
    private volatile long uncommittedSinceNanos;
    private volatile boolean behind;
    private volatile boolean suspected;
    /** Why it lacks changes that it should have; null if it has all that were seen. */
    private volatile @Nullable String stale;
    /** What its log holds beyond what was applied; null before it was opened. */
    private volatile ChangeFeed.@Nullable Unread unread;
    /** The same as of its last commit, to which it goes back after a failure. */
    @GuardedBy("work")
    private ChangeFeed.@Nullable Unread unreadAtCommit;
    private final Retries retries = new Retries();

    /**
     * What it works with.
     *
     * @param index     where chunks go
     * @param changes   which documents are dirty
     * @param content   what they hold now
     * @param events    told of each step
     * @param opener    runs openings
     * @param rebuilder runs rebuilds, which take long
     * @param stopping  whether this process is stopping, so that long work ends
     */
    record Parts(ChunkIndex index, ChangeFeed changes, ContentStore content, Consumer<IndexEvent> events,
            Executor opener, Executor rebuilder, BooleanSupplier stopping) {

        void refuseIfStopping(IndexScope scope) {
            if (stopping.getAsBoolean()) {
                throw new CroftException(
                        "index " + scope + " is not brought up to date: this process is stopping");
            }
        }
    }

    FollowedIndex(IndexScope scope, Parts parts) {
        this.scope = scope;
        this.parts = parts;
    }

    IndexScope scope() {
        return scope;
    }

    boolean isServing() {
        return serving;
    }

    boolean isRebuilding() {
        return rebuilding;
    }

    boolean hasBeenRebuildingFor(long nanos) {
        return rebuilding && System.nanoTime() - rebuildingSinceNanos >= nanos;
    }

    /**
     * Completes when the index can be searched; opens it if nobody does yet. After a failure it is not opened again for
     * a while: the same failure is the answer.
     */
    CompletableFuture<Void> ready() {
        openings.lock();
        try {
            if (serving) {
                return CompletableFuture.completedFuture(null);
            }
            if (opening != null) {
                return opening;
            }
            Throwable last = retries.last();
            if (last != null && !retries.isDue()) {
                return CompletableFuture.failedFuture(last);
            }
            CompletableFuture<Void> started = new CompletableFuture<>();
            try {
                parts.opener().execute(() -> completing(started, () -> bringUp(started)));
            } catch (RejectedExecutionException e) {
                return CompletableFuture.failedFuture(new CroftException("this Croft is closed: start another", e));
            }
            opening = started;
            return started;
        } finally {
            openings.unlock();
        }
    }

    /** Opens it without anybody waiting for it. */
    void openUnattended() {
        var unused = ready();
    }

    private void opened(CompletableFuture<Void> started) {
        retries.succeeded();
        forgetOpening();
        started.complete(null);
    }

    private void forgetOpening() {
        openings.lock();
        try {
            opening = null;
        } finally {
            openings.unlock();
        }
    }

    /** Applies all that the log holds by now. Does nothing on an index that was never opened. */
    void catchUp() {
        work.lock();
        try {
            if (!serving || dropped) {
                return;
            }
            behind = false; // before looking at why it was: whoever sets it from now on is heard the next time
            if (suspected) {
                stale = staleness().orElseThrow(); // until it has caught up from where it says it stands
                suspected = false;
                reader = null;
            }
            if (reader == null) {
                reopen();
            }
            if (follow() == Reach.OFF_THE_LOG) {
                serving = false;
                openUnattended();
            }
        } catch (RuntimeException | Error e) {
            lostTrack(e);
            throw e;
        } finally {
            work.unlock();
        }
    }

    /** After a failure: where the index stands is to be asked anew, and meanwhile it may lack changes. */
    @GuardedBy("work")
    private void lostTrack(Throwable failure) {
        reader = null;
        unread = unreadAtCommit;
        stale = "changes could not be applied: "
                + Objects.requireNonNullElse(failure.getMessage(), failure.getClass().getSimpleName());
    }

    /** Commits, if something was applied at least this long ago. */
    void commitIfOlder(long ageNanos) {
        long due = behind ? COMMITS_LATER_WHILE_BEHIND * ageNanos : ageNanos;
        if (!uncommitted || System.nanoTime() - uncommittedSinceNanos < due) {
            return;
        }
        work.lock();
        try {
            if (!dropped && uncommitted) {
                commit();
            }
        } catch (RuntimeException | Error e) {
            lostTrack(e);
            throw e;
        } finally {
            work.unlock();
        }
    }

    @GuardedBy("work")
    private void commit() {
        uncommitted = false;
        toCommit = 0;
        parts.index().commit(scope);
        unreadAtCommit = unread;
    }

    boolean hasUncommitted() {
        return uncommitted;
    }

    /** Whether it must catch up although its log need not have grown. */
    boolean isBehind() {
        return behind;
    }

    /** Why it lacks changes that it should have; empty if it has all that were seen. */
    Optional<String> staleness() {
        String known = stale;
        return suspected && known == null
                ? Optional.of("it may not hold what was applied, and is looked at again")
                : Optional.ofNullable(known);
    }

    /** How far it is behind its log; empty if it was not opened yet. */
    Optional<Lag> lag() {
        ChangeFeed.Unread left = unread;
        return left == null ? Optional.empty() : Optional.of(left.count());
    }

    Retries retries() {
        return retries;
    }

    /** A search could not read it: its files are looked at again before it is used further. */
    void suspect() {
        suspected = true;
        behind = true; // after the reason for it
    }

    /** Removes the index; it cannot be opened again through this object. */
    ErasureReceipt.IndexFiles drop() {
        work.lock();
        try {
            dropped = true;
            serving = false;
            reader = null;
            unread = null;
            return parts.index().drop(scope);
        } finally {
            work.unlock();
        }
    }

    /** What was applied to it. */
    Applications applications() {
        return applications;
    }

    private void bringUp(CompletableFuture<Void> started) {
        work.lock();
        try {
            refuseIfDropped();
            switch (parts.index().open(scope)) {
                case Standing.Ready ready -> {
                    startReading(ready.checkpoint());
                    if (followOrServeStale()) {
                        serving = true;
                        opened(started);
                        return;
                    }
                }
                case Standing.NeedsRebuild needs -> {
                    if (!needs.missing()) {
                        LOG.warn("index {} is rebuilt from the database: {}", scope, needs.reason());
                    }
                }
            }
            if (isSmall()) {
                rebuild(started);
                return;
            }
        } finally {
            work.unlock();
        }
        rebuildingSinceNanos = System.nanoTime();
        rebuilding = true;
        parts.rebuilder().execute(() -> completing(started, () -> {
            try {
                rebuild(started);
            } finally {
                rebuilding = false;
            }
        }));
    }

    /** Whether it is rebuilt so soon that it need not stand in line behind large ones: most new indexes are empty. */
    private boolean isSmall() {
        return parts.content().scan(scope, Optional.empty(), SMALL).size() < SMALL;
    }

    /** An index that is there is served as it is while the database is away. Returns false if it is off the log. */
    @GuardedBy("work")
    private boolean followOrServeStale() {
        try {
            return followAtFirst();
        } catch (StoreUnavailableException e) {
            LOG.warn("index {} is served as it was last: the database is away ({})", scope, e.getMessage());
            lostTrack(e);
            behind = true;
            return true;
        }
    }

    /**
     * Takes one turn before it serves, and no more: others wait to be opened too. What is far behind answers with what
     * it has, and says so. Returns false if it is off the log.
     */
    @GuardedBy("work")
    private boolean followAtFirst() {
        Reach reach = follow();
        if (reach == Reach.TURN_IS_UP) {
            stale = "it is catching up with changes from before it was opened";
        }
        return reach != Reach.OFF_THE_LOG;
    }

    @GuardedBy("work")
    private void reopen() {
        switch (parts.index().open(scope)) {
            case Standing.Ready ready -> {
                if (stale == null && !ready.checkpoint().equals(checkpoint)) {
                    stale = "it went back to an older state and is catching up";
                }
                startReading(ready.checkpoint());
            }
            case Standing.NeedsRebuild needs -> {
                LOG.warn("index {} is rebuilt from the database: {}", scope, needs.reason());
                serving = false;
                openUnattended();
                throw new CroftException("index " + scope + " must be rebuilt: " + needs.reason());
            }
        }
    }

    @GuardedBy("work")
    private void startReading(Checkpoint from) {
        checkpoint = from;
        ChangeFeed.Reader started = parts.changes().reader(scope, from);
        unread = started.unread();
        unreadAtCommit = unread;
        reader = started;
    }

    /** How far it came. */
    private enum Reach {
        /** It has all that the log held. */
        END_OF_LOG,
        /** There is more. */
        TURN_IS_UP,
        /** Its checkpoint is not in the log. */
        OFF_THE_LOG
    }

    /** Applies batch after batch, until no more is there or its turn is up. */
    @GuardedBy("work")
    private Reach follow() {
        long began = System.nanoTime();
        for (long changed = 0;;) {
            parts.refuseIfStopping(scope);
            if (toCommit >= COMMIT_EVERY) {
                commit();
            }
            Batch batch = Objects.requireNonNull(reader).next(batchSize);
            switch (batch) {
                case Batch.Lost lost -> {
                    LOG.warn("index {} is rebuilt from the database: {}", scope, lost.reason());
                    reader = null;
                    return Reach.OFF_THE_LOG;
                }
                case Batch.Changes changes -> {
                    apply(changes);
                    if (!changes.more()) {
                        batchSize = FIRST_BATCH;
                        return Reach.END_OF_LOG;
                    }
                    changed += batchSize;
                    toCommit += batchSize;
                    batchSize = Math.min(MOST_IN_BATCH, 2 * batchSize);
                    if (changed >= TURN || System.nanoTime() - began >= TURN_NANOS) {
                        behind = true;
                        return Reach.TURN_IS_UP;
                    }
                }
            }
        }
    }

    @GuardedBy("work")
    private void apply(Batch.Changes changes) {
        if (changes.dirty().isEmpty() && changes.to().equals(checkpoint)) {
            unread = Objects.requireNonNull(reader).unread();
            inStep(changes);
            return;
        }
        List<ContentKey> left = changes.dirty();
        do {
            List<ContentChunks> current = left.isEmpty() ? List.of() : parts.content().chunks(scope, left);
            if (current.isEmpty() && !left.isEmpty()) {
                throw new IllegalStateException("the store read nothing of " + left.size() + " documents");
            }
            left = left.subList(current.size(), left.size());
            parts.events().accept(new IndexEvent(scope, IndexEvent.Step.CHANGES_READ));
            // What is read in several parts counts as applied with the last of them: until then, all is read again.
            parts.index().apply(scope, current, left.isEmpty() ? changes.to() : checkpoint);
        } while (!left.isEmpty());
        checkpoint = changes.to();
        unread = Objects.requireNonNull(reader).unread();
        if (!uncommitted) {
            uncommittedSinceNanos = System.nanoTime();
            uncommitted = true;
        }
        inStep(changes);
        applications.announce();
    }

    /** After these were applied. */
    private void inStep(Batch.Changes changes) {
        if (!changes.more()) {
            stale = null;
        }
    }

    private void rebuild(CompletableFuture<Void> started) {
        work.lock();
        try {
            refuseIfDropped();
            Checkpoint head = new IndexBuild(scope, parts).run();
            startReading(head);
            if (!followAtFirst()) {
                throw new CroftException("index " + scope + " lost its place in the change log while it was rebuilt");
            }
            serving = true;
            applications.announce();
            opened(started); // under the lock: whoever finds it off the log next opens it anew
        } finally {
            work.unlock();
        }
    }

    @GuardedBy("work")
    private void refuseIfDropped() {
        if (dropped) {
            throw new CroftException("index " + scope + " was removed");
        }
    }

    /** Whatever stops a task also reaches those who wait for its outcome. */
    private void completing(CompletableFuture<Void> outcome, Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            if (retries.failed(e) && !parts.stopping().getAsBoolean()) {
                LOG.warn("index {} could not be opened; it is tried again when it is asked for", scope, e);
            }
            forgetOpening();
            outcome.completeExceptionally(e);
        }
    }
}
