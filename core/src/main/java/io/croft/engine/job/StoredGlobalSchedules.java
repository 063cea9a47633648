package io.croft.engine.job;

import io.croft.Actor;
import io.croft.engine.job.StoredJobSchedules.Definitions;
import io.croft.job.GlobalSchedules;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.ScheduleStatus;
import io.croft.spi.ScheduleStore;
import io.croft.spi.ScheduleStore.ScheduleId;
import java.util.List;
import java.util.Optional;

/** The schedules of all organisations in a store, behind the gate. Thread-safe. */
final class StoredGlobalSchedules implements GlobalSchedules {

    private final ScheduleStore store;
    private final Definitions definitions;

    StoredGlobalSchedules(Definitions definitions) {
        this.store = definitions.store();
        this.definitions = definitions;
    }

    @Override
    public ScheduleStatus put(Actor operator, String name, JobSchedule schedule, JobRequest job) {
        Definitions.check(schedule, job);
        return definitions.put(key(name), schedule, job);
    }

    @Override
    public boolean remove(Actor operator, String name) {
        return store.remove(key(name));
    }

    @Override
    public boolean pause(Actor operator, String name) {
        return store.pause(key(name));
    }

    @Override
    public boolean resume(Actor operator, String name) {
        return definitions.resume(key(name));
    }

    @Override
    public boolean trigger(Actor operator, String name) {
        boolean found = store.triggerGlobal(key(name).name());
        definitions.scheduler().wake();
        return found;
    }

    @Override
    public Optional<ScheduleStatus> find(Actor operator, String name) {
        return store.find(key(name));
    }

    @Override
    public List<ScheduleStatus> list(Actor operator, Optional<String> after, int limit) {
        Definitions.checkLimit(limit);
        return store.list(Optional.empty(), after, limit);
    }

    private static ScheduleId key(String name) {
        Definitions.checkName(name);
        return ScheduleId.global(name);
    }
}
