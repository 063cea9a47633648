package io.croft.job;

import io.croft.TenantContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads and repairs the queue of one organisation. Thread-safe. Every method but {@link #unhandledKinds} throws
 * {@link io.croft.UnknownOrgException} for an organisation that does not exist,
 * {@link io.croft.InvalidInputException} for a value out of its range, and {@link io.croft.StoreUnavailableException}
 * if the database cannot be reached.
 */
public interface JobAdmin {

    /** The most ids or rows of one call. */
    int MAX_PAGE = 1000;

    /**
     * The organisation's dead letters, oldest first.
     *
     * @param after the last job of the page before; empty for the first page
     * @param limit 1 to {@value #MAX_PAGE}
     */
    List<Job> deadLetters(TenantContext context, Optional<JobId> after, int limit);

    /**
     * Makes dead letters ready again, with all their attempts.
     *
     * @param ids 1 to {@value #MAX_PAGE}
     * @return those that were dead letters of the organisation and are ready now
     */
    List<JobId> redrive(TenantContext context, List<JobId> ids);

    /**
     * Ends dead letters and jobs that wait: they become {@link JobState#CANCELLED}. A running job is not touched.
     *
     * @param ids    1 to {@value #MAX_PAGE}
     * @param reason kept with each, up to 1,024 characters
     * @return those that were ended
     */
    List<JobId> discard(TenantContext context, List<JobId> ids, String reason);

    /**
     * Sets the limits of the organisation's lane in a queue. They hold at once for claims to come; a lower limit lets
     * what runs end.
     */
    void setLimits(TenantContext context, String queue, LaneLimits limits);

    /** The limits of the organisation's lane in a queue; {@link LaneLimits#DEFAULT} until they are set. */
    LaneLimits limits(TenantContext context, String queue);

    /**
     * Starts nothing new of the organisation's lane in a queue until it is resumed. What runs is not touched, and jobs
     * can still be enqueued. Pauses of a lane, an organisation and a queue are kept beside one another: a lane goes on
     * when none of the three is left.
     */
    void pause(TenantContext context, String queue);

    /** Ends the pause of the organisation's lane in a queue. */
    void resume(TenantContext context, String queue);

    /**
     * Starts nothing new of the organisation in any queue, also one that it has no jobs in yet, until it is resumed.
     */
    void pauseAll(TenantContext context);

    /** Ends the pause of the organisation; lanes that are paused by themselves stay so. */
    void resumeAll(TenantContext context);

    /**
     * The organisation's jobs that could run now and its attempts that are leased, by the name of the queue. From
     * counters, so it may lag by one round of upkeep; empty lanes may be missing.
     */
    Map<String, LaneDepth> depth(TenantContext context);

    /** The same lanes with their limits and why their jobs start, or do not. */
    Map<String, LaneStatus> lanes(TenantContext context);

    /**
     * The names of kinds that this process met without having a handler for them. Their jobs are put back and wait,
     * without using up attempts.
     */
    List<String> unhandledKinds();
}
