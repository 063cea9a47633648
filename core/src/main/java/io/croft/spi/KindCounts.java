package io.croft.spi;

import java.util.Objects;

/**
 * The attempts of one kind that ended.
 *
 * @param queue     the name of its queue
 * @param kind      its name
 * @param completed attempts that completed their job
 * @param failed    attempts that failed, or whose lease ended
 * @param cancelled attempts that ended their job without completing it
 * @param times     how long handlers took
 */
public record KindCounts(String queue, String kind, long completed, long failed, long cancelled,
        LatencyHistogram times) {

    public KindCounts {
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(times, "times");
    }

    /** Both together; of the same kind. */
    public KindCounts plus(KindCounts other) {
        return new KindCounts(queue, kind, completed + other.completed, failed + other.failed,
                cancelled + other.cancelled, times.plus(other.times));
    }
}
