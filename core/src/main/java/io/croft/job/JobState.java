package io.croft.job;

/** The states of a job. {@code docs/job-states.md} draws the transitions. */
public enum JobState {
    /** Waits for other jobs to end. */
    WAITING,
    /** Waits for its time: enqueued for later, to be retried, or snoozed. */
    SCHEDULED,
    /** Waits for a worker. */
    READY,
    /** A worker holds its lease. */
    RUNNING,
    /** Done; its result is kept. Final. */
    COMPLETED,
    /**
     * Ended without being done: by its handler, cancelled or discarded by a person, not begun before its deadline, or
     * because a job that it needed completed was cancelled. Final.
     */
    CANCELLED,
    /**
     * A dead letter: it used up its attempts, or failed so that it is not retried, and waits for a person to redrive or
     * discard it.
     */
    DEAD;

    /** Whether it never changes again. */
    public boolean isFinal() {
        return this == COMPLETED || this == CANCELLED;
    }

    /** Whether it is final, or is a dead letter, which changes again only if a person wants it to. */
    public boolean hasEnded() {
        return isFinal() || this == DEAD;
    }
}
