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
     * back. The connection is neither committed, closed nor changed in its settings; its role needs EXECUTE on the
     * enqueue function and is thereby trusted to enqueue for any organisation.
     *
     * @param transaction an open connection to the database of the queue with autocommit off; used by one thread at a
     *                    time
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
}
