package io.croft.spi;

import io.croft.ErasureReceipt;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The derived index of chunks: one private index for each organisation and one for the marketplace. Everything in it
 * can be rebuilt from the store. It speaks of scopes, chunks and candidates, so that a remote engine can implement it
 * as well as a local one.
 *
 * <p>Thread-safe. For one scope, {@link #apply}, {@link #commit}, {@link #rebuild} and {@link #drop} are called by one
 * thread at a time; sessions may be open meanwhile and keep what they see.
 */
public interface ChunkIndex extends AutoCloseable {

    /**
     * Makes the index ready for this schema; called once, before anything else.
     *
     * @param schema what is to come; an index of another one must be rebuilt
     * @param events told of each step, on the thread that takes it
     * @throws io.croft.FolderInUseException if another process holds its folder
     */
    void start(IndexSchema schema, Consumer<IndexEvent> events);

    /**
     * Opens a scope's index, if it is there and sound, and says where it stands. An index that does not exist, is
     * damaged or is of another model or schema needs a rebuild; opening never fails because of the state of its files.
     */
    Standing open(IndexScope scope);

    /**
     * Replaces all chunks of each given document, or removes them, and moves the checkpoint. Afterwards new sessions
     * see it; it lasts only after {@link #commit}, together with the checkpoint. A session sees all of one call's
     * changes or none.
     *
     * <p>Chunks of another model than the index's, or with a vector of another length, are indexed by their text alone.
     *
     * <p>After a failure of another kind than refused input the index stands where it was last committed. It takes no
     * further changes until it has been opened again and has said where that is.
     *
     * @param changes no document twice; may be empty, when only the checkpoint moves
     * @throws io.croft.InvalidInputException if a vector of the index's model has a value that is not finite, or if a
     *                                        document is not of the private scope's organisation; nothing was applied
     */
    void apply(IndexScope scope, List<ContentChunks> changes, Checkpoint to);

    /**
     * Makes all that was applied last beyond the process. Does nothing if nothing was applied since. After a failure
     * the index stands where it was last committed, see {@link #apply}.
     */
    void commit(IndexScope scope);

    /**
     * Begins to build the scope's index anew, beside the one that is there, which is served meanwhile if it can be.
     */
    Rebuild rebuild(IndexScope scope);

    /**
     * A view of the scope's index as it is now, opened if it was closed for lack of use. That may have to wait for what
     * is being written, and does so until the deadline; one that is ready is given also when the deadline has passed.
     * The wait is not ended by an interrupt, which is kept for the caller.
     *
     * <p>Whatever the view is asked for, it answers as one of an index that holds what is seen and nothing else: no
     * count, statistic, word, vector or candidate tells of a document that is hidden. What an index that has just been
     * tidied would count may be counted as {@link IndexSession#statistics} says.
     *
     * @param sight          which documents it shows
     * @param deadlineNanos  on {@link System#nanoTime()}; {@link Long#MAX_VALUE} to wait as long as it takes
     * @throws SearchTimeoutException  if it was not ready by then: nothing is wrong with the index; also if it never
     *                                 would be, because this thread is in the midst of writing it
     * @throws io.croft.CroftException if the index is not there or cannot be opened
     */
    IndexSession session(IndexScope scope, Sight sight, long deadlineNanos);

    /** The same of all documents. */
    default IndexSession session(IndexScope scope, long deadlineNanos) {
        return session(scope, Sight.ALL, deadlineNanos);
    }

    /**
     * Removes a scope's index with its files. New sessions fail; those that are open may go on to their end, after
     * which the last files go. Does nothing if there is none.
     *
     * @return what was removed; an index without files of its own counts none
     */
    ErasureReceipt.IndexFiles drop(IndexScope scope);

    /** The private indexes that exist, open or not, by what their folders say. */
    Set<IndexScope.PrivateIndex> privateIndexes();

    /** Commits what was applied and releases everything. */
    @Override
    void close();

    /** Where an index stands. */
    sealed interface Standing {

        /**
         * It can be searched and goes on from here.
         *
         * @param checkpoint what has been applied
         */
        record Ready(Checkpoint checkpoint) implements Standing {

            public Ready {
                Objects.requireNonNull(checkpoint, "checkpoint");
            }
        }

        /**
         * It must be built from the store first.
         *
         * @param reason  for the log
         * @param missing whether there simply was none, which is no cause for alarm
         */
        record NeedsRebuild(String reason, boolean missing) implements Standing {
        }
    }

    /** An index being built. Used by one thread. */
    interface Rebuild extends AutoCloseable {

        /** Adds documents that were not added before. */
        void add(List<ContentChunks> documents);

        /**
         * Makes the new index last and puts it in the place of the old one, at once, opened and with this checkpoint.
         * Sessions of the old one keep what they see; its files go after the last of them.
         */
        void finish(Checkpoint checkpoint);

        /** Ends a build that was not finished and removes its files. */
        @Override
        void close();
    }
}
