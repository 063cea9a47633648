package io.croft.pg.queue;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.ScheduleStatus;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.ForeignKeyException;
import io.croft.pg.tx.Parameters;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.BoundedText;
import io.croft.spi.ScheduleStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Schedules: an organisation's own as its role, those of all organisations as administration. Thread-safe. */
final class PgScheduleStore implements ScheduleStore {

    private static final int MAX_TRIES = 100;
    private static final int MAX_PROBLEM_CHARS = 1024;

    private final Transactions transactions;

    PgScheduleStore(Transactions transactions) {
        this.transactions = transactions;
    }

    private static Access access(ScheduleId key) {
        return key.org().map(Access::tenant).orElse(Access.admin());
    }

    /** The organisation may be none. */
    private static Parameters bind(Parameters parameters, ScheduleId key) throws SQLException {
        return parameters.text(key.org().map(OrgId::toString).orElse(null)).text(key.name());
    }

    @Override
    public void put(ScheduleId key, JobSchedule schedule, JobRequest job, Planner planner) {
        JobJson.checkPayload(job.kind().name(), job.payload());
        try {
            transactions.run(access(key), tx -> {
                Instant now = tx.query(ScheduleSql.NOW, Binder.NONE, Rows.one(PgScheduleStore::now));
                Times first = planner.first(schedule, now);
                return tx.queryAndCommit(ScheduleSql.PUT,
                        p -> bind(p, key, schedule, job, first), Rows.any());
            });
        } catch (ForeignKeyException e) {
            throw erased(key, e);
        }
    }

    private static UnknownOrgException erased(ScheduleId key, ForeignKeyException e) {
        return new UnknownOrgException("organisation " + key.org().map(OrgId::toString).orElse("") + " was erased at "
                + "this moment: create it again first", e);
    }

    private static Instant now(ResultSet row) throws SQLException {
        return JobRows.time(row, "now").orElseThrow();
    }

    private static void bind(Parameters parameters, ScheduleId key, JobSchedule schedule, JobRequest job, Times first)
            throws SQLException {
        JobSchedule.Timing timing = schedule.timing();
        bind(parameters, key).text(job.kind().queue()).text(job.kind().name()).text(job.payload())
                .int4(job.priority().level()).int4(job.maxAttempts())
                .text(job.tags().isEmpty() ? null : String.join("\n", job.tags()))
                .text(schedule.timeField().orElse(null)).text(ScheduleRows.cron(timing))
                .text(ScheduleRows.zone(timing)).int8(ScheduleRows.everyMillis(timing))
                .int8(schedule.jitter().toMillis()).int4(ScheduleRows.number(schedule.missed()))
                .bool(schedule.missed() instanceof JobSchedule.Missed.Each)
                .int4(ScheduleRows.number(schedule.overlap())).time(JobRows.storable(first.planned()))
                .time(JobRows.storable(first.fireAt()));
    }

    @Override
    public boolean remove(ScheduleId key) {
        return transactions.query(access(key), ScheduleSql.REMOVE,
                p -> bind(p, key), Rows.one(row -> row.getBoolean(1)));
    }

    @Override
    public boolean pause(ScheduleId key) {
        return transactions.query(access(key), ScheduleSql.PAUSE,
                p -> bind(p, key), Rows.one(row -> row.getBoolean(1)));
    }

    @Override
    public boolean resume(ScheduleId key, Planner planner) {
        for (int i = 0; i < MAX_TRIES; i++) {
            Optional<Known> known = find(key, row -> new Known(ScheduleRows.status(key.org(), row),
                    row.getLong("revision"), now(row)));
            if (known.isEmpty() || !known.get().status().paused()) {
                return known.isPresent();
            }
            ScheduleStatus status = known.get().status();
            Times first = planner.first(status.schedule().orElseThrow(() -> new InvalidInputException("schedule \""
                    + key.name() + "\" cannot be resumed: " + status.problem().orElse("") + ". Put it again")),
                    known.get().now());
            long revision = known.get().revision();
            if (transactions.query(access(key), ScheduleSql.RESUME,
                    p -> bind(p, key).int8(revision).time(JobRows.storable(first.planned()))
                            .time(JobRows.storable(first.fireAt())),
                    Rows.one(row -> row.getBoolean(1)))) {
                return true;
            }
        }
        throw new CroftException("schedule \"" + key.name() + "\" was changed by others " + MAX_TRIES
                + " times while it was to be resumed: resume it again");
    }

    /**
     * A schedule as it was read.
     *
     * @param status   how it was
     * @param revision its revision
     * @param now      when
     */
    private record Known(ScheduleStatus status, long revision, Instant now) {
    }

    @Override
    public Optional<JobId> trigger(OrgId org, String name) {
        ScheduleId key = ScheduleId.of(org, name);
        try {
            long job = transactions.query(access(key), ScheduleSql.TRIGGER, p -> bind(p, key),
                    Rows.one(row -> row.getLong(1)));
            return job == 0 ? Optional.empty() : Optional.of(new JobId(job));
        } catch (ForeignKeyException e) {
            throw erased(key, e);
        }
    }

    @Override
    public boolean triggerGlobal(String name) {
        ScheduleId key = ScheduleId.global(name);
        return transactions.query(access(key), ScheduleSql.TRIGGER, p -> bind(p, key),
                Rows.one(row -> row.getObject(1) != null));
    }

    @Override
    public Optional<ScheduleStatus> find(ScheduleId key) {
        return find(key, row -> ScheduleRows.status(key.org(), row));
    }

    private <T> Optional<T> find(ScheduleId key, Rows.Row<T> row) {
        return key.org().isPresent()
                ? transactions.query(access(key), ScheduleSql.FIND, p -> bind(p, key), Rows.first(row))
                : transactions.query(access(key), ScheduleSql.FIND_GLOBAL, p -> p.text(key.name()), Rows.first(row));
    }

    @Override
    public List<ScheduleStatus> list(Optional<OrgId> org, Optional<String> after, int limit) {
        ScheduleId from = new ScheduleId(org, after.orElse(""));
        Rows<List<ScheduleStatus>> rows = Rows.list(row -> ScheduleRows.status(org, row));
        return org.isPresent()
                ? transactions.query(access(from), ScheduleSql.LIST, p -> bind(p, from).int4(limit), rows)
                : transactions.query(access(from), ScheduleSql.LIST_GLOBAL, p -> p.text(from.name()).int4(limit),
                        rows);
    }

    @Override
    public Due due(int limit) {
        requireBatch(limit);
        return transactions.query(Access.worker(), ScheduleSql.DUE, p -> p.int4(limit), ScheduleRows::due);
    }

    @Override
    public List<Fired> fire(List<Firing> firings) {
        if (firings.isEmpty()) {
            return List.of();
        }
        requireBatch(firings.size());
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < firings.size(); i++) {
            int of = i + 1;
            firings.get(i).times().forEach(at -> jobs.add(new Job(of, at)));
        }
        try {
            return transactions.query(Access.worker(), ScheduleSql.FIRE,
                    p -> p.array("int8", firings, firing -> firing.due().id())
                            .array("int8", firings, firing -> firing.due().revision())
                            .array("int8", firings, Firing::missed)
                            .array("timestamptz", firings, firing -> JobRows.storable(firing.next().planned()))
                            .array("timestamptz", firings, firing -> JobRows.storable(firing.next().fireAt()))
                            .array("int4", jobs, Job::of)
                            .array("timestamptz", jobs, job -> JobRows.storable(job.at())),
                    Rows.list(row -> fired(row.getInt("fired"))));
        } catch (ForeignKeyException e) {
            throw new UnknownOrgException("an organisation was erased at the moment when its schedule fired", e);
        }
    }

    /**
     * A job to enqueue.
     *
     * @param of the position of its firing, from 1
     * @param at its time
     */
    private record Job(int of, Instant at) {
    }

    /** What this number in the database means. */
    private static Fired fired(int number) {
        return switch (number) {
            case 0 -> Fired.NOT_HERE;
            case 1 -> Fired.DONE;
            case 2 -> Fired.OVERLAPPED;
            default -> throw new IllegalStateException("the database says that a schedule was fired as " + number);
        };
    }

    @Override
    public boolean fail(DueSchedule schedule, String problem) {
        return transactions.query(Access.worker(), ScheduleSql.FAIL,
                p -> p.int8(schedule.id()).int8(schedule.revision())
                        .text(BoundedText.chars(problem, MAX_PROBLEM_CHARS)),
                Rows.one(row -> row.getBoolean(1)));
    }

    @Override
    public Progress advance(int orgs) {
        return transactions.query(Access.worker(), ScheduleSql.ADVANCE, p -> p.int4(orgs), Rows.one(
                row -> new Progress(row.getInt("jobs"), Optional.ofNullable(row.getString("queue")),
                        Optional.ofNullable(row.getString("problem")))));
    }

    private static void requireBatch(int size) {
        if (size < 1 || size > MAX_BATCH) {
            throw new InvalidInputException(size + " schedules in one call: 1 to " + MAX_BATCH + " are accepted");
        }
    }
}
