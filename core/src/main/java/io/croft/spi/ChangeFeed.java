package io.croft.spi;

import io.croft.search.Lag;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What has changed. A change is a dirty marker, not data: whoever reads it reads the current chunks and replaces what
 * the index holds of that document, so that reading a change twice or in another order does no harm. Thread-safe.
 */
public interface ChangeFeed {

    /**
     * The place in the log where a rebuild that starts now must go on reading afterwards: every change that a scan
     * begun later might miss comes after it.
     */
    Checkpoint head(IndexScope scope);

    /**
     * Reads an index's log from a checkpoint on. The reader remembers what it has handed out and is used by one thread
     * at a time; it holds no resources.
     *
     * @param from any checkpoint at all; one that is not of this log is answered with {@link Batch.Lost}
     */
    Reader reader(IndexScope scope, Checkpoint from);

    /** Tells which logs have grown. Used by one thread at a time; it holds no resources. */
    Watch watch();

    /**
     * Has a task run soon after changes were committed, by whatever process, until it is closed. What is told this way
     * may be lost or told without need: it only spares looking often. A feed that can tell nobody hears nothing, which
     * is the default.
     *
     * @param grown run on a thread of the feed's own, perhaps while others write: it must return at once and not throw.
     *              It is also run whenever {@link Listening#hears} changes, since what was told in between is lost
     */
    default Listening listen(Runnable grown) {
        return Listening.DEAF;
    }

    /** Reads one log onwards. */
    interface Reader {

        /**
         * The next changes, without waiting for any. A document is handed out again only if it changed again; a new
         * reader from an older checkpoint, or from one that could not yet move on, may repeat what another has handed
         * out.
         *
         * @param limit the most documents, 1 to 1,000
         */
        Batch next(int limit);

        /**
         * What is left to read: all that this reader has not handed out by now, counted whenever it is asked for. The
         * answer may be asked by any thread, also while the reader reads on or after it was given up.
         */
        Unread unread();
    }

    /** What a reader has left in the log. Immutable and thread-safe. */
    @FunctionalInterface
    interface Unread {

        /**
         * Counts it as the log is now.
         *
         * @throws io.croft.UnknownOrgException       if it is the log of a life of an organisation that is over
         * @throws io.croft.StoreUnavailableException if the database cannot be reached
         */
        Lag count();
    }

    /** Somebody who is told when logs may have grown. Thread-safe. */
    interface Listening extends AutoCloseable {

        /** Hears nothing. */
        Listening DEAF = new Listening() {

            @Override
            public boolean hears() {
                return false;
            }

            @Override
            public void close() {
                // there is nothing to end
            }
        };

        /** Whether commits are being heard of, so that looking seldom is enough. */
        boolean hears();

        /** Ends it, within about a second, and releases what it holds. Idempotent. */
        @Override
        void close();
    }

    /** Watches all logs. */
    interface Watch {

        /**
         * The scopes whose logs have grown since the last call, at most; a scope may be named without need, and none is
         * ever missed: one that a transaction changed which was committed before the call began is named by it, unless
         * it was by a call before. The first call names those that changed since the watch was made.
         */
        Set<IndexScope> changed();
    }

    /** What a reader found. */
    sealed interface Batch {

        /**
         * Documents that are dirty.
         *
         * @param dirty what to read again and replace; none twice
         * @param to    the index's checkpoint once they are applied
         * @param more  whether there may be more right now; false once everything that was committed before the call
         *              began has been named
         */
        record Changes(List<ContentKey> dirty, Checkpoint to, boolean more) implements Batch {

            public Changes {
                dirty = List.copyOf(dirty);
                Objects.requireNonNull(to, "to");
            }
        }

        /**
         * The checkpoint is not in the log: the log was trimmed past it, or the database is another one or was set
         * back. The index must be rebuilt.
         *
         * @param reason for the log
         */
        record Lost(String reason) implements Batch {
        }
    }
}
