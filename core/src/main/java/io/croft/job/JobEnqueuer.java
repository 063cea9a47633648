package io.croft.job;

import io.croft.TenantContext;
import java.util.List;

/**
 * Takes jobs in. Thread-safe, except where it enqueues in a transaction ({@link JobQueue#in}), which one thread at a
 * time uses.
 */
public interface JobEnqueuer {

    /** The most jobs of one {@link #enqueueAll} call. */
    int MAX_BATCH = 100_000;

    /**
     * Enqueues a job of the context's organisation.
     *
     * @throws io.croft.InvalidInputException     if the payload is no JSON object, the delay goes past the deadline,
     *                                            the kind has its handler here in another queue or is one of the
     *                                            library's own, the key begins with {@value JobKey#OWN_PREFIX} or
     *                                            replaces a waiting job of another kind, or it comes after a job that
     *                                            is not known in the organisation, or a name
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    default JobReceipt enqueue(TenantContext context, JobRequest job) {
        return enqueueAll(context, List.of(job)).getFirst();
    }

    /**
     * Enqueues all of these jobs or none.
     *
     * @param jobs 1 to {@value #MAX_BATCH}; of several with the same key the first is enqueued and the others are its
     *             duplicates
     * @return one receipt for each, in their order
     * @throws io.croft.InvalidInputException     if there are none or too many, or one of them is refused as above
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    List<JobReceipt> enqueueAll(TenantContext context, List<JobRequest> jobs);

    /**
     * Enqueues all jobs of this flow or none, so that none begins before what it waits for. A job whose key is known is
     * a duplicate: it stays what it was, without waiting for anything new, and those of the flow that come after it
     * wait for it if it has not ended.
     *
     * @throws io.croft.InvalidInputException     if a job comes after itself by any way, or after one that is neither
     *                                            in the flow nor known in the organisation, or is refused as above
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    FlowReceipt enqueueFlow(TenantContext context, JobFlow flow);
}
