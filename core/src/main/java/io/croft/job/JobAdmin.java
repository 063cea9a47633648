package io.croft.job;

import io.croft.TenantContext;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads and repairs the queue of one organisation. Thread-safe. Every method but {@link #unhandledKinds} and
 * {@link #workers} throws {@link io.croft.UnknownOrgException} for an organisation that does not exist,
 * {@link io.croft.InvalidInputException} for a value out of its range, and {@link io.croft.StoreUnavailableException}
 * if the database cannot be reached. Members of the organisation look and cancel: redriving, discarding, setting limits
 * and pausing throw {@link io.croft.NotPermittedException} for them.
 */
public interface JobAdmin {

    /** The most ids or rows of one call. */
    int MAX_PAGE = 1000;

    /** The most dead letters that one call redrives or discards by a filter. */
    int MAX_FILTERED = 100_000;

    /** The highest rate at which dead letters are redriven, in jobs a second. */
    int MAX_REDRIVE_RATE = 1000;

    /** The longest time of figures, in days; they are kept for one day longer. */
    int MAX_STATS_DAYS = 7;

    /**
     * The organisation's dead letters, by their ids: those enqueued first come first.
     *
     * @param filter which of them
     * @param after  the last job of the page before; empty for the first page
     * @param limit  1 to {@value #MAX_PAGE}
     */
    List<Job> deadLetters(TenantContext context, DeadLetterFilter filter, Optional<JobId> after, int limit);

    /** All of the organisation's dead letters, in the same order. */
    default List<Job> deadLetters(TenantContext context, Optional<JobId> after, int limit) {
        return deadLetters(context, DeadLetterFilter.ALL, after, limit);
    }

    /**
     * Makes dead letters ready again, with all their attempts. A deadline that has passed is lifted.
     *
     * @param ids 1 to {@value #MAX_PAGE}
     * @return those that were dead letters of the organisation and are ready now
     */
    List<JobId> redrive(TenantContext context, List<JobId> ids);

    /**
     * Lets dead letters run again, with all their attempts, so many a second: the first at once, the others scheduled
     * one after the other. A deadline that has passed by then is lifted. What dies while this goes on is left alone. It
     * is done in steps of {@value #MAX_PAGE}, each in a transaction of its own: after an exception some may have been
     * redriven, and calling again goes on with the others.
     *
     * @param filter        which of them
     * @param jobsPerSecond 1 to {@value #MAX_REDRIVE_RATE}
     * @return how many; after {@value #MAX_FILTERED} it ends, and calling again with the same filter and rate
     *         goes on: behind what earlier calls in this process let run again, so that the rate is kept. In another
     *         process wait until those have run
     */
    int redrive(TenantContext context, DeadLetterFilter filter, int jobsPerSecond);

    /**
     * Ends jobs, whether they run or not. Those that wait and dead letters become {@link JobState#CANCELLED} at once,
     * as with {@link #discard(TenantContext, List, String)}. Handlers of those that run are told: in this process at
     * once, in others by a signal or, where those are not heard, with the next heartbeat, that is within a third of the
     * lease; {@link JobContext#isCancelled} says so from then on, and their threads are interrupted. Such a job ends
     * when its handler does: as {@link JobState#COMPLETED} if the handler says so or {@link JobContext#completeIn} has
     * committed, since its work is done then, and else as CANCELLED for the reason given here, whatever it returns or
     * throws. It also does if its process stops or dies first.
     *
     * <p>A job that an open transaction holds ({@link JobQueue#in} that replaces it, {@code completeIn}) is tried again
     * for about two thirds of a second, and then left alone; the others are not held up by it.
     *
     * @param ids    1 to {@value #MAX_PAGE}
     * @param reason kept with each as its {@link Job#note}, up to {@value Job#MAX_NOTE_CHARS} characters; a job that
     *               is told twice keeps the first
     * @return what was ended, what was told, and what was left alone
     */
    CancelReceipt cancel(TenantContext context, List<JobId> ids, String reason);

    /**
     * Ends dead letters and jobs that wait: they become {@link JobState#CANCELLED}. A running job is not touched.
     *
     * @param ids    1 to {@value #MAX_PAGE}
     * @param reason kept with each, up to {@value Job#MAX_NOTE_CHARS} characters
     * @return those that were ended
     * @throws io.croft.StoreUnavailableException also if an open transaction, or a claim that does not end, holds one
     *                                            of them for more than 2 seconds; then none was ended
     */
    List<JobId> discard(TenantContext context, List<JobId> ids, String reason);

    /**
     * Ends dead letters: they become {@link JobState#CANCELLED}. One that somebody redrives meanwhile is left alone. It
     * is done in steps as {@link #redrive(TenantContext, DeadLetterFilter, int)} does.
     *
     * @param filter which of them
     * @param reason kept with each, up to {@value Job#MAX_NOTE_CHARS} characters
     * @return how many; after {@value #MAX_FILTERED} it ends, and calling again goes on
     */
    int discard(TenantContext context, DeadLetterFilter filter, String reason);

    /**
     * Sets the limits of the organisation's lane in a queue. They hold at once for claims to come; a lower limit lets
     * what runs end.
     *
     * <p>A queue that is not known yet becomes known, as by an enqueue or a process with a handler for it. There are
     * {@value QueueAdmin#MAX_QUEUES} of them at most, and none is ever forgotten: the name is not one to let others
     * choose.
     *
     * @throws io.croft.InvalidInputException also if that would be one queue too many
     */
    void setLimits(TenantContext context, String queue, LaneLimits limits);

    /**
     * The limits of the organisation's lane in a queue; {@link LaneLimits#DEFAULT} until they are set, also if the
     * queue is not known.
     */
    LaneLimits limits(TenantContext context, String queue);

    /**
     * Starts nothing new of the organisation's lane in a queue until it is resumed. What runs is not touched, and jobs
     * can still be enqueued. Pauses of a lane, an organisation and a queue are kept beside one another: a lane goes on
     * when none of the three is left.
     *
     * @throws io.croft.InvalidInputException also if the queue is not known
     */
    void pause(TenantContext context, String queue);

    /**
     * Ends the pause of the organisation's lane in a queue.
     *
     * @throws io.croft.InvalidInputException also if the queue is not known
     */
    void resume(TenantContext context, String queue);

    /**
     * Starts nothing new of the organisation in any queue, also one that it has no jobs in yet, until it is resumed.
     */
    void pauseAll(TenantContext context);

    /** Ends the pause of the organisation; lanes that are paused by themselves stay so. */
    void resumeAll(TenantContext context);

    /**
     * The organisation's lanes by the name of the queue: how many of its jobs could run now and how many of its
     * attempts are leased, its limits, and why its jobs start, or do not. From counters, so it may lag by one round of
     * upkeep; lanes that are empty, and were never given limits or a pause, may be missing.
     */
    Map<String, LaneStatus> lanes(TenantContext context);

    /**
     * How many jobs the organisation has in each state, and since when the first in line waits, by the name of the
     * queue. From counters, however many there are; queues without any may be missing.
     */
    Map<String, JobCounts> counts(TenantContext context);

    /**
     * The organisation's jobs, live and ended: those enqueued last come first. A page looks at a thousand jobs or so
     * and gives those that the filter lets pass, so it takes as long for a filter that lets few pass as for any
     * other. It may then have fewer jobs than asked for, or none, although more follow: the list is at its end when
     * {@link JobPage#next} is empty. A job whose state changes between two pages is neither left out nor shown twice,
     * unless it no longer passes.
     *
     * @param filter which of them
     * @param cursor of the page before; empty for the first page. It holds no secret and lasts for ever
     * @param limit  1 to {@value #MAX_PAGE}
     */
    JobPage list(TenantContext context, JobFilter filter, Optional<String> cursor, int limit);

    /**
     * How the organisation's attempts went, by kind.
     *
     * @param from the time of the first hour, at most {@value #MAX_STATS_DAYS} days before {@code to}
     * @param to   the end; the hour that it is in counts
     */
    JobStats stats(TenantContext context, Instant from, Instant to);

    /**
     * The names of kinds that this process met without having a handler for them. Their jobs are put back and wait,
     * without using up attempts.
     */
    List<String> unhandledKinds();

    /** How the workers of this process are doing, whatever the organisation. */
    WorkerStats workers();
}
