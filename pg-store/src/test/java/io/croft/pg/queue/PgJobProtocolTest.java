package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.job.JobId;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.contract.JobProtocol;
import io.croft.spi.contract.Seed;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The protocol of jobs on the real functions, in some interleavings of what the store in memory runs ten thousand of.
 * Time goes by in that all that the queue waits for moves nearer. {@code -Dcroft.seeds=N} runs more.
 */
final class PgJobProtocolTest {

    private static final int SEEDS = 60;

    private static QueueDatabase database;

    @BeforeAll
    static void create() {
        database = QueueDatabase.create();
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void protocol_keepsItsPromisesInManyInterleavings() throws SQLException {
        Long one = Long.getLong("croft.seed");
        long first = one == null ? Seed.random("PgJobProtocolTest").nextInt(1_000_000_000) : one;
        int count = one == null ? Integer.getInteger("croft.seeds", SEEDS) : 1;
        for (int i = 0; i < count; i++) {
            try (Connection connection = database.superuser()) {
                JobProtocol.run(new PgGround(connection, "protocol-" + i), first + i);
            }
        }
    }

    /**
     * A transaction that completes a job.
     *
     * @param connection its connection
     * @param over       told when it has ended
     */
    private record OpenTransaction(Connection connection, Runnable over) implements JobProtocol.Completing {

        @Override
        public boolean commit() {
            try (connection) {
                connection.commit();
                over.run();
                return true;
            } catch (SQLException e) {
                throw new AssertionError("a transaction could not be committed", e);
            }
        }

        @Override
        public void rollBack() {
            try (connection) {
                connection.rollback();
                over.run();
            } catch (SQLException e) {
                throw new AssertionError("a transaction could not be rolled back", e);
            }
        }
    }

    /** A queue of its own in the one database; orgs are new in each run. */
    private static final class PgGround implements JobProtocol.Ground {

        private static final String QUEUE_ID = "(SELECT q.queue_id FROM croft.queue q WHERE q.name = ?)";
        private static final List<String> NEARER = List.of(
                "UPDATE croft.run SET lease_until = lease_until - ? * interval '1 ms' WHERE queue_id = " + QUEUE_ID,
                "UPDATE croft.scheduled SET run_at = run_at - ? * interval '1 ms' WHERE queue_id = " + QUEUE_ID,
                "UPDATE croft.job SET run_at = run_at - ? * interval '1 ms' WHERE state = 0 AND queue_id = "
                        + QUEUE_ID);
        /** Jobs that are not in exactly one of the places where a job can be; counters that are not what they count. */
        private static final String WRONG = """
                SELECT (SELECT count(*) FROM (
                    SELECT j.id, (j.state = 4)::int + (SELECT count(*) FROM croft.ready r WHERE r.id = j.id)
                      + (SELECT count(*) FROM croft.scheduled s WHERE s.id = j.id AND s.run_at = j.run_at)
                      + (SELECT count(*) FROM croft.run r WHERE r.id = j.id)
                      + (SELECT count(*) FROM croft.job_history h WHERE h.id = j.id) AS places
                    FROM croft.job j) p WHERE p.places <> 1)
                  + (SELECT count(*) FROM (SELECT h.id FROM croft.job_history h GROUP BY 1 HAVING count(*) > 1) d)
                  + (SELECT count(*) FROM (
                      SELECT id FROM croft.ready UNION ALL SELECT id FROM croft.scheduled UNION ALL SELECT id FROM croft.run) p
                    WHERE NOT EXISTS (SELECT FROM croft.job j WHERE j.id = p.id AND j.state = 0))
                  + (SELECT count(*) FROM croft.lane l
                    WHERE l.running <> (SELECT count(*) FROM croft.run r
                          WHERE r.queue_id = l.queue_id AND r.org_id = l.org_id)
                        + (SELECT coalesce(sum(w.freed), 0) FROM croft.wake w
                          WHERE w.queue_id = l.queue_id AND w.org_id = l.org_id))""";

        /** The same for one job. */
        private static final List<String> NEARER_ALONE = List.of(
                "UPDATE croft.run SET lease_until = lease_until - ? * interval '1 ms' WHERE id = ?",
                "UPDATE croft.job SET run_at = run_at - ? * interval '1 ms' WHERE state = 0 AND id = ?");

        private final Connection connection;
        private final String queue;
        /** What has gone by for jobs whose rows are held by transactions that are open, and not yet for those rows. */
        private final Map<JobId, Duration> owed = new HashMap<>();

        PgGround(Connection connection, String queue) {
            this.connection = connection;
            this.queue = queue;
            jobs().registerQueue(queue);
        }

        @Override
        public JobStore jobs() {
            return database.jobs();
        }

        @Override
        public String queue() {
            return queue;
        }

        @Override
        public OrgId newOrg(int number) {
            return database.newOrg();
        }

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void advance(Duration time) {
            Object[] held = owed.keySet().stream().map(JobId::value).toArray();
            for (String update : NEARER) {
                try (PreparedStatement statement = connection.prepareStatement(update + " AND id <> ALL (?)")) {
                    statement.setLong(1, time.toMillis());
                    statement.setString(2, queue);
                    statement.setArray(3, connection.createArrayOf("int8", held));
                    statement.executeUpdate();
                } catch (SQLException e) {
                    throw new AssertionError("time could not go by", e);
                }
            }
            owed.replaceAll((id, before) -> before.plus(time));
        }

        /** Its transaction has ended: if its row is still there, so much goes by for it now. */
        private void catchUp(JobId id) {
            Duration time = Objects.requireNonNull(owed.remove(id));
            for (String update : NEARER_ALONE) {
                try (PreparedStatement statement = connection.prepareStatement(update)) {
                    statement.setLong(1, time.toMillis());
                    statement.setLong(2, id.value());
                    statement.executeUpdate();
                } catch (SQLException e) {
                    throw new AssertionError("time could not go by", e);
                }
            }
        }

        @Override
        public Optional<JobProtocol.Completing> complete(JobLease lease) {
            try {
                Connection transaction = database.connection(DbRole.APP);
                try (PreparedStatement org =
                        transaction.prepareStatement("SELECT set_config('croft.org_id', ?, true)")) {
                    org.setString(1, lease.org().toString());
                    org.execute();
                }
                try {
                    jobs().completeIn(transaction, lease, Optional.empty());
                } catch (StaleLeaseException lost) {
                    transaction.close();
                    return Optional.empty();
                }
                owed.put(lease.id(), Duration.ZERO);
                return Optional.of(new OpenTransaction(transaction, () -> catchUp(lease.id())));
            } catch (SQLException e) {
                throw new AssertionError("a transaction could not be begun", e);
            }
        }

        @Override
        public void audit() {
            try (Statement statement = connection.createStatement(); var row = statement.executeQuery(WRONG)) {
                row.next();
                assertThat(row.getLong(1)).as("jobs in no place or in two, and wrong counters").isZero();
            } catch (SQLException e) {
                throw new AssertionError("the queue could not be looked into", e);
            }
        }
    }
}
