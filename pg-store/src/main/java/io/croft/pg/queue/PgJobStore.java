package io.croft.pg.queue;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.CancelReceipt;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobAdmin;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobParent;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobRetention;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.LaneCounts;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.pg.queue.JobIntake.Teller;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.ForeignKeyException;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.spi.Acting;
import io.croft.spi.AttemptBatch;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobAdministration;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.KindCounts;
import io.croft.spi.ScheduleStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Jobs: what an organisation does with its own here, what workers do over all of them in {@link JobWork},
 * repairs, limits and pauses in {@link JobRepairs}, lists and figures in {@link JobLanes} and {@link JobReads}.
 */
public final class PgJobStore implements JobStore {

    /** For how many days counts of an organisation's attempts are kept: a day more than can be asked for. */
    static final int COUNTED_DAYS = JobAdmin.MAX_STATS_DAYS + 1;

    private static final int PURGED_KEYS = 1000;
    private static final int PURGED_COUNTS = 10_000;
    private static final int EXPIRED_DEAD = 1000;
    private static final int MAX_PURGES = 1000;

    private final Transactions transactions;
    private final JobRetention retention;
    private final JobWork work;
    private final JobRepairs repairs;
    private final JobLanes lanes;
    private final JobReads reads;
    private final DeadLetters deadLetters;
    private final JobExport export;
    private final ScheduleStore schedules;
    private final Optional<JobSignals> signals;

    /** Jobs whose processes find them by looking. */
    public PgJobStore(Transactions transactions) {
        this(transactions, Optional.empty(), JobRetention.DEFAULT);
    }

    /** Jobs whose processes tell each other of them. */
    public PgJobStore(Transactions transactions, JobSignals signals, JobRetention retention) {
        this(transactions, Optional.of(signals), retention);
    }

    private PgJobStore(Transactions transactions, Optional<JobSignals> signals, JobRetention retention) {
        this.transactions = transactions;
        this.retention = retention;
        this.work = new JobWork(transactions);
        this.repairs = new JobRepairs(transactions, Optional.empty());
        this.lanes = new JobLanes(transactions);
        this.reads = new JobReads(transactions);
        this.deadLetters = new DeadLetters(transactions);
        this.export = new JobExport(transactions);
        this.schedules = new PgScheduleStore(transactions);
        this.signals = signals;
    }

    @Override
    public void registerQueue(String name) {
        transactions.query(Access.worker(), JobSql.REGISTER_QUEUE, p -> p.text(name), Rows.one(row -> row.getInt(1)));
    }

    @Override
    public List<JobReceipt> enqueue(OrgId org, List<JobRequest> requests) {
        return enqueue(org, List.of(), requests);
    }

    @Override
    public List<JobReceipt> enqueue(OrgId org, JobFlow flow) {
        Map<String, JobRequest> ordered = flow.ordered();
        return enqueue(org, List.copyOf(ordered.keySet()), List.copyOf(ordered.values()));
    }

    private List<JobReceipt> enqueue(OrgId org, List<String> names, List<JobRequest> requests) {
        JobIntake.check(names, requests);
        List<List<JobRequest>> slices = JobIntake.slices(requests);
        if (slices.size() != 1) {
            return unlessErased(org, () -> transactions.run(Access.tenant(org),
                    tx -> JobIntake.enqueue(tx, org, names, slices, Teller.CALLER)));
        }
        JobIntake.Call call =
                JobIntake.call(org, requests, Teller.CALLER, JobWaits.of(names, List.of(), requests));
        return unlessErased(org,
                () -> transactions.query(Access.tenant(org), call.sql(), call.binder(), call.receipts()));
    }

    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, List<JobRequest> requests) {
        return enqueue(transaction, org, List.of(), requests);
    }

    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, JobFlow flow) {
        Map<String, JobRequest> ordered = flow.ordered();
        return enqueue(transaction, org, List.copyOf(ordered.keySet()), List.copyOf(ordered.values()));
    }

    private List<JobReceipt> enqueue(Connection transaction, OrgId org, List<String> names, List<JobRequest> requests) {
        JobIntake.check(names, requests);
        return unlessErased(org, () -> transactions.joined(transaction, tx -> {
            requireTransaction(transaction);
            return JobIntake.enqueue(tx, org, names, JobIntake.slices(requests), Teller.UPKEEP);
        }));
    }

    /** Enqueues in a transaction of the store's own that does more than that. */
    public List<JobReceipt> enqueueIn(Tx tx, OrgId org, List<JobRequest> requests) throws SQLException {
        JobIntake.check(List.of(), requests);
        return JobIntake.enqueue(tx, org, List.of(), JobIntake.slices(requests), Teller.UPKEEP);
    }

    /** The org's row was there when the function looked, and was gone when the job referred to it. */
    private static <T> T unlessErased(OrgId org, Supplier<T> work) {
        try {
            return work.get();
        } catch (ForeignKeyException e) {
            throw new UnknownOrgException("organisation " + org + " was erased at this moment: create it again first",
                    e);
        }
    }

    @Override
    public List<ClaimedJob> claim(String queue, int want, String worker, Duration lease, int together) {
        return work.claim(queue, want, worker, lease, together);
    }

    @Override
    public List<Boolean> finish(List<Completion> completions) {
        return work.finish(completions);
    }

    @Override
    public void completeIn(Connection transaction, JobLease lease, Optional<String> result) {
        result.ifPresent(JobJson::checkResult);
        transactions.joined(transaction, tx -> {
            requireTransaction(transaction);
            return tx.query(JobSql.FINISH_DEFERRED, completion(lease, result.orElse(null)), Rows.any());
        });
    }

    /** Completes a job, without a result, as one of the last steps of a transaction of the store's own. */
    public Tx.Step finish(JobLease lease) {
        return new Tx.Step(JobSql.FINISH_DEFERRED, completion(lease, null));
    }

    private static Binder completion(JobLease lease, @Nullable String result) {
        return p -> p.org(lease.org()).int8(lease.id().value()).int8(lease.fence()).text(result);
    }

    private static void requireTransaction(Connection transaction) throws SQLException {
        if (transaction.getAutoCommit()) {
            throw new InvalidInputException(
                    "the connection is in auto-commit mode and so has no transaction: call setAutoCommit(false) first");
        }
    }

    @Override
    public Held heartbeat(Collection<JobLease> leases, Duration lease) {
        return work.heartbeat(leases, lease);
    }

    @Override
    public List<JobLease> report(List<Report> reports) {
        return work.report(reports);
    }

    @Override
    public void release(Collection<JobLease> leases) {
        work.release(leases);
    }

    @Override
    public Upkept maintain(int limit, Consumer<Lane> died) {
        return work.maintain(limit, died);
    }

    @Override
    public Upkept advance(int limit, Consumer<Lane> died) {
        return work.advance(limit);
    }

    /**
     * Removes keys past their life, counts, dead letters and history past their retention; sees to it that history has
     * room for the days to come.
     */
    public void expire() {
        transactions.query(Access.worker(), JobSql.MARK_JOBS, Binder.NONE, Rows.any());
        batches(JobSql.PURGE_KEYS, p -> p.int4(PURGED_KEYS), PURGED_KEYS);
        batches(JobSql.PURGE_HOURS, p -> p.int4(COUNTED_DAYS).int4(PURGED_COUNTS), PURGED_COUNTS);
        retention.deadLetters().ifPresent(time -> batches(JobSql.EXPIRE_DEAD,
                p -> p.int4(days(time)).int4(EXPIRED_DEAD), EXPIRED_DEAD));
        transactions.query(Access.worker(), JobSql.MAINTAIN_HISTORY, p -> p.int4(days(retention.completed()))
                .int4(days(retention.cancelled())).int4(days(retention.results())), Rows.any());
    }

    private void batches(String sql, Binder binder, int size) {
        int gone = size;
        for (int i = 0; i < MAX_PURGES && gone >= size; i++) {
            gone = transactions.query(Access.worker(), sql, binder, Rows.one(row -> row.getInt(1)));
        }
    }

    /** Whole days that are not less. */
    private static int days(Duration time) {
        return (int) time.plusDays(1).minusNanos(1).toDays();
    }

    @Override
    public void export(Org life, Consumer<Job> each) {
        export.export(life, each);
    }

    @Override
    public Optional<Job> find(OrgId org, JobId id) {
        return transactions.query(Access.tenant(org), JobSql.FIND,
                p -> p.org(org).int8(id.value()).org(org).int8(id.value()).org(org).int8(id.value()),
                Rows.first(row -> JobRows.job(org, row)));
    }

    @Override
    public List<Optional<JobStatus>> statuses(List<Watched> jobs) {
        return work.statuses(jobs);
    }

    @Override
    public List<JobParent> parents(OrgId org, JobId id) {
        return transactions.query(Access.tenant(org), JobSql.PARENTS, p -> p.org(org).int8(id.value()),
                Rows.list(JobWaits::readParent));
    }

    @Override
    public List<Job> deadLetters(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return deadLetters.list(org, filter, after, limit);
    }

    @Override
    public List<JobId> deadLetterIds(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return deadLetters.ids(org, filter, after, limit);
    }

    @Override
    public Listed list(OrgId org, JobFilter filter, Optional<JobId> before, int limit) {
        return reads.list(org, filter, before, limit);
    }

    @Override
    public Map<String, JobCounts> counts(OrgId org) {
        return reads.counts(org);
    }

    @Override
    public JobCounts counts(String queue) {
        return reads.counts(queue);
    }

    @Override
    public List<LaneCounts> lanes(String queue, JobState by, Optional<LanePlace> after, int limit) {
        return reads.lanes(queue, by, after, limit);
    }

    @Override
    public void count(AttemptBatch batch) {
        reads.count(batch);
    }

    @Override
    public List<KindCounts> counted(OrgId org, Instant from, Instant to) {
        return reads.counted(org, from, to);
    }

    @Override
    public List<KindCounts> counted(Instant from, Instant to) {
        return reads.counted(from, to);
    }

    @Override
    public int countDeadLetters(Lane lane, int atMost) {
        return transactions.query(Access.tenant(lane.org()), JobSql.COUNT_DEAD_LETTERS,
                p -> p.org(lane.org()).text(lane.queue()).int4(atMost), Rows.one(row -> row.getInt(1)));
    }

    @Override
    public JobAdministration by(Acting who) {
        return new JobRepairs(transactions, Optional.of(who));
    }

    @Override
    public List<JobId> redrive(OrgId org, List<JobId> ids, Duration first, Duration step) {
        return repairs.redrive(org, ids, first, step);
    }

    @Override
    public List<JobId> discard(OrgId org, List<JobId> ids, String reason) {
        return repairs.discard(org, ids, reason);
    }

    @Override
    public List<JobId> discardDead(OrgId org, List<JobId> ids, String reason) {
        return repairs.discardDead(org, ids, reason);
    }

    @Override
    public CancelReceipt cancel(OrgId org, List<JobId> ids, String reason) {
        return repairs.cancel(org, ids, reason);
    }

    @Override
    public void setLimits(OrgId org, String queue, LaneLimits limits) {
        repairs.setLimits(org, queue, limits);
    }

    @Override
    public void signal(Signal signal) {
        signals.ifPresent(sender -> sender.signal(signal));
    }

    @Override
    public Listening listen(Consumer<Signal> heard) {
        return signals.map(sender -> sender.listen(heard)).orElse(Listening.DEAF);
    }

    @Override
    public Map<String, LaneStatus> lanes(OrgId org) {
        return lanes.lanes(org);
    }

    @Override
    public void pause(Pausable what) {
        repairs.pause(what);
    }

    @Override
    public void resume(Pausable what) {
        repairs.resume(what);
    }

    @Override
    public Map<String, QueueStatus> queues() {
        return lanes.queues();
    }

    @Override
    public QueueLimits limits(String queue) {
        return lanes.limits(queue);
    }

    @Override
    public void setLimits(String queue, QueueLimits limits) {
        repairs.setLimits(queue, limits);
    }

    @Override
    public ScheduleStore schedules() {
        return schedules;
    }
}
