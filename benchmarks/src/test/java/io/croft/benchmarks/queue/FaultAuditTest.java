package io.croft.benchmarks.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.queue.WorkLog.Attempt;
import io.croft.benchmarks.queue.WorkLog.Lease;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.WorkerSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The audit is silent where all is well, and says so where something is made wrong by hand. */
class FaultAuditTest {

    private final Map<Long, JobKind> enqueued = new HashMap<>();
    private final ConcurrentLinkedQueue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private Database database;
    private Connection connection;

    @BeforeEach
    void completeSomeJobs() throws SQLException {
        database = Database.start();
        TenantContext org = TenantContext.of(OrgId.named("audit"), Actor.service("test"));
        try (Croft croft = Croft.builder().store(database.store()).handler(FaultWorker.PLAIN, job -> {
            attempts.add(new Attempt(org.org().value(), new Lease(job.id().value(), job.fence()), 1, 2));
            return JobResult.completed("{\"fence\":" + job.fence() + "}");
        }).workers(WorkerSettings.defaults()).start()) {
            croft.orgs().create(org);
            for (int i = 0; i < 10; i++) {
                enqueued.put(croft.jobs().enqueue(org, JobRequest.of(FaultWorker.PLAIN, "{}")).id().value(),
                        FaultWorker.PLAIN);
            }
            connection = database.connect();
            execute(QueueWorker.CREATE_MARKS);
            Waiting.until("the jobs to end", Duration.ofMinutes(1), () -> {
                try {
                    return new FaultAudit(connection).number(FaultAudit.LEFT_OVER) == 0;
                } catch (SQLException e) {
                    throw new AssertionError("the database could not be asked", e);
                }
            });
        }
    }

    @AfterEach
    void stop() throws SQLException {
        connection.close();
        database.close();
    }

    @Test
    void audit_isSilentWhereAllIsWell() throws SQLException {
        assertThat(faults()).isEmpty();
    }

    @Test
    void audit_findsAJobThatIsLost() throws SQLException {
        execute("DELETE FROM croft.job_history WHERE id = (SELECT min(id) FROM croft.job_history)");

        assertThat(faults()).containsExactly("1 jobs lost");
    }

    @Test
    void audit_findsAJobThatEndedTwice() throws SQLException {
        execute("UPDATE croft.job_history SET id = (SELECT max(id) FROM croft.job_history), "
                + "finished_at = finished_at + interval '1 second' "
                + "WHERE id = (SELECT min(id) FROM croft.job_history)");

        assertThat(faults()).contains("1 jobs that ended more than once", "1 jobs lost");
    }

    @Test
    void audit_findsAStaleCompletion() throws SQLException {
        Attempt some = attempts.iterator().next();
        attempts.add(new Attempt(some.org(), new Lease(some.job(), some.lease().fence() + 1), 3, 4));

        assertThat(faults()).containsExactly("1 stale completions accepted");
    }

    private List<String> faults() throws SQLException {
        return new FaultAudit(connection).faults(enqueued, attempts);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
