package io.croft.benchmarks.queue;

import io.croft.benchmarks.queue.WorkLog.Attempt;
import io.croft.benchmarks.queue.WorkLog.Lease;
import io.croft.job.JobKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks, when all is over, for jobs that were lost, ended twice, or ended by an attempt that had lost them. */
final class FaultAudit {

    /** Jobs that have not ended, rows that wait or run, and what counters say of it. */
    static final String LEFT_OVER = """
            SELECT (SELECT count(*) FROM croft.job WHERE state <> 4) + (SELECT count(*) FROM croft.ready)
              + (SELECT count(*) FROM croft.scheduled) + (SELECT count(*) FROM croft.run)
              + (SELECT count(*) FROM croft.wake) + (SELECT count(*) FROM croft.move)
              + (SELECT count(*) FROM croft.job_settle)
              + (SELECT coalesce(sum(abs(running) + abs(queued) + abs(scheduled) + abs(waiting)), 0)
                FROM croft.lane)""";

    private final Connection connection;
    private final List<String> faults = new ArrayList<>();

    FaultAudit(Connection connection) {
        this.connection = connection;
    }

    /**
     * Compares what was enqueued, how it ended and what handlers did.
     *
     * @return what is wrong, in words; empty if all is well
     */
    List<String> faults(Map<Long, JobKind> enqueued, Collection<Attempt> attempts) throws SQLException {
        Map<Long, Long> completed =
                AuditSql.pairs(connection, "SELECT id, accepted_fence FROM croft.job_history WHERE outcome = 5");
        Set<Long> dead = AuditSql.pairs(connection, "SELECT id, 0 FROM croft.job WHERE state = 4").keySet();
        expect("jobs that ended more than once",
                AuditSql.number(connection, "SELECT count(*) FROM (SELECT id FROM (SELECT id FROM "
                        + "croft.job_history UNION ALL SELECT id FROM croft.job) t GROUP BY id HAVING count(*) > 1) d"));
        expect("jobs cancelled by nobody",
                AuditSql.number(connection, "SELECT count(*) FROM croft.job_history WHERE outcome <> 5"));
        expect("jobs that no attempt completed",
                AuditSql.number(connection, "SELECT count(*) FROM croft.job_history WHERE accepted_fence IS NULL"));
        expect("results of another attempt than the accepted one",
                AuditSql.number(connection,
                        "SELECT count(*) FROM croft.job_history h WHERE h.kind = '" + FaultWorker.PLAIN.name()
                                + AuditSql.WITHOUT_ITS_RESULT));
        expect("marks of another attempt than the accepted one",
                AuditSql.number(connection,
                        "SELECT count(*) FROM public.mark m LEFT JOIN croft.job_history h ON h.id = m.job "
                                + "AND h.accepted_fence = m.fence WHERE h.id IS NULL"));
        expect("jobs with more marks than one",
                AuditSql.number(connection,
                        "SELECT count(*) FROM (SELECT 1 FROM public.mark GROUP BY job HAVING count(*) > 1) t"));
        expect("completed jobs without the mark that belongs to them",
                AuditSql.number(connection,
                        "SELECT count(*) FROM croft.job_history h WHERE h.kind = '" + FaultWorker.TRANSACTIONAL.name()
                                + "' AND NOT EXISTS (SELECT FROM public.mark m WHERE m.job = h.id)"));
        expect("jobs lost", enqueued.keySet().stream().filter(id -> !completed.containsKey(id) && !dead.contains(id))
                .count());
        expect("jobs that nobody enqueued", completed.keySet().stream().filter(id -> !enqueued.containsKey(id)).count()
                + dead.stream().filter(id -> !enqueued.containsKey(id)).count());
        enqueued.forEach((id, kind) -> {
            if (kind.equals(FaultWorker.DOOMED) != dead.contains(id)) {
                faults.add("job " + id + " of kind " + kind.name() + " should not have ended as it has");
            }
        });
        addExecutionFaults(completed, attempts);
        return faults;
    }

    /** An accepted attempt was executed, and no later one was begun: else a stale completion was accepted. */
    private void addExecutionFaults(Map<Long, Long> completed, Collection<Attempt> attempts) {
        Set<Lease> executed = new HashSet<>();
        Map<Long, Long> newest = new HashMap<>();
        for (Attempt attempt : attempts) {
            if (!executed.add(attempt.lease())) {
                faults.add("one attempt was executed twice: " + attempt.lease());
            }
            newest.merge(attempt.job(), attempt.lease().fence(), Math::max);
        }
        expect("jobs accepted without that attempt having been executed", completed.entrySet().stream()
                .filter(job -> !executed.contains(new Lease(job.getKey(), job.getValue()))).count());
        expect("stale completions accepted", completed.entrySet().stream()
                .filter(job -> newest.getOrDefault(job.getKey(), 0L) > job.getValue()).count());
    }

    private void expect(String what, long count) {
        if (count != 0) {
            faults.add(count + " " + what);
        }
    }
}
