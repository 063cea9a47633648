package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import io.croft.CroftException;
import io.croft.ErasureReceipt.IndexFiles;
import io.croft.lucene.GenerationCheck.Depth;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexScope;
import io.croft.spi.SearchTimeoutException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One scope's index: its current generation, and who may do what with it when.
 *
 * <h2>The problem</h2>
 *
 * A process has tens of thousands of these, of which few are in use at any moment. Each is opened when it is needed and
 * closed when others are needed more, while searches run, changes arrive, and now and then the whole index is replaced
 * or removed. A reader that is closed under a search crashes it; one that is never closed keeps its memory maps until
 * there are no more.
 *
 * <h2>The idea</h2>
 *
 * Four things are opened and closed each by itself, and each has an owner that is a count or a lock:
 *
 * <ul>
 * <li>A <b>generation</b> (a folder) is counted: by this index while it is the current one, and by each of its readers.
 * Its files go when it was replaced and the count is zero. So searches that began before a rebuild end in peace.
 * <li>A <b>reader</b> is counted: by the cache and by each search. The cache keeps the newest reader of those scopes
 * that are searched most; to evict is to let go of a reference. The last to let go has it closed on a thread for that,
 * never in the cache's listener, where another search could be about to take it.
 * <li>A generation that was <b>replaced</b> may be kept for a while; then a reference of this index goes to
 * {@code previous}, until it is put back, its time is up, the next one takes its place, or the index is rewritten to be
 * rid of what was deleted.
 * <li>The <b>writer</b> belongs to the lock {@code writing}. It stays open after a commit as long as there are not too
 * many. While it is open, new readers come from it and see what is not committed yet; so any reader may be evicted at
 * any time without losing anything. Another scope's need closes it only when nobody holds its lock, and after a commit.
 * </ul>
 *
 * <h2>The invariant</h2>
 *
 * {@code live} and {@code standing} change only under both locks, first {@code writing}, then {@code state}; so either
 * lock is enough to read them. A reader comes into the cache only under {@code state} and is of the generation that is
 * current then; whoever changes the generation takes the reader out of the cache under the same lock. Hence a new
 * session never reads a generation that was already replaced or removed. {@code state} is held for as long as opening a
 * reader takes, {@code writing} for as long as a write takes. A search waits for the first only, unless the index must
 * be looked at first, when it waits for whoever does that; for the end of a batch just if the index was not searched
 * between the two batches before, so that nobody paid for a reader to be ready. It never waits longer than it has time,
 * and what it waited for in vain is there for the next one: a batch that a search has waited for ends with a reader.
 *
 * <p>An index is opened before all of it was read through, see {@link GenerationCheck}. What is found afterwards is
 * {@code givenUp}, under {@code state} alone and so at once, however long a write takes: it is out of the cache, and no
 * reader of it is opened any more. The rest follows when the writer's lock is free.
 *
 * <p>What was put back from a copy or from the generation before stands at an older checkpoint than whoever follows the
 * log believes. A change that came just then would move the checkpoint over all that lies between; so it takes none
 * until it was opened again.
 *
 * <p>A failed write leaves the writer in an unknown state, so it is thrown away, and with it all since the last commit.
 * To go on applying would leave a hole in the index; it refuses further changes until it is opened again and has said
 * where it stands. It is searched meanwhile as it was last committed. Whatever the reason was, its files are read
 * through before it is opened, except after a full disk: that would take each large index out of service again and
 * again for as long as there is no space.
 *
 * <p>Sources: use after close from an eviction listener, OpenSearch k-NN #3191 and Caffeine #1843.
 */
final class ScopeIndex {

    private static final Logger LOG = LoggerFactory.getLogger(ScopeIndex.class);

    private final IndexScope scope;
    private final Engine engine;
    private final ScopeFolder folder;
    private final ReentrantLock writing = new ReentrantLock();
    private final ReentrantLock state = new ReentrantLock();
    private final Condition batchEnded = state.newCondition();
    private final SharedLoad firstLook;

    private @Nullable LiveGeneration live;
    private @Nullable GenerationBuild building;
    private @Nullable Previous previous;
    /** A generation that was found damaged while it was in use; changed under {@code state}. */
    private @Nullable LiveGeneration givenUp;
    /** Shows what the writer holds; null if nobody asked for that; changed under {@code state}. */
    private @Nullable Future<?> showing;
    private boolean ended;
    /** What was found; null before anybody looked. */
    private volatile @Nullable Standing standing;
    /** When it was last searched or changed, on {@link System#nanoTime()}. */
    private volatile long usedNanos = System.nanoTime();
    /** Set by whoever could not open, read or write the files, but for want of space: they are to be checked again. */
    private volatile boolean doubtful;

    ScopeIndex(IndexScope scope, Engine engine) {
        this.scope = scope;
        this.engine = engine;
        this.folder = new ScopeFolder(engine.root().folder(scope), engine.root());
        this.firstLook = new SharedLoad(engine.threads(), this::openFirst);
    }

    /** Opens it if it is closed, and says where it stands. */
    Standing open() {
        writing.lock();
        try {
            requireNotEnded();
            if (live != null && !doubtful) {
                return new Standing.Ready(live.resume());
            }
            // What was found unfit once, or is doubted, is believed again only when all of it was read through.
            Depth depth = doubtful || standing instanceof Standing.NeedsRebuild ? Depth.ALL : Depth.FOLLOWED;
            end(live, null);
            doubtful = false;
            return find(depth);
        } finally {
            writing.unlock();
        }
    }

    /** Applies changes and shows them to new sessions. */
    void apply(List<ContentChunks> changes, Checkpoint to) {
        writing.lock();
        try {
            LiveGeneration current = requireLive();
            current.requireNotBack();
            usedNanos = System.nanoTime();
            changes.forEach(content -> engine.schema().check(scope, content));
            engine.writers().used(this);
            try {
                current.apply(changes, to);
            } catch (RuntimeException | Error e) {
                suspect(e);
                throw e;
            }
        } finally {
            writing.unlock();
        }
    }

    /** Makes what was applied last. */
    void commit() {
        writing.lock();
        try {
            LiveGeneration current = live;
            if (current != null) {
                current.requireNotBack();
                try {
                    current.commit();
                } catch (RuntimeException | Error e) {
                    suspect(e);
                    throw e;
                }
            }
        } finally {
            writing.unlock();
        }
    }

    /**
     * Has the files checked when it is opened the next time, because something could not be opened, read or written:
     * they may be damaged or gone. Not so where only space was missing. Files of a commit are never written again, so
     * they are as they were; what was not committed went with the writer, or goes when the index is opened.
     *
     * @return whether they are checked
     */
    private boolean suspect(Throwable e) {
        boolean damaged = !GenerationCheck.isOfSpace(e);
        if (damaged) {
            doubtful = true;
        }
        return damaged;
    }

    /**
     * The newest reader, opened if there is none, with a reference for the caller. On the caller's own thread, which
     * waits no longer than to the deadline.
     *
     * @param deadlineNanos on {@link System#nanoTime()}
     * @throws SearchTimeoutException if it is not there by then, or never would be because this thread is writing
     */
    OpenReader acquire(long deadlineNanos) {
        usedNanos = System.nanoTime();
        OpenReader newest = engine.readers().acquire(scope);
        if (newest == null) {
            newest = acquireOrOpen(new SearchWait(folder.path(), deadlineNanos));
        }
        newest.setSearched();
        return newest;
    }

    private OpenReader acquireOrOpen(SearchWait wait) {
        try {
            if (standing == null) {
                loadFirst(wait);
            }
            OpenReader newest = newestOrOpened(wait, false);
            return newest != null ? newest : Objects.requireNonNull(newestOrOpened(wait, true));
        } catch (UncheckedIOException | IllegalArgumentException | IllegalStateException | InternalError e) {
            String remedy = suspect(e)
                    ? "its files are checked when it is opened the next time"
                    : "see that the disk has space";
            throw new CroftException("index " + folder.path() + " cannot be opened (" + reason(e) + "): " + remedy, e);
        }
    }

    private void loadFirst(SearchWait wait) {
        wait.lock(writing); // of whoever opens it: behind that one, on a thread that loads, others would not get theirs
        try {
            if (standing != null) {
                return;
            }
        } finally {
            writing.unlock();
        }
        firstLook.await(wait);
    }

    /**
     * The newest reader, or one that is opened here. What a writer holds is written beside the search first, which may
     * take longer than it has; null when that was done.
     *
     * @param written whether that was done already
     */
    private @Nullable OpenReader newestOrOpened(SearchWait wait, boolean written) {
        Future<?> shown;
        wait.lock(state);
        try {
            OpenReader newest = engine.readers().acquire(scope);
            while (newest == null && requireLive().withholdsReaders()) {
                requireOtherThread();
                requireLive().wanted();
                wait.signal(batchEnded); // lets go of the lock meanwhile
                newest = engine.readers().acquire(scope);
            }
            if (newest != null) {
                return newest;
            }
            if (written || !requireLive().holdsUnwritten()) {
                return requireLive().openReader();
            }
            shown = showWritten();
        } finally {
            state.unlock();
        }
        wait.done(shown);
        return null;
    }

    /** Begins to show what the writer holds, unless somebody has begun that. Under the {@code state} lock. */
    private Future<?> showWritten() {
        Future<?> begun = showing;
        if (begun == null) {
            begun = engine.threads().beginFlush(() -> {
                state.lock();
                try {
                    showing = null;
                    if (live != null && live != givenUp && live.holdsUnwritten()) {
                        live.showWritten();
                    }
                } finally {
                    state.unlock();
                }
            });
            showing = begun;
        }
        return begun;
    }

    private void requireOtherThread() {
        if (writing.isHeldByCurrentThread()) {
            throw new SearchTimeoutException("index " + folder.path() + " is being written by this very thread, and"
                    + " would wait for it for ever: do not search where steps of an index are told");
        }
    }

    /**
     * Notes that the files of a reader could not be read, and gives the newest reader up, unless they are no longer in
     * use.
     */
    void doubt(OpenReader reader) {
        state.lock();
        try {
            if (live != null && live.generation() == reader.generation()) {
                doubtful = true;
                engine.readers().remove(scope);
                engine.tell(scope, Step.SUSPECTED);
            }
        } finally {
            state.unlock();
        }
    }

    /** Begins a new generation beside the current one. */
    GenerationBuild build() {
        writing.lock();
        try {
            requireNotEnded();
            if (building != null) {
                throw new IllegalStateException(
                        "index " + folder.path() + " is being rebuilt already: close that first");
            }
            GenerationBuild begun = new GenerationBuild(this, scope, engine.generation(folder, folder.next()), engine);
            building = begun;
            return begun;
        } catch (IOException e) {
            throw new CroftException("no new index can be begun in " + folder.path() + " (" + reason(e)
                    + "): see that the disk has space and that this process may write there", e);
        } finally {
            writing.unlock();
        }
    }

    /** Puts a finished generation in the place of the current one. */
    void replace(GenerationBuild build, Checkpoint checkpoint) {
        writing.lock();
        try {
            requireNotEnded();
            build.complete(checkpoint);
            building = null;
            doubtful = false;
            LiveGeneration old = live;
            become(new LiveGeneration(scope, build.generation(), checkpoint, engine, state, batchEnded),
                    new Standing.Ready(checkpoint));
            if (old != null) {
                old.closeWriter();
                keepPrevious(old);
            }
            sweep(Optional.ofNullable(old).map(LiveGeneration::number));
            engine.tell(scope, Step.REBUILT);
        } finally {
            writing.unlock();
        }
    }

    /** Ends a build without a result, unless it has ended. */
    void abandon(GenerationBuild build) {
        writing.lock();
        try {
            build.abort();
            if (building == build) {
                building = null;
            }
        } finally {
            writing.unlock();
        }
    }

    /** What becomes of the merges of a writer that is to be closed. */
    enum Merging {
        /** The writer stays open for them. */
        GOES_ON,
        /** They end without a result. */
        ENDS
    }

    /** Commits and closes the writer if nobody uses it; returns whether there is none now. */
    boolean closeIdleWriter(Merging merging) {
        if (!writing.tryLock()) {
            return false;
        }
        try {
            if (live != null && live.writing()) {
                if (merging == Merging.GOES_ON && live.merging()) {
                    return false;
                }
                live.commit();
                live.closeWriter();
            }
            return true;
        } catch (CroftException e) {
            LOG.warn("an index that was not in use could not be committed", e);
            suspect(e);
            engine.tell(scope, Step.SUSPECTED);
            return true;
        } finally {
            writing.unlock();
        }
    }

    /**
     * Goes a step towards one segment, if nobody has used it for a while; towards files without what was deleted, now
     * and then, if it is in use or is not to be merged into one; and forgets the generation before this one if its time
     * is up.
     *
     * @param idleNanos    how long nobody must have used it
     * @param expungeNanos how often what was deleted is merged away
     */
    void tidy(long idleNanos, long expungeNanos) {
        if (!writing.tryLock()) {
            return;
        }
        try {
            if (previous != null && previous.untilNanos() - System.nanoTime() <= 0) {
                forgetPrevious();
            }
            if (live == null || live == givenUp || doubtful) {
                return;
            }
            if (System.nanoTime() - usedNanos < idleNanos || live.isTidy()) {
                live.expunge(expungeNanos);
            } else if (live.tidy()) {
                engine.counts().tidied();
            }
            if (live.writing()) {
                engine.writers().used(this);
            } else {
                engine.writers().closed(this);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} could not be merged while it was not in use ({})", folder.path(), reason(e));
            suspect(e);
            engine.tell(scope, Step.SUSPECTED);
        } finally {
            writing.unlock();
        }
    }

    /**
     * Writes its files anew without what was deleted, and in this Lucene's formats. A generation that was kept goes
     * first: it has what was deleted since, and putting it back would show that again.
     */
    void rewrite() {
        writing.lock();
        try {
            forgetPrevious();
            requireLive().rewrite();
            engine.writers().closed(this);
        } finally {
            writing.unlock();
        }
    }

    /**
     * Links the files of all that was applied into a folder.
     *
     * @return the checkpoint that they stand at
     */
    Checkpoint link(Path into) {
        writing.lock();
        try {
            LiveGeneration current = requireLive();
            current.commit();
            SnapshotFiles.link(current.generation(), into);
            return current.committed();
        } catch (IOException e) {
            throw new CroftException("index " + folder.path() + " could not be copied (" + reason(e)
                    + "): see that the disk has space and that this process may write there", e);
        } finally {
            writing.unlock();
        }
    }

    /**
     * Puts a folder with the files of an index in the place of the current generation, and takes no changes until it
     * has been opened again and has said where it stands.
     */
    void restore(Path files) {
        writing.lock();
        try {
            requireNotEnded();
            int number = folder.next();
            folder.adopt(files, number);
            takeUp(engine.generation(folder, number));
        } catch (IOException e) {
            throw new CroftException("index " + folder.path() + " could not be restored (" + reason(e)
                    + "): see that the disk has space and that this process may write there", e);
        } finally {
            writing.unlock();
        }
    }

    /**
     * Puts the generation before the current one back, if it was kept and nothing was rewritten since. See
     * {@link #restore} for changes.
     *
     * @return whether there was one
     */
    boolean rollBack() {
        writing.lock();
        try {
            requireNotEnded();
            Previous back = previous;
            if (back == null) {
                return false;
            }
            previous = null;
            int number = folder.next();
            folder.adopt(back.generation().folder(), number);
            back.generation().references().release();
            takeUp(engine.generation(folder, number));
            return true;
        } catch (IOException e) {
            throw new CroftException("index " + folder.path() + " could not be set back (" + reason(e) + ")", e);
        } finally {
            writing.unlock();
        }
    }

    private void takeUp(Generation generation) {
        LiveGeneration old = live;
        switch (GenerationCheck.check(generation.directory(), scope, engine.schema(), Depth.FOLLOWED)) {
            case GenerationCheck.Finding.Sound sound -> {
                engine.tell(scope, Step.SUSPECTED); // before a search can read it; whoever looks waits for this lock
                begin(generation, sound).requireResume();
                doubtful = false;
            }
            case GenerationCheck.Finding.Unfit unfit -> {
                generation.retire();
                throw new CroftException("index " + folder.path() + " stays as it is: what was to take its place is"
                        + " unfit: " + unfit.reason());
            }
        }
        if (old != null) {
            old.closeWriter();
            old.generation().retire();
        }
        sweep(Optional.ofNullable(old).map(LiveGeneration::number));
        engine.writers().closed(this);
    }

    /** Keeps it until its time is up, another takes its place, or the index is rewritten. */
    private void keepPrevious(LiveGeneration old) {
        forgetPrevious();
        if (engine.keepPrevious().isZero()) {
            old.generation().retire();
        } else {
            previous = new Previous(old.generation(), System.nanoTime() + engine.keepPrevious().toNanos());
        }
    }

    private void forgetPrevious() {
        Previous forgotten = previous;
        previous = null;
        if (forgotten != null) {
            forgotten.generation().retire();
        }
    }

    /** A generation that was replaced and can be put back for a while. */
    private record Previous(Generation generation, long untilNanos) {
    }

    /** Removes it with its files, for good. Sessions that are open go on; there are no new ones. */
    IndexFiles remove() {
        writing.lock();
        try {
            LiveGeneration last = live;
            boolean existed = folder.exists();
            ended = true;
            GenerationBuild aborted = building;
            abortBuilding();
            if (aborted != null) {
                aborted.generation().forgetFiles();
            }
            become(null, null);
            if (last != null) {
                last.closeWriter();
            }
            engine.writers().closed(this);
            // All at once. The generations, whose last users go later, must discard nothing then: by that time a new
            // index of this scope may have folders of the same names.
            IndexFiles erased = engine.root().discard(folder.path());
            Previous forgotten = previous;
            previous = null;
            if (forgotten != null) {
                forgotten.generation().references().release();
            }
            if (last != null) {
                last.generation().references().release();
            }
            if (existed) {
                engine.tell(scope, Step.DROPPED);
            }
            return erased;
        } finally {
            writing.unlock();
        }
    }

    /** Commits and closes everything, for good. Sessions that are open go on. */
    void close() {
        writing.lock();
        try {
            ended = true;
            abortBuilding();
            forgetPrevious();
            if (live != null) {
                live.commit();
            }
        } finally {
            end(live, null);
            writing.unlock();
        }
    }

    /** Opens it unless somebody has looked at it before. */
    private void openFirst() {
        writing.lock();
        try {
            if (standing == null) {
                open();
            }
        } finally {
            writing.unlock();
        }
    }

    private Standing find(Depth depth) {
        Integer number = folder.current().orElse(null);
        sweep(Optional.ofNullable(number));
        if (number == null) {
            return become(null, new Standing.NeedsRebuild("there is no index in " + folder.path(), true));
        }
        try {
            Generation found = engine.generation(folder, number);
            return switch (GenerationCheck.check(found.directory(), scope, engine.schema(), depth)) {
                case GenerationCheck.Finding.Sound sound -> {
                    begin(found, sound);
                    yield new Standing.Ready(sound.checkpoint());
                }
                case GenerationCheck.Finding.Unfit unfit -> {
                    found.references().release();
                    yield become(null, new Standing.NeedsRebuild(found.folder() + ": " + unfit.reason(), false));
                }
            };
        } catch (IOException e) {
            return become(null, new Standing.NeedsRebuild(folder.generation(number) + ": " + reason(e), false));
        }
    }

    private LiveGeneration begin(Generation found, GenerationCheck.Finding.Sound sound) {
        LiveGeneration next = new LiveGeneration(scope, found, sound.checkpoint(), engine, state, batchEnded);
        Standing.Ready ready = new Standing.Ready(sound.checkpoint());
        state.lock();
        try {
            become(next, ready);
            next.show(sound.reader());
        } finally {
            state.unlock();
        }
        engine.counts().coldOpened();
        switch (sound.depth()) {
            case ALL -> {
            }
            case FOLLOWED -> engine.checks().later(() -> checkRest(next));
        }
        return next;
    }

    /** Reads through what is in use already, and gives it up if it is damaged. */
    private void checkRest(LiveGeneration checked) {
        Generation generation = checked.generation();
        if (!generation.references().tryAcquire()) {
            return;
        }
        try {
            GenerationCheck.damage(generation.directory(), engine.checks())
                    .ifPresent(damage -> giveUp(checked, generation.folder() + ": " + damage));
        } finally {
            generation.references().release();
        }
    }

    /** Shows nothing of a damaged generation any more: to new sessions at once, whatever is being written. */
    private void giveUp(LiveGeneration damaged, String reason) {
        state.lock();
        try {
            if (live != damaged) {
                return;
            }
            givenUp = damaged;
            engine.readers().remove(scope);
        } finally {
            state.unlock();
        }
        writing.lock();
        try {
            if (live == damaged) {
                LOG.warn("an index in use is damaged and must be rebuilt: {}", reason);
                end(damaged, new Standing.NeedsRebuild(reason, false));
                engine.counts().damaged();
                engine.tell(scope, Step.SUSPECTED);
            }
        } finally {
            writing.unlock();
        }
    }

    /** The only place where the generation changes. */
    private <S extends @Nullable Standing> S become(@Nullable LiveGeneration next, S now) {
        state.lock();
        try {
            live = next;
            standing = now;
            engine.readers().remove(scope);
            return now;
        } finally {
            state.unlock();
        }
    }

    private void end(@Nullable LiveGeneration last, @Nullable Standing now) {
        become(null, now);
        if (last != null) {
            last.closeWriter();
            last.generation().references().release();
        }
        engine.writers().closed(this);
    }

    private void abortBuilding() {
        if (building != null) {
            building.abort();
            building = null;
        }
    }

    /**
     * Removes the generations that nothing needs: all but the current one, one that is being built, and the given one.
     */
    private void sweep(Optional<Integer> needed) {
        Set<Integer> keep = new HashSet<>();
        needed.ifPresent(keep::add);
        if (live != null) {
            keep.add(live.number());
        }
        if (building != null) {
            keep.add(building.generation().number());
        }
        if (previous != null) {
            keep.add(previous.generation().number());
        }
        folder.sweep(keep);
    }

    private LiveGeneration requireLive() {
        if (live != null && live == givenUp) {
            throw new CroftException("index " + folder.path() + " was found damaged and is about to be rebuilt");
        }
        if (live == null) {
            requireNotEnded();
            throw new CroftException(standing instanceof Standing.NeedsRebuild unfit
                    ? "index must be rebuilt before it can be used: " + unfit.reason()
                    : "index " + folder.path() + " has not been opened");
        }
        return live;
    }

    private void requireNotEnded() {
        if (ended) {
            throw new CroftException("index " + folder.path() + " was removed or closed");
        }
    }
}
