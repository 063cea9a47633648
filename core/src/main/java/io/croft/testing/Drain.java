package io.croft.testing;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobKind;
import java.util.Objects;
import java.util.Optional;

/**
 * Which jobs a drain runs. Immutable; each {@code with…} method returns a changed copy, and what is empty lets pass
 * all.
 *
 * @param org   those of this organisation
 * @param queue those of the queue of this name
 * @param kind  those of the kind of this name
 * @param limit the most attempts, 1 to {@value #MAX_LIMIT}; {@value #DEFAULT_LIMIT} by default. If more are due then,
 *              the drain throws, since a job that enqueues its like, or is repeated without a wait, never ends
 */
public record Drain(Optional<OrgId> org, Optional<String> queue, Optional<String> kind, int limit) {

    /** The most attempts by default. */
    public static final int DEFAULT_LIMIT = 10_000;
    /** The highest limit. */
    public static final int MAX_LIMIT = 1_000_000;

    /** All jobs that are due. */
    public static final Drain ALL = new Drain(Optional.empty(), Optional.empty(), Optional.empty(), DEFAULT_LIMIT);

    public Drain {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(kind, "kind");
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new InvalidInputException("a drain of " + limit + " attempts is outside 1 to " + MAX_LIMIT);
        }
    }

    /** Those of one organisation. */
    public Drain withOrg(OrgId org) {
        return new Drain(Optional.of(org), queue, kind, limit);
    }

    /** Those of one queue. */
    public Drain withQueue(String queue) {
        return new Drain(org, Optional.of(queue), kind, limit);
    }

    /** Those of one kind. */
    public Drain withKind(JobKind kind) {
        return new Drain(org, queue, Optional.of(kind.name()), limit);
    }

    /** The same with this limit. */
    public Drain withLimit(int limit) {
        return new Drain(org, queue, kind, limit);
    }

    boolean wants(OrgId ofOrg, String ofKind) {
        return org.filter(one -> !one.equals(ofOrg)).isEmpty() && kind.filter(one -> !one.equals(ofKind)).isEmpty();
    }

    boolean wantsQueue(String name) {
        return queue.filter(one -> !one.equals(name)).isEmpty();
    }
}
