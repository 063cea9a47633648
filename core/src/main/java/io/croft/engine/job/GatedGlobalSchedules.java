package io.croft.engine.job;

import io.croft.Actor;
import io.croft.guard.Gate;
import io.croft.guard.Operation;
import io.croft.job.GlobalSchedules;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.ScheduleStatus;
import java.util.List;
import java.util.Optional;

/**
 * Schedules of all organisations, as hosts get at them: through the gate, once, in however many databases they are.
 * Thread-safe.
 */
public final class GatedGlobalSchedules implements GlobalSchedules {

    private final Gate gate;
    private final GlobalSchedules within;

    /** The schedules that lie behind this gate. */
    public GatedGlobalSchedules(Gate gate, GlobalSchedules within) {
        this.gate = gate;
        this.within = within;
    }

    @Override
    public ScheduleStatus put(Actor operator, String name, JobSchedule schedule, JobRequest job) {
        return gate.operate(operator, Operation.GLOBAL_SCHEDULES_PUT,
                () -> within.put(operator, name, schedule, job));
    }

    @Override
    public boolean remove(Actor operator, String name) {
        return gate.operate(operator, Operation.GLOBAL_SCHEDULES_REMOVE, () -> within.remove(operator, name));
    }

    @Override
    public boolean pause(Actor operator, String name) {
        return gate.operate(operator, Operation.GLOBAL_SCHEDULES_PAUSE, () -> within.pause(operator, name));
    }

    @Override
    public boolean resume(Actor operator, String name) {
        return gate.operate(operator, Operation.GLOBAL_SCHEDULES_RESUME, () -> within.resume(operator, name));
    }

    @Override
    public boolean trigger(Actor operator, String name) {
        return gate.operate(operator, Operation.GLOBAL_SCHEDULES_TRIGGER, () -> within.trigger(operator, name));
    }

    @Override
    public Optional<ScheduleStatus> find(Actor operator, String name) {
        return gate.operate(operator, Operation.GLOBAL_SCHEDULES_FIND, () -> within.find(operator, name));
    }

    @Override
    public List<ScheduleStatus> list(Actor operator, Optional<String> after, int limit) {
        return gate.operate(operator, Operation.GLOBAL_SCHEDULES_LIST, () -> within.list(operator, after, limit));
    }
}
