package io.croft.spi;

import java.util.Objects;

/**
 * A step in the life of an index, told on the thread that takes it, just after it was taken: for metrics, and for tests
 * that stop a process there.
 *
 * @param scope whose index
 * @param step  which step
 */
public record IndexEvent(IndexScope scope, Step step) {

    /** The steps. */
    public enum Step {
        /** Changes were read from the database; the index has not been touched. */
        CHANGES_READ,
        /** The documents of a batch are in the writer's memory; nobody sees them. */
        DOCUMENTS_WRITTEN,
        /** New sessions see the batch; it would not outlive the process. */
        VISIBLE,
        /** All files of a commit are on disk; the commit does not count yet. */
        COMMIT_PREPARED,
        /** The commit counts. */
        COMMITTED,
        /** A rebuilt index took the place of the old one. */
        REBUILT,
        /**
         * What an index holds may not be what was applied: its files are damaged or could not be read, were put back as
         * they once were, or stand where they were last committed because a write failed. It is told before a session
         * can see that. It says where it stands when it is opened again.
         */
        SUSPECTED,
        /** A reader was closed for lack of use. */
        EVICTED,
        /** An index was removed. */
        DROPPED
    }

    public IndexEvent {
        Objects.requireNonNull(scope, "scope");
        Objects.requireNonNull(step, "step");
    }
}
