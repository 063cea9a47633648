package io.croft.engine.job;

import io.croft.InvalidInputException;
import io.croft.TenantContext;
import io.croft.job.Job;
import io.croft.job.JobAdmin;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.spi.JobStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads and repairs the queues in a store. Thread-safe. */
final class StoredJobAdmin implements JobAdmin {

    private static final int MAX_REASON_CHARS = 1024;

    private final JobStore store;
    private final KnownQueues queues;
    private final UnhandledKinds unhandled;
    private final Upkeep upkeep;

    StoredJobAdmin(JobStore store, KnownQueues queues, UnhandledKinds unhandled, Upkeep upkeep) {
        this.store = store;
        this.queues = queues;
        this.unhandled = unhandled;
        this.upkeep = upkeep;
    }

    @Override
    public List<Job> deadLetters(TenantContext context, Optional<JobId> after, int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("limit " + limit + " of dead letters is outside 1 to " + MAX_PAGE);
        }
        return store.deadLetters(context.org(), after, limit);
    }

    @Override
    public List<JobId> redrive(TenantContext context, List<JobId> ids) {
        List<JobId> redriven = store.redrive(context.org(), checked("redrive", ids));
        upkeep.askAll();
        return redriven;
    }

    @Override
    public List<JobId> discard(TenantContext context, List<JobId> ids, String reason) {
        return store.discard(context.org(), checked("discard", ids), Failure.bounded(reason, MAX_REASON_CHARS));
    }

    @Override
    public void setLimits(TenantContext context, String queue, LaneLimits limits) {
        JobKind.of("any", queue); // checks the queue's name as a kind in it does
        queues.register(queue);
        store.setLimits(context.org(), queue, limits);
        upkeep.ask(queue);
    }

    @Override
    public Map<String, LaneDepth> depth(TenantContext context) {
        return store.depth(context.org());
    }

    @Override
    public List<String> unhandledKinds() {
        return unhandled.list();
    }

    private static List<JobId> checked(String what, List<JobId> ids) {
        List<JobId> distinct = ids.stream().distinct().toList();
        if (ids.isEmpty() || ids.size() > MAX_PAGE) {
            throw new InvalidInputException(ids.size() + " jobs to " + what + " are outside 1 to " + MAX_PAGE
                    + ": name them in several calls");
        }
        return distinct;
    }
}
