package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.pg.PgStore;
import io.croft.pg.TestDatabase;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.contract.Await;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The queue inside transactions of the host, which run as a role of its own. */
final class HostTransactionTest {

    private static final String QUEUE = "host";
    private static final String HOST = "some Host";
    private static final JobRequest REQUEST = JobRequest.of(JobKind.of("test.work", QUEUE), "{}");

    private static QueueDatabase database;

    @BeforeAll
    static void create() {
        database = QueueDatabase.create();
        database.jobs().registerQueue(QUEUE);
        database.execute("CREATE ROLE \"" + HOST + "\" NOLOGIN");
        database.execute("GRANT \"" + HOST + "\" TO " + TestDatabase.LOGIN);
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    private static Connection hostTransaction() throws SQLException {
        Connection connection = database.dataSource().getConnection();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL ROLE \"" + HOST + "\"");
        }
        return connection;
    }

    private static List<ClaimedJob> claim(int jobs) {
        database.jobs().maintain(1000);
        List<ClaimedJob> claimed = database.jobs().claim(QUEUE, jobs, "w", Duration.ofMinutes(5));
        assertThat(claimed).hasSize(jobs);
        return claimed;
    }

    @Test
    void hostGrants_letAHostsRoleEnqueueAndCompleteAndNothingElse() throws SQLException {
        OrgId org = database.newOrg();
        try (Connection connection = hostTransaction()) {
            assertThatThrownBy(() -> database.jobs().enqueue(connection, org, List.of(REQUEST)))
                    .isInstanceOf(CroftException.class).hasMessageContaining("permission denied");
        }

        database.execute(PgStore.hostGrantsSql("croft", HOST));

        try (Connection connection = hostTransaction()) {
            database.jobs().enqueue(connection, org, List.of(REQUEST));
            connection.commit();
        }
        ClaimedJob job = claim(1).getFirst();
        try (Connection connection = hostTransaction()) {
            database.jobs().completeIn(connection, job.lease(), Optional.of("7"));
            connection.commit();
        }
        assertThat(database.number("SELECT outcome FROM croft.job_history WHERE org_id = ?", org.value())).isEqualTo(5);
        try (Connection connection = hostTransaction(); Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("SELECT FROM croft.job"))
                    .isInstanceOf(SQLException.class).hasMessageContaining("permission denied");
        }
    }

    @Test
    void hostGrants_refuseNamesThatCouldEndTheirQuotes() {
        assertThatThrownBy(() -> PgStore.hostGrantsSql("croft", "a\"; DROP TABLE b; --"))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("host role");
    }

    private static final JobKey REPLACING = JobKey.of("order-1").replacing();

    private static JobRequest numbered(int number) {
        return JobRequest.of(JobKind.of("test.work", QUEUE), "{\"n\": " + number + "}").withKey(REPLACING);
    }

    /** A transaction of the host's that replaces a job and stays open holds up nobody, and nobody runs the job then. */
    @Test
    void replacing_inAnOpenTransactionKeepsOthersFromTheJobAndFromNothingElse() throws SQLException {
        OrgId org = database.newOrg();
        JobId replaced = database.jobs().enqueue(org, List.of(numbered(1))).getFirst().id();
        database.jobs().maintain(1000);
        try (Connection open = database.connection(DbRole.APP)) {
            setOrg(open, org);
            assertThat(database.jobs().enqueue(open, org, List.of(numbered(2))).getFirst().replaced()).isTrue();
            JobId other = database.jobs().enqueue(org, List.of(REQUEST)).getFirst().id();

            ClaimedJob job = claimOnly(org, other);
            assertThat(database.jobs().finish(List.of(new Completion(job.lease(),
                    new Outcome.Completed(Optional.empty()))))).containsExactly(true);

            assertThat(database.jobs().find(org, replaced).orElseThrow().payload()).isEqualTo("{\"n\": 1}");
            open.commit();
        }
        assertThat(claimOnly(org, replaced).payload()).isEqualTo("{\"n\": 2}");
        assertThat(database.jobs().lanes(org)).hasEntrySatisfying(QUEUE,
                lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(0, 1)));
    }

    @Test
    void replacing_thatIsRolledBackLeavesTheJobAsItWas() throws SQLException {
        OrgId org = database.newOrg();
        JobId id = database.jobs().enqueue(org, List.of(numbered(1))).getFirst().id();
        database.jobs().maintain(1000);
        try (Connection open = database.connection(DbRole.APP)) {
            setOrg(open, org);
            database.jobs().enqueue(open, org, List.of(numbered(2).withPriority(JobPriority.URGENT)));
            database.jobs().maintain(1000);
            assertThat(database.jobs().claim(QUEUE, 10, "w", Duration.ofMinutes(5))).isEmpty();
            open.rollback();
        }

        ClaimedJob job = claimOnly(org, id);

        assertThat(job.payload()).isEqualTo("{\"n\": 1}");
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(database.jobs().lanes(org)).hasEntrySatisfying(QUEUE,
                lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(0, 1)));
    }

    /** What runs is not locked: its end would have to wait for the host's transaction. */
    @Test
    void replacing_aRunningJobDoesNotHoldUpItsEnd() throws SQLException {
        OrgId org = database.newOrg();
        JobId id = database.jobs().enqueue(org, List.of(numbered(1))).getFirst().id();
        ClaimedJob job = claimOnly(org, id);
        try (Connection open = database.connection(DbRole.APP)) {
            setOrg(open, org);
            assertThat(database.jobs().enqueue(open, org, List.of(numbered(2))).getFirst()).isEqualTo(
                    new JobReceipt(id, true, false, JobState.RUNNING, Optional.empty()));

            // Waiting for the open transaction would end in an exception.
            assertThat(database.jobs().finish(List.of(new Completion(job.lease(),
                    new Outcome.Completed(Optional.empty()))))).containsExactly(true);
            open.commit();
        }
    }

    @Test
    void replacing_isRefusedWhereItIsNotSeenWhetherTheJobStillWaits() throws SQLException {
        OrgId org = database.newOrg();
        for (int isolation : List.of(Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE)) {
            try (Connection connection = database.connection(DbRole.APP)) {
                connection.setTransactionIsolation(isolation);
                setOrg(connection, org);

                assertThatThrownBy(() -> database.jobs().enqueue(connection, org, List.of(numbered(1))))
                        .isInstanceOf(InvalidInputException.class).hasMessageContaining("READ COMMITTED");
                connection.rollback();
                setOrg(connection, org);
                assertThat(database.jobs().enqueue(connection, org, List.of(REQUEST.withKey("k"))))
                        .hasSize(1);
                connection.rollback();
            }
        }
    }

    private static void setOrg(Connection connection, OrgId org) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
        }
    }

    /** Claims until this job is among what is claimed; it must be the only one of its organisation. */
    private static ClaimedJob claimOnly(OrgId org, JobId id) {
        List<ClaimedJob> claimed = new ArrayList<>();
        Await.until("job " + id + " is claimed", () -> {
            database.jobs().maintain(1000);
            claimed.addAll(database.jobs().claim(QUEUE, 10, "w", Duration.ofMinutes(5)));
            return claimed.stream().anyMatch(job -> job.lease().id().equals(id));
        }, () -> Await.pass(Duration.ofMillis(5)));
        assertThat(claimed).extracting(job -> job.lease().org()).containsOnly(org);
        assertThat(claimed).extracting(job -> job.lease().id()).containsExactly(id);
        return claimed.getFirst();
    }

    @Test
    void finish_ofAnAttemptThatAnOpenTransactionEndsIsRefusedSoonAndNotTakenForAnOutage() throws SQLException {
        OrgId org = database.newOrg();
        database.jobs().enqueue(org, List.of(REQUEST, REQUEST));
        List<ClaimedJob> jobs = claim(2);
        List<Completion> completions = jobs.stream()
                .map(job -> new Completion(job.lease(), new Outcome.Completed(Optional.empty()))).toList();
        try (Connection open = database.connection(DbRole.APP)) {
            setOrg(open, org);
            database.jobs().completeIn(open, jobs.getFirst().lease(), Optional.empty());

            assertThatThrownBy(() -> database.jobs().finish(completions)).isInstanceOf(CroftException.class)
                    .isNotInstanceOf(StoreUnavailableException.class);

            assertThat(database.jobs().heartbeat(jobs.stream().map(ClaimedJob::lease).toList(), Duration.ofMinutes(5))
                    .leases()).hasSize(2);
            assertThat(database.jobs().finish(completions.subList(1, 2))).containsExactly(true);
            open.commit();
        }
        assertThat(database.jobs().finish(completions)).containsExactly(true, true);
    }

    @Test
    void finish_ofAnAttemptThatWasTakenOverDoesNotWaitForItsSuccessorsTransaction() throws SQLException {
        OrgId org = database.newOrg();
        database.jobs().enqueue(org, List.of(REQUEST));
        ClaimedJob lost = claim(1).getFirst();
        database.jobs().release(List.of(lost.lease()));
        ClaimedJob successor = claim(1).getFirst();
        try (Connection open = database.connection(DbRole.APP)) {
            setOrg(open, org);
            database.jobs().completeIn(open, successor.lease(), Optional.empty());

            // Waiting for the open transaction would end in an exception.
            assertThat(database.jobs().finish(
                    List.of(new Completion(lost.lease(), new Outcome.Completed(Optional.empty())))))
                    .containsExactly(false);
            database.jobs().release(List.of(lost.lease()));
            open.commit();
        }
        assertThat(database.jobs().find(org, successor.lease().id()).orElseThrow().state())
                .isEqualTo(JobState.COMPLETED);
    }
}
