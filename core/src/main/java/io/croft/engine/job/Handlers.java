package io.croft.engine.job;

import io.croft.InvalidInputException;
import io.croft.job.BatchedHandler;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The handlers of this process. Immutable. */
final class Handlers {

    private final Map<String, Handled> byKind;
    private final Map<String, Duration> leases;
    private final Map<String, Integer> batches;

    /**
     * A kind and its handler.
     *
     * @param kind    the kind
     * @param handler runs its jobs
     */
    record Handled(JobKind kind, JobHandler handler) {
    }

    Handlers(Map<JobKind, JobHandler> handlers) {
        Map<String, Handled> kinds = new HashMap<>();
        Map<String, Duration> queues = new TreeMap<>();
        Map<String, Integer> sizes = new HashMap<>();
        handlers.forEach((kind, handler) -> {
            Handled other = kinds.put(kind.name(), new Handled(kind, handler));
            if (other != null) {
                throw new InvalidInputException("job kind " + kind.name() + " has two handlers, one in queue "
                        + other.kind().queue() + " and one in queue " + kind.queue()
                        + ": a kind has one queue, one lease and one handler");
            }
            queues.merge(kind.queue(), kind.lease(), (a, b) -> a.compareTo(b) <= 0 ? a : b);
            sizes.merge(kind.queue(), handler instanceof BatchedHandler batched ? batched.size() : 1, Math::max);
        });
        this.byKind = Map.copyOf(kinds);
        this.leases = Map.copyOf(queues);
        this.batches = Map.copyOf(sizes);
    }

    /** The handler of a kind, if this process has one. */
    @Nullable
    Handled find(String kind) {
        return byKind.get(kind);
    }

    /** The queues with handlers here. */
    Set<String> queues() {
        return leases.keySet();
    }

    /**
     * How long a claim of this queue lasts: the shortest lease of its kinds. A claim takes jobs of several kinds; one
     * with a longer lease gets it with its first heartbeat.
     */
    Duration claimLease(String queue) {
        Duration lease = leases.get(queue);
        if (lease == null) {
            throw new IllegalArgumentException("no handler in queue " + queue);
        }
        return lease;
    }

    /** The most jobs of one organisation that a handler of this queue takes at once. */
    int batch(String queue) {
        return batches.getOrDefault(queue, 1);
    }

    /** For each lease in use, how often it is prolonged: every third of what a claim of its kinds lasts. */
    Map<Duration, Duration> heartbeats() {
        Map<Duration, Duration> intervals = new TreeMap<>();
        byKind.values().forEach(handled -> {
            JobKind kind = handled.kind();
            Duration interval = claimLease(kind.queue()).dividedBy(3);
            intervals.merge(kind.lease(), interval, (a, b) -> a.compareTo(b) <= 0 ? a : b);
        });
        return intervals;
    }

    /**
     * Refuses what hosts may not enqueue: a kind of the library's own, whose payloads are for the library to say, and
     * one that has its handler in another queue, where nobody looks for its jobs.
     */
    void check(JobKind kind) {
        if (kind.name().startsWith(JobKind.OWN_PREFIX)) {
            throw new InvalidInputException("job kind " + kind.name() + " is one of Croft's own, as all are that begin"
                    + " with " + JobKind.OWN_PREFIX + ": name it otherwise; what documents, listings and files need is"
                    + " enqueued with them");
        }
        Handled handled = byKind.get(kind.name());
        if (handled != null && !handled.kind().queue().equals(kind.queue())) {
            throw new InvalidInputException("job kind " + kind.name() + " is enqueued into queue " + kind.queue()
                    + " but its handler is in queue " + handled.kind().queue() + ": use one queue for both");
        }
    }
}
