package io.croft.engine.shard;

import io.croft.TenantContext;
import io.croft.job.CancelReceipt;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobAdmin;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobPage;
import io.croft.job.JobStats;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.WorkerStats;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads and repairs the queue of one organisation, in its database. A place in a list stays good when it moves: its
 * jobs keep their ids, and their order. Thread-safe.
 */
final class RoutedJobAdmin implements JobAdmin {

    private final ShardRoutes routes;

    RoutedJobAdmin(ShardRoutes routes) {
        this.routes = routes;
    }

    private <T> T ask(TenantContext context, Function<JobAdmin, T> work) {
        return routes.call(context.org(), queue -> work.apply(queue.admin()));
    }

    private void tell(TenantContext context, Consumer<JobAdmin> work) {
        ask(context, admin -> {
            work.accept(admin);
            return admin;
        });
    }

    @Override
    public List<Job> deadLetters(TenantContext context, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return ask(context, admin -> admin.deadLetters(context, filter, after, limit));
    }

    @Override
    public List<JobId> redrive(TenantContext context, List<JobId> ids) {
        return ask(context, admin -> admin.redrive(context, ids));
    }

    @Override
    public int redrive(TenantContext context, DeadLetterFilter filter, int jobsPerSecond) {
        return ask(context, admin -> admin.redrive(context, filter, jobsPerSecond));
    }

    @Override
    public CancelReceipt cancel(TenantContext context, List<JobId> ids, String reason) {
        return ask(context, admin -> admin.cancel(context, ids, reason));
    }

    @Override
    public List<JobId> discard(TenantContext context, List<JobId> ids, String reason) {
        return ask(context, admin -> admin.discard(context, ids, reason));
    }

    @Override
    public int discard(TenantContext context, DeadLetterFilter filter, String reason) {
        return ask(context, admin -> admin.discard(context, filter, reason));
    }

    @Override
    public void setLimits(TenantContext context, String queue, LaneLimits limits) {
        tell(context, admin -> admin.setLimits(context, queue, limits));
    }

    @Override
    public LaneLimits limits(TenantContext context, String queue) {
        return ask(context, admin -> admin.limits(context, queue));
    }

    @Override
    public void pause(TenantContext context, String queue) {
        tell(context, admin -> admin.pause(context, queue));
    }

    @Override
    public void resume(TenantContext context, String queue) {
        tell(context, admin -> admin.resume(context, queue));
    }

    @Override
    public void pauseAll(TenantContext context) {
        tell(context, admin -> admin.pauseAll(context));
    }

    @Override
    public void resumeAll(TenantContext context) {
        tell(context, admin -> admin.resumeAll(context));
    }

    @Override
    public Map<String, LaneStatus> lanes(TenantContext context) {
        return ask(context, admin -> admin.lanes(context));
    }

    @Override
    public Map<String, JobCounts> counts(TenantContext context) {
        return ask(context, admin -> admin.counts(context));
    }

    @Override
    public JobPage list(TenantContext context, JobFilter filter, Optional<String> cursor, int limit) {
        return ask(context, admin -> admin.list(context, filter, cursor, limit));
    }

    @Override
    public JobStats stats(TenantContext context, Instant from, Instant to) {
        return ask(context, admin -> admin.stats(context, from, to));
    }

    @Override
    public List<String> unhandledKinds() {
        return routes.all().stream().flatMap(queue -> queue.admin().unhandledKinds().stream()).distinct().sorted()
                .toList();
    }

    @Override
    public WorkerStats workers() {
        return routes.all().stream().map(queue -> queue.admin().workers()).reduce(new WorkerStats(0, 0, 0),
                (a, b) -> new WorkerStats(a.running() + b.running(), a.timedOut() + b.timedOut(), a.hung() + b.hung()));
    }
}
