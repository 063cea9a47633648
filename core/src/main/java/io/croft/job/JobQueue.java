package io.croft.job;

import io.croft.TenantContext;
import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;

/**
 * The durable job queue. A job is executed at least once, each attempt is accepted at most once, and an organisation
 * never has more leased attempts in a queue than its limit. Thread-safe.
 *
 * <p>Jobs of one organisation in one queue form a lane. Lanes share the workers by weight, whatever their backlogs: one
 * busy organisation cannot keep the others waiting.
 */
public interface JobQueue extends JobEnqueuer {

    /** The most jobs that one process watches or awaits at a time. */
    int MAX_WATCHES = 10_000;
    /** How often watched jobs are looked at. */
    Duration WATCH_INTERVAL = Duration.ofMillis(250);
    /** The longest wait for a job. */
    Duration MAX_AWAIT = Duration.ofDays(1);

    /**
     * Enqueues inside the host's own transaction: the jobs become visible when it commits and vanish when it rolls
     * back, to a savepoint as well. The connection, also one that a pool or a framework wraps, is neither committed,
     * rolled back, closed nor changed in its settings; its role needs EXECUTE on the enqueue function and is thereby
     * trusted to enqueue for any organisation.
     *
     * <p>What is refused before the database is asked (a payload that is no JSON object, an unknown organisation)
     * leaves the transaction as it was. What the database refuses leaves it as any statement does that fails: it can
     * only be rolled back, to a savepoint or wholly. Organisations and queues that this process has not met are looked
     * up, and new queues made known for good, on another connection of the store's. Keys that replace need READ
     * COMMITTED; in a stricter transaction, a key that ended since that began makes the enqueue fail, as one that has
     * lost against another.
     *
     * @param transaction an open connection to the database of the queue with autocommit off, else the enqueue is
     *                    refused with {@link io.croft.InvalidInputException}; used by one thread at a time
     * @return an enqueuer that is good until the transaction ends
     */
    JobEnqueuer in(Connection transaction);

    /**
     * A job of the context's organisation; empty if there is none with this id, or its record is past its retention.
     *
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    Optional<Job> find(TenantContext context, JobId id);

    /**
     * Tells a listener where a job of the context's organisation stands: soon after this call, and then whenever that
     * has changed, until the job has ended ({@link JobState#hasEnded}), its record is gone, or the watch is closed.
     * Changes of a watched job are looked for every {@link #WATCH_INTERVAL}, every second once nothing has changed for
     * a while, for all watches of the process at once; what changed several times in between is told once, as it then
     * is. A job that ends in this process is looked at immediately.
     *
     * @param listener told by one thread at a time, of its own; what it throws is logged
     * @return to be closed when nobody listens any more; closing it again does nothing
     * @throws IllegalStateException              if this queue is closed, or has {@value #MAX_WATCHES} watches already
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the organisation is one that this process has not met, and the
     *                                            database cannot be reached; one that goes away later ends no watch
     */
    JobWatch watch(TenantContext context, JobId id, JobListener listener);

    /**
     * Waits until a job of the context's organisation has ended ({@link JobState#hasEnded}; so a dead letter is
     * returned as well), watching it as {@link #watch} does.
     *
     * @param timeout how long at most, up to {@link #MAX_AWAIT}; nothing or less only looks
     * @return the job; empty if it has not ended by then, or there is no record of it
     * @throws InterruptedException               if this thread is interrupted
     * @throws IllegalStateException              if this queue is closed, also while it waits, or has
     *                                            {@value #MAX_WATCHES} watches already
     * @throws io.croft.InvalidInputException     if the timeout is longer than that
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the database cannot be reached when the wait begins or is over
     */
    Optional<Job> await(TenantContext context, JobId id, Duration timeout) throws InterruptedException;

    /**
     * What a job of the context's organisation was enqueued after, and what of it has ended; nothing once the job has
     * ended itself.
     *
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    JobParents parents(TenantContext context, JobId id);

    /** Reads and repairs: dead letters, limits, depths. */
    JobAdmin admin();

    /** Whole queues, for the host's operators: limits, pauses, how many jobs wait and run. */
    QueueAdmin queues();

    /** Schedules: jobs that are enqueued at certain times, again and again. */
    JobSchedules schedules();
}
