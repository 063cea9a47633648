package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import io.croft.CroftException;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexWriterConfig.OpenMode;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.UpgradeIndexMergePolicy;
import org.apache.lucene.store.AlreadyClosedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current generation of a scope: written by one thread at a time, searched by any. {@link ScopeIndex} says who may
 * do what when; all methods but {@link #openReader} belong to the holder of its {@code writing} lock.
 *
 * <p>The checkpoint travels in the writer's commit data: whatever is committed has the checkpoint of exactly that.
 *
 * <p>A session sees all of a batch or nothing of it. A reader that is opened while a batch is being written must not
 * come from the writer, which has a part of it already; it is the reader of before the batch, which is held meanwhile,
 * or, if nothing was uncommitted before, one of the last commit. If there is neither, who wants one waits for the end
 * of the batch, which then opens one, also for those who could not wait so long.
 *
 * <p>To make a batch visible costs a segment, and segments cost merging. So that is done only for an index that was
 * searched since the batch before, or that a search waits for; another one shows what it has to the next session, which
 * pays for it, and while nobody asks, as when much is brought in at once, segments are as large as the memory of the
 * writers allows.
 */
final class LiveGeneration {

    private static final Logger LOG = LoggerFactory.getLogger(LiveGeneration.class);

    private final IndexScope scope;
    private final Generation generation;
    private final Engine engine;
    private final ReentrantLock state;
    private final Condition batchEnded;
    private final SharedMerges merges;

    private Checkpoint committed;
    private Checkpoint applied;
    private boolean wentBack;
    /** Whether it was looked at since the last change, and nothing is left to merge. */
    private boolean tidy;
    private boolean tidying;
    private long expungedNanos;

    /** Changed under {@code state}. */
    private @Nullable IndexWriter writer;
    private boolean dirty;
    private boolean applying;
    private boolean withholding;
    /** Whether a search waits, or waited in vain, for a reader that was withheld. */
    private boolean wanted;
    private @Nullable OpenReader before;

    /**
     * A generation as its last commit left it.
     *
     * @param committed  that commit's checkpoint
     * @param state      the lock under which readers are opened and replaced
     * @param batchEnded a condition of that lock, signalled when readers are not withheld any more
     */
    LiveGeneration(IndexScope scope, Generation generation, Checkpoint committed, Engine engine, ReentrantLock state,
            Condition batchEnded) {
        this.scope = scope;
        this.generation = generation;
        this.committed = committed;
        this.applied = committed;
        this.engine = engine;
        this.state = state;
        this.batchEnded = batchEnded;
        this.expungedNanos = System.nanoTime();
        this.merges = new SharedMerges(engine.threads().merging(scope.source()), generation.folder().toString());
    }

    Generation generation() {
        return generation;
    }

    int number() {
        return generation.number();
    }

    /** The checkpoint to go on from: what was applied last, or after a failure what was committed last. */
    Checkpoint resume() {
        if (writer != null && !writer.isOpen()) {
            LOG.warn("the writer of {} has ended by itself, as it does when a merge fails: it stands where it was last"
                    + " committed", generation.folder());
            engine.tell(scope, Step.SUSPECTED); // before a search can read that
            closeWriter();
        }
        wentBack = false;
        return applied;
    }

    /** Replaces each text's chunks, or deletes them, moves the checkpoint, and shows it to new sessions. */
    void apply(List<ContentChunks> changes, Checkpoint to) {
        requireNotBack();
        engine.schema().warnOfOtherModels(engine.schema().ofOtherModels(changes), generation.folder());
        try {
            IndexWriter into = beginBatch();
            for (ContentChunks content : changes) {
                if (content.chunks().isEmpty()) {
                    into.deleteDocuments(ChunkSchema.key(content));
                } else {
                    into.updateDocuments(ChunkSchema.key(content), engine.schema().documents(content));
                }
            }
            into.setLiveCommitData(new CommitData(scope, engine.schema(), to).toUserData().entrySet());
            engine.tell(scope, Step.DOCUMENTS_WRITTEN);
            endBatch(into);
            engine.buffers().written();
            applied = to;
            engine.tell(scope, Step.VISIBLE);
        } catch (IOException | RuntimeException e) {
            throw goBack(e);
        } catch (Error e) {
            e.addSuppressed(goBack(e));
            throw e;
        }
    }

    /** Makes what was applied last; does nothing if nothing was. */
    void commit() {
        requireNotBack();
        if (!dirty || writer == null) {
            return;
        }
        try {
            writer.prepareCommit();
            engine.tell(scope, Step.COMMIT_PREPARED);
            writer.commit();
        } catch (IOException | RuntimeException e) {
            throw goBack(e);
        } catch (Error e) {
            e.addSuppressed(goBack(e));
            throw e;
        }
        setClean();
        engine.tell(scope, Step.COMMITTED);
    }

    /** The checkpoint that lasts. */
    Checkpoint committed() {
        return committed;
    }

    /** Whether its writer is open. */
    boolean writing() {
        return writer != null;
    }

    /** Whether merges run or wait. */
    boolean merging() {
        return merges.busy();
    }

    /** Closes the writer; what was not committed is gone, also for new sessions. */
    void closeWriter() {
        IndexWriter closing = writer;
        if (closing == null) {
            return;
        }
        applied = committed;
        tidying = false;
        engine.buffers().closed(closing);
        try {
            hideUncommitted();
        } finally { // a writer that stays open keeps the folder's lock for as long as the process lives
            rollBack(closing);
        }
    }

    private void hideUncommitted() {
        state.lock();
        try {
            writer = null;
            boolean hides = dirty;
            dirty = false;
            showAgain();
            if (hides) {
                engine.readers().remove(scope);
            }
        } finally {
            state.unlock();
        }
    }

    private void rollBack(IndexWriter closing) {
        try {
            closing.rollback();
        } catch (IOException | RuntimeException e) {
            LOG.warn("could not close the writer of {} cleanly ({})", generation.folder(), reason(e));
        }
    }

    /**
     * Whether no reader can be opened before the batch that is being written has ended. Under the {@code state} lock.
     */
    boolean withholdsReaders() {
        return withholding;
    }

    /**
     * Notes that a search waits for the end of the batch: there is to be a reader then. Under the {@code state} lock.
     */
    void wanted() {
        wanted = true;
    }

    /** Whether a new reader would come from the writer, which may have much to write first. Under {@code state}. */
    boolean holdsUnwritten() {
        return dirty && !applying && writer != null;
    }

    /**
     * Shows all that was applied, unless there is a reader. On a thread of the index, under the {@code state} lock.
     */
    void showWritten() {
        OpenReader newest = engine.readers().acquire(scope);
        if (newest != null) {
            newest.references().release();
            return;
        }
        try {
            show(open(writer));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens a reader that sees all whole batches, with a reference for the caller. Under the {@code state} lock. */
    OpenReader openReader() {
        OpenReader opened;
        if (before != null) {
            opened = before;
            opened.references().acquire();
        } else {
            IndexWriter from = dirty && !applying ? writer : null;
            opened = engine.readers().open(scope, engine.threads().open(() -> open(from)), generation);
        }
        engine.readers().put(scope, opened);
        return opened;
    }

    /**
     * Takes no changes until it has been asked where to go on from: it stands elsewhere than whoever writes believes.
     */
    void requireResume() {
        wentBack = true;
    }

    /** Whether it was looked at since the last change, and nothing is left to merge into one segment. */
    boolean isTidy() {
        return tidy;
    }

    /**
     * Goes one step towards a single segment, for an index that is not in use: begins to merge, or, if that has been
     * done, commits it.
     *
     * @return whether that was the last step and the writer is closed
     */
    boolean tidy() throws IOException {
        if (tidy || wentBack || merging() || (dirty && !tidying)) {
            return false;
        }
        if (!tidying) {
            tidy = !TidyPlan.isWorthwhile(SegmentInfos.readLatestCommit(generation.directory()),
                    engine.settings().exactUpTo(scope.source()));
            if (tidy) {
                letGoOfOldReader();
            } else {
                tidying = true;
                openWriter().forceMerge(1, false);
            }
            return false;
        }
        tidying = false;
        commitMerged();
        tidy = true;
        closeWriter();
        engine.readers().remove(scope);
        return true;
    }

    /**
     * Goes one step towards files without what was deleted, for an index in use: begins to merge it away, if that was
     * not begun for so long, or commits what was merged.
     */
    void expunge(long everyNanos) throws IOException {
        if (wentBack || merging()) {
            return;
        }
        if (tidying) {
            tidying = false;
            commitMerged();
            letGoOfReader();
        } else if (System.nanoTime() - expungedNanos >= everyNanos) {
            expungedNanos = System.nanoTime();
            letGoOfReader();
            if (SegmentInfos.readLatestCommit(generation.directory()).asList().stream()
                    .anyMatch(SegmentCommitInfo::hasDeletions)) {
                tidying = !dirty;
                openWriter().forceMergeDeletes(false);
            }
        }
    }

    /**
     * Writes all segments anew that another Lucene wrote or that hold what was deleted, as one, and commits that. Takes
     * as long as merging the whole index.
     */
    void rewrite() {
        commit();
        closeWriter();
        SharedMerges own = new SharedMerges(engine.threads().merging(scope.source()), generation.folder().toString());
        IndexWriterConfig config = engine.settings().config(scope.source(), own).setOpenMode(OpenMode.APPEND);
        config.setMergePolicy(new UpgradeIndexMergePolicy(config.getMergePolicy()));
        try (IndexWriter upgrading = new IndexWriter(generation.directory(), config)) {
            upgrading.forceMerge(1);
            upgrading.forceMergeDeletes();
            upgrading.commit();
        } catch (IOException | RuntimeException e) {
            throw goBack(e);
        }
        letGoOfReader();
    }

    /** Commits what merges made, also if a commit that came meanwhile has left nothing else to commit. */
    private void commitMerged() throws IOException {
        openWriter();
        commit();
    }

    /**
     * If the newest reader still sees what ordinary merges and commits have replaced, the next search opens another.
     */
    private void letGoOfOldReader() throws IOException {
        OpenReader newest = engine.readers().acquire(scope);
        if (newest == null) {
            return;
        }
        try {
            if (!newest.reader().isCurrent()) {
                letGoOfReader();
            }
        } finally {
            newest.references().release();
        }
    }

    /** The files that a merge has replaced are deleted when no reader sees them any more. */
    private void letGoOfReader() {
        state.lock();
        try {
            engine.readers().remove(scope);
        } finally {
            state.unlock();
        }
    }

    /** Makes a reader the newest one. Under the {@code state} lock. */
    void show(DirectoryReader reader) {
        wanted = false;
        OpenReader opened = engine.readers().open(scope, reader, generation);
        engine.readers().put(scope, opened);
        opened.references().release();
    }

    private DirectoryReader open(@Nullable IndexWriter from) throws IOException {
        if (from != null) {
            try {
                return DirectoryReader.open(from);
            } catch (AlreadyClosedException failing) {
                LOG.debug("the writer of {} has failed; a reader sees the last commit", generation.folder());
                engine.tell(scope, Step.SUSPECTED); // before a search reads that
            }
        }
        return DirectoryReader.open(generation.directory());
    }

    /** The writer, opened if there is none, with something to commit. */
    private IndexWriter openWriter() throws IOException {
        IndexWriter open = newWriter();
        state.lock();
        try {
            writer = open;
            dirty = true;
            return open;
        } finally {
            state.unlock();
        }
    }

    private IndexWriter newWriter() throws IOException {
        if (writer != null) {
            return writer;
        }
        // APPEND: files that somebody has removed must not become an empty index that says it is up to date.
        IndexWriter opened = new IndexWriter(generation.directory(),
                engine.settings().config(scope.source(), merges).setOpenMode(OpenMode.APPEND));
        engine.buffers().opened(opened);
        return opened;
    }

    private IndexWriter beginBatch() throws IOException {
        IndexWriter into = newWriter();
        tidy = false;
        tidying = false;
        state.lock();
        try {
            writer = into;
            if (dirty) {
                before = engine.readers().acquire(scope);
                withholding = before == null;
            }
            applying = true;
            dirty = true;
            return into;
        } finally {
            state.unlock();
        }
    }

    /** Renews the reader of an index that is being searched; others get one with their next session. */
    private void endBatch(IndexWriter from) throws IOException {
        state.lock();
        try {
            OpenReader newest = engine.readers().acquire(scope);
            if (newest == null && wanted) {
                show(DirectoryReader.open(from));
            } else if (newest != null && !newest.searched()) {
                engine.readers().remove(scope);
                newest.references().release();
            } else if (newest != null) {
                try {
                    DirectoryReader newer = DirectoryReader.openIfChanged(newest.reader(), from);
                    if (newer != null) {
                        OpenReader renewed = engine.readers().open(scope, newer, generation);
                        engine.readers().put(scope, renewed);
                        renewed.references().release();
                    }
                } finally {
                    newest.references().release();
                }
            }
            showAgain();
        } finally {
            state.unlock();
        }
    }

    private void showAgain() {
        OpenReader held = before;
        before = null;
        applying = false;
        withholding = false;
        batchEnded.signalAll();
        if (held != null) {
            held.references().release();
        }
    }

    private void setClean() {
        state.lock();
        try {
            dirty = false;
            committed = applied;
        } finally {
            state.unlock();
        }
    }

    private CroftException goBack(Throwable e) {
        engine.tell(scope, Step.SUSPECTED); // before a search can read the last commit
        closeWriter();
        wentBack = true;
        return new CroftException("index " + generation.folder() + " could not be written (" + reason(e)
                + ") and stands where it was last committed: see that the disk has space and that this process may write"
                + " there, then open the index again and apply what came after its checkpoint", e);
    }

    /** Refuses what is to be written after a failure, before it was asked where to go on from. */
    void requireNotBack() {
        if (wentBack) {
            throw new CroftException(
                    "index " + generation.folder() + " went back to its last commit after a failed write:"
                            + " open it again and apply what came after its checkpoint");
        }
    }
}
