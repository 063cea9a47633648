package io.croft.job;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * How many jobs there are in each state that is not final. From counters, so it may lag by one round of upkeep.
 *
 * @param waiting     jobs that wait for others
 * @param scheduled   jobs that wait for their time
 * @param ready       jobs that wait for a worker
 * @param running     attempts that are leased
 * @param dead        dead letters
 * @param oldestReady since when the first job in line could run, by the database's clock; empty if none is ready. Of
 *                    jobs of several priorities the one that came first counts
 */
public record JobCounts(long waiting, long scheduled, long ready, long running, long dead,
        Optional<Instant> oldestReady) {

    /** None at all. */
    public static final JobCounts NONE = new JobCounts(0, 0, 0, 0, 0, Optional.empty());

    public JobCounts {
        Objects.requireNonNull(oldestReady, "oldestReady");
    }

    /** How many are in this state; 0 for final ones, which are not counted. */
    public long in(JobState state) {
        return switch (state) {
            case WAITING -> waiting;
            case SCHEDULED -> scheduled;
            case READY -> ready;
            case RUNNING -> running;
            case DEAD -> dead;
            case COMPLETED, CANCELLED -> 0;
        };
    }
}
