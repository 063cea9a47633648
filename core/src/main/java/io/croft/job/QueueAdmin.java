package io.croft.job;

import io.croft.Actor;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Whole queues, over all organisations, for the host's operators. Thread-safe. Every method throws
 * {@link io.croft.NotPermittedException} if the actor is no super admin, {@link io.croft.InvalidInputException} if a
 * value is out of its range, and {@link io.croft.StoreUnavailableException} if the database cannot be reached.
 */
public interface QueueAdmin {

    /** The most lanes of one call. */
    int MAX_LANES = 100;

    /** The most queues of a database, about. */
    int MAX_QUEUES = 1000;

    /**
     * The queues, by name. From counters of lanes, so it may lag by one round of upkeep; what it costs follows the
     * number of lanes, some milliseconds for 10,000 of them.
     */
    Map<String, QueueStatus> list(Actor operator);

    /**
     * How many jobs all organisations together have in a queue in each state, and since when the first in line waits.
     * From counters of lanes: what it costs follows their number, some milliseconds for 10,000 of them. With more than
     * a thousand backlogged lanes whose counters say little of their first jobs, the oldest job found may not be the
     * oldest there is.
     */
    JobCounts counts(Actor operator, String queue);

    /**
     * The lanes of a queue that have the most jobs in a state; those without any are left out. Dead letters are found
     * by an index; for the other states it reads the counters of all lanes of the queue. A lane whose number changes
     * between two pages may be shown twice or left out.
     *
     * @param by     a state that is not final
     * @param cursor of the page before, with the same state; empty for the first page
     * @param limit  1 to {@value #MAX_LANES}
     */
    LanePage lanes(Actor operator, String queue, JobState by, Optional<String> cursor, int limit);

    /**
     * How the attempts of all organisations went, by kind.
     *
     * @param from the time of the first hour, at most {@value JobAdmin#MAX_STATS_DAYS} days before {@code to}; they are
     *             kept for a month
     * @param to   the end; the hour that it is in counts
     */
    JobStats stats(Actor operator, Instant from, Instant to);

    /**
     * What all organisations together may use of a queue; {@link QueueLimits#DEFAULT} until it is set.
     *
     * @throws io.croft.InvalidInputException also if the queue is not known
     */
    QueueLimits limits(Actor operator, String queue);

    /**
     * Sets what all organisations together may use of a queue. It holds for every claim that ends after this has
     * returned; a lower limit lets what runs end. A queue that is not known yet becomes known, as by an enqueue or a
     * process with a handler for it; none is ever forgotten.
     *
     * @throws io.croft.InvalidInputException also if that would be one queue too many
     */
    void setLimits(Actor operator, String queue, QueueLimits limits);

    /**
     * Starts nothing new in a queue until it is resumed; what runs is not touched, and jobs can still be enqueued.
     * Pauses of lanes and organisations are kept beside it.
     *
     * @throws io.croft.InvalidInputException also if the queue is not known, in any database: a pause of a name that
     *                                        is misspelt would stop nothing, and say nothing
     */
    void pause(Actor operator, String queue);

    /**
     * Ends the pause of a queue.
     *
     * @throws io.croft.InvalidInputException also if the queue is not known
     */
    void resume(Actor operator, String queue);
}
