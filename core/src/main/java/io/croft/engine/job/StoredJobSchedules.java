package io.croft.engine.job;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.input.Ids;
import io.croft.job.GlobalSchedules;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedules;
import io.croft.job.ScheduleStatus;
import io.croft.spi.ScheduleStore;
import io.croft.spi.ScheduleStore.ScheduleId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The schedules of organisations in a store. Thread-safe. */
final class StoredJobSchedules implements JobSchedules {

    private final TenantGuard guard;
    private final ScheduleStore store;
    private final Definitions definitions;
    private final Upkeep upkeep;
    private final GlobalSchedules global;

    StoredJobSchedules(TenantGuard guard, Definitions definitions, Upkeep upkeep, GlobalSchedules global) {
        this.guard = guard;
        this.store = definitions.store();
        this.definitions = definitions;
        this.upkeep = upkeep;
        this.global = global;
    }

    /**
     * Checks schedules and makes them known, whosever they are.
     *
     * @param store     where to
     * @param handlers  kinds keep to the queues of these, and are none of the library's own
     * @param queues    makes their queues known
     * @param times     tells their first times
     * @param scheduler is told of new times
     */
    record Definitions(ScheduleStore store, Handlers handlers, KnownQueues queues, ScheduleTimes times,
            Scheduler scheduler) {

        /** What a time takes in a payload besides the name of its field: its text, quotes, colon and comma. */
        private static final int TIME_BYTES = "2026-03-29T01:00:00.000000Z".length() + 6;

        ScheduleStatus put(ScheduleId key, JobSchedule schedule, JobRequest job) {
            handlers.check(job.kind());
            queues.register(job.kind().queue());
            store.put(key, schedule, job, times::first);
            scheduler.wake();
            return store.find(key).orElseThrow(() -> new CroftException(
                    "schedule \"" + key.name() + "\" was removed by somebody else at this moment: put it again"));
        }

        boolean resume(ScheduleId key) {
            boolean found = store.resume(key, times::first);
            scheduler.wake();
            return found;
        }

        static void check(JobSchedule schedule, JobRequest job) {
            if (job.runAt().isPresent() || job.delay().isPositive() || job.deadline().isPresent()
                    || job.key().isPresent() || !job.after().isEmpty()) {
                throw new InvalidInputException("the job of a schedule has a run-at, a delay, a deadline, a key or "
                        + "others that it waits for: leave them out, since it is enqueued again and again");
            }
            if (schedule.missed() instanceof JobSchedule.Missed.Each
                    && schedule.overlap() == JobSchedule.Overlap.SKIP) {
                throw new InvalidInputException("a schedule cannot give each missed time its job and pass over those "
                        + "that overlap: say withOverlap(Overlap.ALLOW), or withMissed(new Missed.Once())");
            }
            schedule.timeField().ifPresent(field -> checkSize(field, job));
        }

        /** The payload has to take the field as well. */
        private static void checkSize(String field, JobRequest job) {
            int bytes = bytes(job.payload()) + bytes(field) + TIME_BYTES;
            if (bytes > JobRequest.MAX_PAYLOAD_BYTES) {
                throw new InvalidInputException("the payload of a schedule has " + bytes + " bytes with its time field "
                        + "and must have at most " + JobRequest.MAX_PAYLOAD_BYTES
                        + ": store the data elsewhere and put its id into the payload");
            }
        }

        private static int bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8).length;
        }

        static void checkName(String name) {
            int bytes = bytes(name);
            if (name.isBlank() || bytes > MAX_NAME_BYTES) {
                throw new InvalidInputException("the name of a schedule has " + bytes + " bytes and must have 1 to "
                        + MAX_NAME_BYTES + ", not all blank");
            }
            Ids.checkLine("name of a schedule", name);
        }

        static void checkLimit(int limit) {
            if (limit < 1 || limit > MAX_PAGE) {
                throw new InvalidInputException("limit " + limit + " of schedules is outside 1 to " + MAX_PAGE);
            }
        }
    }

    @Override
    public ScheduleStatus put(TenantContext context, String name, JobSchedule schedule, JobRequest job) {
        Definitions.check(schedule, job);
        return call(context, Operation.SCHEDULES_PUT, name,
                org -> definitions.put(ScheduleId.of(org, name), schedule, job));
    }

    @Override
    public boolean remove(TenantContext context, String name) {
        return call(context, Operation.SCHEDULES_REMOVE, name, org -> store.remove(ScheduleId.of(org, name)));
    }

    @Override
    public boolean pause(TenantContext context, String name) {
        return call(context, Operation.SCHEDULES_PAUSE, name, org -> store.pause(ScheduleId.of(org, name)));
    }

    @Override
    public boolean resume(TenantContext context, String name) {
        return call(context, Operation.SCHEDULES_RESUME, name, org -> definitions.resume(ScheduleId.of(org, name)));
    }

    @Override
    public Optional<JobId> trigger(TenantContext context, String name) {
        Optional<JobId> job = call(context, Operation.SCHEDULES_TRIGGER, name, org -> store.trigger(org, name));
        upkeep.askAll();
        return job;
    }

    @Override
    public Optional<ScheduleStatus> find(TenantContext context, String name) {
        return call(context, Operation.SCHEDULES_FIND, name, org -> store.find(ScheduleId.of(org, name)));
    }

    @Override
    public List<ScheduleStatus> list(TenantContext context, Optional<String> after, int limit) {
        Definitions.checkLimit(limit);
        return guard.call(context, Operation.SCHEDULES_LIST, org -> store.list(Optional.of(org.id()), after, limit));
    }

    @Override
    public GlobalSchedules global() {
        return global;
    }

    private <T> T call(TenantContext context, Operation operation, String name, Function<OrgId, T> work) {
        Definitions.checkName(name);
        return guard.call(context, operation, org -> work.apply(org.id()));
    }
}
