package io.croft.benchmarks.queue;

import io.croft.benchmarks.queue.WorkLog.Attempt;
import io.croft.benchmarks.queue.WorkLog.Lease;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Looks into the queue's tables, as a superuser, for anything that a queue must not do. */
final class QueueAudit {

    private final Connection connection;

    QueueAudit(Connection connection) {
        this.connection = connection;
    }

    /** The jobs that have ended. */
    long finished() throws SQLException {
        return AuditSql.number(connection, "SELECT count(*) FROM croft.job_history");
    }

    /** The attempts that this worker holds. */
    long heldBy(String worker) throws SQLException {
        return AuditSql.number(connection, "SELECT count(*) FROM croft.run WHERE worker = '" + worker + "'");
    }

    /** Rows that wait or run, and what counters say of it: zero when all is done. */
    long leftOver() throws SQLException {
        return AuditSql.number(connection, """
                SELECT (SELECT count(*) FROM croft.job) + (SELECT count(*) FROM croft.ready)
                  + (SELECT count(*) FROM croft.scheduled) + (SELECT count(*) FROM croft.run)
                  + (SELECT count(*) FROM croft.wake)
                  + (SELECT count(*) FROM croft.job_settle)
                  + (SELECT coalesce(sum(abs(running) + abs(queued) + abs(scheduled) + abs(waiting)), 0)
                    FROM croft.lane)""");
    }

    /**
     * Compares what was enqueued, what the queue accepted and what handlers did.
     *
     * @param enqueued      ids of all jobs, by their organisations
     * @param transactional those of them that complete in a transaction of their own
     * @param attempts      what the handlers saw
     * @return what is wrong, in words; empty if all is well
     */
    List<String> faults(Map<Long, UUID> enqueued, Set<Long> transactional, Collection<Attempt> attempts)
            throws SQLException {
        List<String> faults = new ArrayList<>();
        expect(faults, "jobs accepted more than once",
                AuditSql.number(connection,
                        "SELECT count(*) FROM (SELECT 1 FROM croft.job_history GROUP BY id HAVING count(*) > 1) t"));
        expect(faults, "jobs not completed, or completed by nobody",
                AuditSql.number(connection,
                        "SELECT count(*) FROM croft.job_history WHERE outcome <> 5 OR accepted_fence IS NULL"));
        expect(faults, "results of another attempt than the accepted one",
                AuditSql.number(connection,
                        "SELECT count(*) FROM croft.job_history h WHERE h.kind = '" + QueueWorker.PLAIN.name()
                                + AuditSql.WITHOUT_ITS_RESULT));
        expect(faults, "marks of another attempt than the accepted one",
                AuditSql.number(connection,
                        "SELECT count(*) FROM public.mark m LEFT JOIN croft.job_history h ON h.id = m.job "
                                + "AND h.accepted_fence = m.fence WHERE h.id IS NULL"));
        expect(faults, "jobs with more marks than one",
                AuditSql.number(connection,
                        "SELECT count(*) FROM (SELECT 1 FROM public.mark GROUP BY job HAVING count(*) > 1) t"));
        Map<Long, Long> accepted = AuditSql.pairs(connection, "SELECT id, accepted_fence FROM croft.job_history");
        expect(faults, "jobs lost", difference(enqueued.keySet(), accepted.keySet()));
        expect(faults, "jobs that nobody enqueued", difference(accepted.keySet(), enqueued.keySet()));
        Set<Long> marked = AuditSql.pairs(connection, "SELECT job, fence FROM public.mark").keySet();
        expect(faults, "transactional jobs without a mark", difference(transactional, marked));
        expect(faults, "marks of plain jobs", difference(marked, transactional));
        Set<Lease> executed = new HashSet<>();
        for (Attempt attempt : attempts) {
            if (!executed.add(attempt.lease())) {
                faults.add("one attempt was executed twice: " + attempt.lease());
            }
            if (!attempt.org().equals(enqueued.get(attempt.job()))) {
                faults.add("job " + attempt.job() + " was handled for an organisation that it is not of");
            }
        }
        expect(faults, "jobs accepted without that attempt having been executed", accepted.entrySet().stream()
                .filter(job -> !executed.contains(new Lease(job.getKey(), job.getValue()))).count());
        return faults;
    }

    /** The greatest number of handlers that ran at once for each organisation, over all processes. */
    static Map<UUID, Integer> peaks(Collection<Attempt> attempts) {
        record Edge(long micros, int step) {
        }
        Map<UUID, List<Edge>> edges = new HashMap<>();
        for (Attempt attempt : attempts) {
            List<Edge> own = edges.computeIfAbsent(attempt.org(), org -> new ArrayList<>());
            own.add(new Edge(attempt.beganMicros(), 1));
            own.add(new Edge(attempt.endedMicros(), -1));
        }
        Map<UUID, Integer> peaks = new HashMap<>();
        edges.forEach((org, own) -> {
            own.sort(Comparator.comparingLong(Edge::micros).thenComparingInt(Edge::step)); // ends before beginnings
            int now = 0;
            int peak = 0;
            for (Edge edge : own) {
                now += edge.step();
                peak = Math.max(peak, now);
            }
            peaks.put(org, peak);
        });
        return peaks;
    }

    private static void expect(List<String> faults, String what, long count) {
        if (count != 0) {
            faults.add(count + " " + what);
        }
    }

    private static long difference(Set<Long> these, Set<Long> without) {
        Set<Long> rest = new HashSet<>(these);
        rest.removeAll(without);
        return rest.size();
    }
}
