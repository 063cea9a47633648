package io.croft.engine.shard;

import io.croft.TenantContext;
import io.croft.job.GlobalSchedules;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedules;
import io.croft.job.ScheduleStatus;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The schedules of one organisation, in its database. Thread-safe. */
final class RoutedSchedules implements JobSchedules {

    private final ShardRoutes routes;
    private final GlobalSchedules global;

    RoutedSchedules(ShardRoutes routes, GlobalSchedules global) {
        this.routes = routes;
        this.global = global;
    }

    private <T> T ask(TenantContext context, Function<JobSchedules, T> work) {
        return routes.call(context.org(), queue -> work.apply(queue.schedules()));
    }

    @Override
    public ScheduleStatus put(TenantContext context, String name, JobSchedule schedule, JobRequest job) {
        return ask(context, schedules -> schedules.put(context, name, schedule, job));
    }

    @Override
    public boolean remove(TenantContext context, String name) {
        return ask(context, schedules -> schedules.remove(context, name));
    }

    @Override
    public boolean pause(TenantContext context, String name) {
        return ask(context, schedules -> schedules.pause(context, name));
    }

    @Override
    public boolean resume(TenantContext context, String name) {
        return ask(context, schedules -> schedules.resume(context, name));
    }

    @Override
    public Optional<JobId> trigger(TenantContext context, String name) {
        return ask(context, schedules -> schedules.trigger(context, name));
    }

    @Override
    public Optional<ScheduleStatus> find(TenantContext context, String name) {
        return ask(context, schedules -> schedules.find(context, name));
    }

    @Override
    public List<ScheduleStatus> list(TenantContext context, Optional<String> after, int limit) {
        return ask(context, schedules -> schedules.list(context, after, limit));
    }

    @Override
    public GlobalSchedules global() {
        return global;
    }
}
