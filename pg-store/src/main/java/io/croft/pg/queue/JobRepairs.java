package io.croft.pg.queue;

import io.croft.OrgId;
import io.croft.job.CancelReceipt;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.QueueLimits;
import io.croft.job.RateLimit;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.AuditSql;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.spi.Acting;
import io.croft.spi.AuditNote;
import io.croft.spi.BoundedText;
import io.croft.spi.JobAdministration;
import io.croft.spi.JobNotes;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Pausable;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;

/**
 * Repairs, limits and pauses. Done for somebody, each is written down in its own transaction; what the library does by
 * itself is not. Thread-safe.
 */
final class JobRepairs implements JobAdministration {

    private static final int CANCEL_ROUNDS = 8;
    /** The first one; each that follows is twice as long, so all of them are .635 s. */
    private static final Duration CANCEL_PAUSE = Duration.ofMillis(5);

    private final Transactions transactions;
    private final Optional<Acting> who;

    JobRepairs(Transactions transactions, Optional<Acting> who) {
        this.transactions = transactions;
        this.who = who;
    }

    /** A statement that does something, and what is written down of it: a transaction. */
    private <T> T change(Access access, String sql, Binder binder, Rows<T> rows,
            BiFunction<Acting, T, Optional<AuditNote>> note) {
        if (who.isEmpty()) {
            return transactions.query(access, sql, binder, rows);
        }
        return transactions.run(access, tx -> {
            T done = tx.query(sql, binder, rows);
            Optional<AuditNote> noted = note.apply(who.get(), done);
            if (noted.isPresent()) {
                tx.updateAndCommit(AuditSql.add(noted.get()));
            }
            return done;
        });
    }

    @Override
    public List<JobId> redrive(OrgId org, List<JobId> ids, Duration first, Duration step) {
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            delays.add(first.plus(step.multipliedBy(i)).toMillis());
        }
        return change(Access.tenant(org), JobSql.REDRIVE,
                p -> p.org(org).array("int8", ids, JobId::value).array("int8", delays, delay -> delay),
                Rows.list(row -> new JobId(row.getLong(1))), (by, done) -> JobNotes.redriven(by, org, done));
    }

    @Override
    public List<JobId> discard(OrgId org, List<JobId> ids, String reason) {
        return discard(JobSql.DISCARD, org, ids, reason);
    }

    @Override
    public List<JobId> discardDead(OrgId org, List<JobId> ids, String reason) {
        return discard(JobSql.DISCARD_DEAD, org, ids, reason);
    }

    private List<JobId> discard(String sql, OrgId org, List<JobId> ids, String reason) {
        return change(Access.tenant(org), sql,
                p -> p.org(org).array("int8", ids, JobId::value).text(BoundedText.chars(reason, Job.MAX_NOTE_CHARS)),
                Rows.list(row -> new JobId(row.getLong(1))), (by, done) -> JobNotes.discarded(by, org, done));
    }

    /** What could be neither ended nor marked is tried again: most often somebody is just at it. */
    @Override
    public CancelReceipt cancel(OrgId org, List<JobId> ids, String reason) {
        String storable = BoundedText.chars(reason, Job.MAX_NOTE_CHARS);
        List<JobId> cancelled = new ArrayList<>();
        List<JobId> told = new ArrayList<>();
        List<JobId> left = ids;
        for (int i = 0; i < CANCEL_ROUNDS && !left.isEmpty(); i++) {
            if (i > 0) {
                LockSupport.parkNanos(CANCEL_PAUSE.toNanos() << (i - 1));
            }
            List<JobId> asked = left;
            CancelReceipt round = change(Access.tenant(org), JobSql.CANCEL,
                    p -> p.org(org).array("int8", asked, JobId::value).text(storable), JobRepairs::readCancelled,
                    (by, done) -> JobNotes.cancelled(by, org, done));
            cancelled.addAll(round.cancelled());
            told.addAll(round.told());
            left = round.held();
        }
        return new CancelReceipt(cancelled, told, left);
    }

    private static CancelReceipt readCancelled(ResultSet rows) throws SQLException {
        List<JobId> cancelled = new ArrayList<>();
        List<JobId> told = new ArrayList<>();
        List<JobId> slipped = new ArrayList<>();
        while (rows.next()) {
            JobId id = new JobId(rows.getLong("id"));
            switch (rows.getInt("outcome")) {
                case 1 -> cancelled.add(id);
                case 2 -> told.add(id);
                default -> slipped.add(id);
            }
        }
        return new CancelReceipt(cancelled, told, slipped);
    }

    @Override
    public void setLimits(OrgId org, String queue, LaneLimits limits) {
        OptionalDouble rate = limits.rate().stream().mapToDouble(RateLimit::perSecond).findFirst();
        OptionalInt burst = limits.rate().stream().mapToInt(RateLimit::burst).findFirst();
        Tx.Step set = new Tx.Step(JobSql.SET_LANE, p -> p.org(org).text(queue).int4(limits.maxRunning())
                .float4((float) limits.weight()).float8(rate).int4(burst));
        transactions.run(Access.tenant(org), tx -> {
            if (who.isEmpty()) {
                return tx.queryAndCommit(set.sql(), set.binder(), Rows.any());
            }
            LaneStatus before = tx.query(JobSql.LANES, p -> p.org(org), JobLanes.BY_QUEUE).get(queue);
            AuditNote note = JobNotes.limits(who.get(), org, queue,
                    before == null ? LaneLimits.DEFAULT : before.limits(), limits);
            return tx.updateAndCommit(AuditSql.add(note), set) == 1;
        });
    }

    @Override
    public void setLimits(String queue, QueueLimits limits) {
        Tx.Step set = new Tx.Step(JobSql.SET_QUEUE,
                p -> p.text(queue).int4(limits.maxRunning()).int4(JobLanes.number(limits.fairness())));
        transactions.run(Access.admin(), tx -> {
            if (who.isEmpty()) {
                return tx.queryAndCommit(set.sql(), set.binder(), Rows.any());
            }
            Optional<QueueLimits> before =
                    tx.query(JobSql.QUEUE_LIMITS, p -> p.text(queue), Rows.first(JobLanes::readLimits));
            AuditNote note = JobNotes.limits(who.get(), queue, before.orElse(QueueLimits.DEFAULT), limits);
            return tx.updateAndCommit(AuditSql.add(note), set) == 1;
        });
    }

    @Override
    public void pause(Pausable what) {
        pause(what, true);
    }

    @Override
    public void resume(Pausable what) {
        pause(what, false);
    }

    private void pause(Pausable what, boolean paused) {
        switch (what) {
            case Lane(OrgId org, String queue) -> pause(what, paused, Access.tenant(org),
                    new Tx.Step(JobSql.PAUSE_LANE, p -> p.org(org).text(queue).bool(paused)));
            case Pausable.Org(OrgId org) -> pause(what, paused, Access.tenant(org),
                    new Tx.Step(JobSql.PAUSE_ORG, p -> p.org(org).bool(paused)));
            case Pausable.Queue(String queue) -> pause(what, paused, Access.admin(),
                    new Tx.Step(JobSql.PAUSE_QUEUE, p -> p.text(queue).bool(paused)));
        }
    }

    /**
     * In one message, what is written down first: pausing takes gates that claims of all organisations pass, and they
     * are not to wait for an answer to come here and a commit to go back.
     */
    private void pause(Pausable what, boolean paused, Access access, Tx.Step pause) {
        transactions.run(access, tx -> {
            if (who.isEmpty()) {
                return tx.queryAndCommit(pause.sql(), pause.binder(), Rows.any());
            }
            AuditNote note = paused ? JobNotes.paused(who.get(), what) : JobNotes.resumed(who.get(), what);
            return tx.updateAndCommit(AuditSql.add(note), pause) == 1;
        });
    }
}
