package io.croft.job;

import io.croft.TenantContext;
import java.sql.Connection;
import java.util.Optional;

/**
 * The durable job queue. A job is executed at least once, each attempt is accepted at most once, and an organisation
 * never has more leased attempts in a queue than its limit. Thread-safe.
 *
 * <p>Jobs of one organisation in one queue form a lane. Lanes share the workers by weight, whatever their backlogs: one
 * busy organisation cannot keep the others waiting.
 */
public interface JobQueue extends JobEnqueuer {

    /**
     * Enqueues inside the host's own transaction: the jobs become visible when it commits and vanish when it rolls
     * back, to a savepoint as well. The connection, also one that a pool or a framework wraps, is neither committed,
     * rolled back, closed nor changed in its settings; its role needs EXECUTE on the enqueue function and is thereby
     * trusted to enqueue for any organisation.
     *
     * <p>What is refused before the database is asked (a payload that is no JSON object, an unknown organisation)
     * leaves the transaction as it was. What the database refuses leaves it as any statement does that fails: it can
     * only be rolled back, to a savepoint or wholly. Queues that are new are made known on another connection, and stay
     * known. Keys that replace need READ COMMITTED.
     *
     * @param transaction an open connection to the database of the queue with autocommit off, else the enqueue is
     *                    refused with {@link io.croft.InvalidInputException}; used by one thread at a time
     * @return an enqueuer that is good until the transaction ends
     */
    JobEnqueuer in(Connection transaction);

    /**
     * A job of the context's organisation; empty if there is none with this id, or its record is past its retention.
     *
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    Optional<Job> find(TenantContext context, JobId id);

    /** Reads and repairs: dead letters, limits, depths. */
    JobAdmin admin();

    /** Whole queues, for the host's operators: limits, pauses, how many jobs wait and run. */
    QueueAdmin queues();

    /** Schedules: jobs that are enqueued at certain times, again and again. */
    JobSchedules schedules();
}
