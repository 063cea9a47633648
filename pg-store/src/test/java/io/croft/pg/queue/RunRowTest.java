package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What happens to the row of an attempt while it runs. */
final class RunRowTest {

    private static final String QUEUE = "run-row";

    private static QueueDatabase database;

    @BeforeAll
    static void create() {
        database = QueueDatabase.create();
        database.jobs().registerQueue(QUEUE);
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    private static JobLease claimed(OrgId org) {
        database.jobs().enqueue(org, List.of(JobRequest.of(JobKind.of("test.work", QUEUE), "{}")));
        while (database.jobs().maintain(JobStore.MAX_BATCH).more()) {
            // until the job can be claimed
        }
        return database.jobs().claim(QUEUE, 1, "test", Duration.ofMinutes(5)).getFirst().lease();
    }

    private static String lease(JobLease lease) {
        return "ARRAY['" + lease.org() + "'::uuid], ARRAY[" + lease.id() + "::bigint], ARRAY[" + lease.fence()
                + "::bigint]";
    }

    /** The row is found by its id alone, so nothing that changes while it runs may cost an index entry. */
    @Test
    void heartbeatsProgressAndCancelling_touchNoIndex() throws SQLException {
        OrgId org = database.newOrg();
        JobLease lease = claimed(org);

        try (Connection connection = database.connection(DbRole.WORKER);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT croft.heartbeat_v1(" + lease(lease) + ", 60000)");
            statement.execute("SELECT croft.progress_v1(" + lease(lease) + ", ARRAY[0.5], ARRAY['halfway'])");
            assertUpdated(statement, 2);
            connection.commit();
        }
        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            statement.execute("SELECT croft.cancel_v1('" + org + "', ARRAY[" + lease.id() + "::bigint], 'sold')");
            assertUpdated(statement, 1);
            connection.commit();
        }

        assertThat(database.jobs().heartbeat(List.of(lease), Duration.ofMinutes(5)).cancelled()).containsExactly(lease);
    }

    private static void assertUpdated(Statement statement, long times) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT pg_stat_get_xact_tuples_updated(oid), "
                + "pg_stat_get_xact_tuples_hot_updated(oid) FROM pg_class WHERE oid = 'croft.run'::regclass")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong(1)).isEqualTo(times);
            assertThat(row.getLong(2)).as("without a new index entry").isEqualTo(times);
        }
    }

    @Test
    void cancel_isForTheTransactionsOwnOrg() throws SQLException {
        OrgId org = database.newOrg();
        OrgId other = database.newOrg();
        JobLease lease = claimed(org);

        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + other + "', true)");

            assertThatThrownBy(() -> statement.execute(
                    "SELECT croft.cancel_v1('" + org + "', ARRAY[" + lease.id() + "::bigint], 'sold')"))
                    .isInstanceOf(SQLException.class).hasMessageContaining("is not the org of this transaction");
        }

        assertThat(database.jobs().heartbeat(List.of(lease), Duration.ofMinutes(5)).cancelled()).isEmpty();
    }

    @Test
    void progress_refusesWhatIsNone() throws SQLException {
        JobLease lease = claimed(database.newOrg());
        for (String said : List.of("ARRAY['NaN'::float8], ARRAY['']", "ARRAY[1.1], ARRAY['']", "ARRAY[-0.1], ARRAY['']",
                "ARRAY[NULL::float8], ARRAY['']", "ARRAY[0.5], ARRAY[NULL::text]", "ARRAY[0.5, 0.6], ARRAY['']",
                "ARRAY[0.5], ARRAY[repeat('x', 257)]")) {
            try (Connection connection = database.connection(DbRole.WORKER);
                    Statement statement = connection.createStatement()) {
                assertThatThrownBy(
                        () -> statement.execute("SELECT croft.progress_v1(" + lease(lease) + ", " + said + ")"))
                        .as(said).isInstanceOf(SQLException.class)
                        .hasMessageContaining("progress of 1 attempts is not valid");
            }
        }
    }

    /** An attempt whose row somebody holds is passed over, and not waited for. */
    @Test
    void progress_doesNotWaitForARowInUse() throws SQLException {
        OrgId org = database.newOrg();
        JobLease lease = claimed(org);
        try (Connection connection = database.transaction(org);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT croft.finish_deferred_v1('" + org + "', " + lease.id() + ", " + lease.fence()
                    + ", 1::smallint, NULL)");

            assertThat(database.jobs().report(List.of(new JobStore.Report(lease, 0.5, "halfway")))).isEmpty();

            connection.rollback();
        }

        assertThat(database.jobs().report(List.of(new JobStore.Report(lease, 0.5, "halfway")))).containsExactly(lease);
        assertThat(database.jobs().find(org, lease.id()).orElseThrow().progress()).isPresent();
    }
}
