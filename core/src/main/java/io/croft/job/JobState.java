package io.croft.job;

import java.util.EnumSet;
import java.util.Set;

/**
 * The states of a job. A new one is {@link #READY}, {@link #SCHEDULED} or {@link #WAITING}; {@code docs/job-states.md}
 * draws how it goes on.
 */
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

    /** The states that may follow, in their order here; none if it is final. */
    public Set<JobState> next() {
        return switch (this) {
            case WAITING -> EnumSet.of(SCHEDULED, READY, CANCELLED);
            case SCHEDULED -> EnumSet.of(READY, CANCELLED);
            case READY -> EnumSet.of(SCHEDULED, RUNNING, CANCELLED);
            case RUNNING -> EnumSet.of(SCHEDULED, READY, COMPLETED, CANCELLED, DEAD);
            case DEAD -> EnumSet.of(SCHEDULED, READY, CANCELLED);
            case COMPLETED, CANCELLED -> EnumSet.noneOf(JobState.class);
        };
    }

    /** Whether it never changes again. */
    public boolean isFinal() {
        return this == COMPLETED || this == CANCELLED;
    }

    /** Whether it is final, or is a dead letter, which changes again only if a person wants it to. */
    public boolean hasEnded() {
        return isFinal() || this == DEAD;
    }
}
