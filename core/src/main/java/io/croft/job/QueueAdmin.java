package io.croft.job;

import io.croft.Actor;
import java.util.Map;

/**
 * Whole queues, over all organisations, for the host's operators. Thread-safe. Every method throws
 * {@link io.croft.InvalidInputException} if the actor is no super admin or a value is out of its range, and
 * {@link io.croft.StoreUnavailableException} if the database cannot be reached.
 */
public interface QueueAdmin {

    /**
     * The queues, by name. From counters of lanes, so it may lag by one round of upkeep; what it costs follows the
     * number of lanes, some milliseconds for 10,000 of them.
     */
    Map<String, QueueStatus> list(Actor operator);

    /** What all organisations together may use of a queue; {@link QueueLimits#DEFAULT} until it is set. */
    QueueLimits limits(Actor operator, String queue);

    /**
     * Sets what all organisations together may use of a queue. It holds for every claim that ends after this has
     * returned; a lower limit lets what runs end. A queue that is not known yet becomes known.
     */
    void setLimits(Actor operator, String queue, QueueLimits limits);

    /**
     * Starts nothing new in a queue until it is resumed; what runs is not touched, and jobs can still be enqueued.
     * Pauses of lanes and organisations are kept beside it. A queue that is not known yet becomes known.
     */
    void pause(Actor operator, String queue);

    /** Ends the pause of a queue. */
    void resume(Actor operator, String queue);
}
