package io.croft.engine.shard;

import io.croft.Actor;
import io.croft.job.GlobalSchedules;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.ScheduleStatus;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Schedules of all organisations: each is in every database, and gives jobs to the organisations there. What is told of
 * one is what the first database says of it. Where a call fails in one database it has been done in those before, and
 * can be made again. Thread-safe.
 */
final class RoutedGlobalSchedules implements GlobalSchedules {

    private final List<GlobalSchedules> all;

    RoutedGlobalSchedules(List<GlobalSchedules> all) {
        this.all = List.copyOf(all);
    }

    @Override
    public ScheduleStatus put(Actor operator, String name, JobSchedule schedule, JobRequest job) {
        return all.stream().map(one -> one.put(operator, name, schedule, job)).toList().getFirst();
    }

    @Override
    public boolean remove(Actor operator, String name) {
        return inAll(one -> one.remove(operator, name));
    }

    @Override
    public boolean pause(Actor operator, String name) {
        return inAll(one -> one.pause(operator, name));
    }

    @Override
    public boolean resume(Actor operator, String name) {
        return inAll(one -> one.resume(operator, name));
    }

    @Override
    public boolean trigger(Actor operator, String name) {
        return inAll(one -> one.trigger(operator, name));
    }

    private boolean inAll(Predicate<GlobalSchedules> call) {
        boolean any = false;
        for (GlobalSchedules one : all) {
            any |= call.test(one);
        }
        return any;
    }

    @Override
    public Optional<ScheduleStatus> find(Actor operator, String name) {
        return all.getFirst().find(operator, name);
    }

    @Override
    public List<ScheduleStatus> list(Actor operator, Optional<String> after, int limit) {
        return all.getFirst().list(operator, after, limit);
    }
}
