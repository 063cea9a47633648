package io.croft.job;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How attempts went in some hours. Each process counts what it ends and stores that every ten seconds, in the hour of
 * the database's clock that it then is; a process that is killed takes what it has counted since with it. Attempts
 * whose lease ended are counted by whoever noticed. Put off and given back ones are not counted.
 *
 * @param from  the beginning of the first hour, UTC
 * @param to    the end of the last
 * @param kinds those that ended attempts, by queue and name
 */
public record JobStats(Instant from, Instant to, List<Kind> kinds) {

    public JobStats {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        kinds = List.copyOf(kinds);
    }

    /**
     * The attempts of one kind.
     *
     * @param queue     the name of its queue
     * @param kind      its name
     * @param completed attempts that completed their job
     * @param failed    attempts that failed, or whose lease ended
     * @param cancelled attempts that ended their job without completing it
     * @param times     how long handlers took; empty if no handler of it has ended
     */
    public record Kind(String queue, String kind, long completed, long failed, long cancelled,
            Optional<Times> times) {

        public Kind {
            Objects.requireNonNull(queue, "queue");
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(times, "times");
        }

        /** All attempts that ended. */
        public long attempts() {
            return completed + failed + cancelled;
        }

        /** The share of attempts that failed, 0 to 1; 0 if there were none. */
        public double errorRate() {
            return attempts() == 0 ? 0 : (double) failed / attempts();
        }
    }

    /**
     * How long handlers took, by the clocks of their processes: percentiles by nearest rank, each within 4.5 % of the
     * true one, from 1 µs to 66 minutes.
     *
     * @param p50 half took no longer
     * @param p95 95 % took no longer
     * @param p99 99 % took no longer
     */
    public record Times(Duration p50, Duration p95, Duration p99) {
    }
}
