package io.croft.testing;

import io.croft.OrgId;
import io.croft.job.JobId;
import java.util.Objects;
import java.util.Optional;

/**
 * An attempt that a drain has run.
 *
 * @param id      its job
 * @param org     whose job it is
 * @param kind    the name of the kind
 * @param attempt its number, from 1
 * @param end     how it ended
 * @param thrown  what its handler threw, the very object
 */
public record Ran(JobId id, OrgId org, String kind, int attempt, End end, Optional<Throwable> thrown) {

    /** How an attempt ended. */
    public enum End {
        /** The job is done. */
        COMPLETED,
        /** It failed, and the job will be tried again. */
        RETRIED,
        /** The handler put the job off. */
        SNOOZED,
        /** The job was cancelled: by its handler, by a person while it ran, or because its deadline had passed. */
        CANCELLED,
        /** It failed, and the job is a dead letter. */
        DIED,
        /** What came of it was dropped: the job had been taken away from it, or its organisation was erased. */
        DROPPED
    }

    public Ran {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(end, "end");
        Objects.requireNonNull(thrown, "thrown");
    }

    /** Whether it failed, whatever becomes of the job. */
    public boolean failed() {
        return end == End.RETRIED || end == End.DIED;
    }
}
