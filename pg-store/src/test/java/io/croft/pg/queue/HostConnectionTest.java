package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.Actor;
import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.job.JobEnqueuer;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.pg.PgStore;
import io.croft.pg.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code JobQueue.in(connection)} on connections as hosts have them: from a pool, and behind a framework's proxies. */
final class HostConnectionTest {

    private static final String HOST = "pooled_host";
    private static final JobKind KIND = JobKind.of("test.work", "host-connection");
    private static final JobRequest REQUEST = JobRequest.of(KIND, "{}");
    /** What only the host may do with its connection. */
    private static final Set<String> HOSTS_OWN = Set.of("commit", "rollback", "close", "abort", "setAutoCommit",
            "setTransactionIsolation", "setReadOnly", "setSchema", "setCatalog", "setHoldability", "setClientInfo",
            "setNetworkTimeout", "setTypeMap", "setSavepoint", "releaseSavepoint", "beginRequest", "endRequest");

    private static TestDatabase database;
    private static HikariDataSource pool;
    private static Croft croft;

    private final TenantContext context =
            TenantContext.of(OrgId.of(UUID.randomUUID()), Actor.service("host"));

    @BeforeAll
    static void open() {
        database = TestDatabase.prepared();
        croft = Croft.builder().store(database.open()).withoutAnalytics().start();
        database.execute(
                "DO $$ BEGIN CREATE ROLE " + HOST + " NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        database.execute("GRANT " + HOST + " TO " + TestDatabase.LOGIN);
        database.execute(PgStore.hostGrantsSql("croft", HOST));
        database.execute("CREATE TABLE IF NOT EXISTS public.host_order (id int)");
        database.execute("GRANT ALL ON public.host_order TO " + HOST);
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.loginSource());
        config.setAutoCommit(false);
        config.setMaximumPoolSize(4);
        pool = new HikariDataSource(config);
    }

    @AfterAll
    static void close() {
        pool.close();
        croft.close();
    }

    /** Seen through this, the connection refuses all that is the host's own. */
    private static Connection guarded(Connection connection) {
        return (Connection) Proxy.newProxyInstance(HostConnectionTest.class.getClassLoader(),
                new Class<?>[]{Connection.class}, (proxy, method, arguments) -> {
                    if (HOSTS_OWN.contains(method.getName())) {
                        throw new AssertionError("the library called " + method.getName());
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private JobEnqueuer in(Connection connection) {
        return croft.jobs().in(guarded(connection));
    }

    private Connection transaction() throws SQLException {
        croft.orgs().create(context);
        Connection connection = pool.getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + HOST);
        }
        connection.commit();
        return connection;
    }

    private boolean exists(JobReceipt receipt) {
        return croft.jobs().find(context, receipt.id()).isPresent();
    }

    /** Everything of the session that somebody could have changed. */
    private static Map<String, String> settings(Connection connection) throws SQLException {
        Map<String, String> all = new TreeMap<>();
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("""
                SELECT name, setting FROM pg_settings
                UNION ALL VALUES ('current_user', current_user::text), ('session_user', session_user::text),
                  ('croft.org_id', coalesce(current_setting('croft.org_id', true), 'none')),
                  ('transaction', pg_current_xact_id()::text), ('schemas', current_schemas(true)::text)
                """)) {
            while (rows.next()) {
                all.put(rows.getString(1), String.valueOf(rows.getString(2)));
            }
        }
        all.put("JDBC", connection.getAutoCommit() + " " + connection.getTransactionIsolation() + " "
                + connection.isReadOnly() + " " + connection.getHoldability() + " " + connection.getNetworkTimeout()
                + " " + connection.getSchema() + " " + connection.getCatalog());
        return all;
    }

    @Test
    void in_leavesTheConnectionAsItWas() throws SQLException {
        for (int isolation : List.of(Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ,
                Connection.TRANSACTION_SERIALIZABLE)) {
            try (Connection connection = transaction(); Statement statement = connection.createStatement()) {
                connection.setTransactionIsolation(isolation);
                statement.execute("DO $$ BEGIN END $$"); // the language brings settings of its own
                statement.execute("SET LOCAL search_path = public, pg_catalog");
                statement.execute("SET LOCAL statement_timeout = '12345ms'");
                statement.execute("SELECT set_config('croft.org_id', '" + context.org() + "', true)");
                Map<String, String> before = settings(connection);

                List<JobReceipt> receipts = in(connection).enqueueAll(context,
                        List.of(REQUEST, REQUEST.withDelay(Duration.ofHours(1)), REQUEST.withKey("k-" + isolation)));

                Map<String, String> after = settings(connection);
                assertThat(after.keySet()).isEqualTo(before.keySet());
                after.entrySet().removeAll(before.entrySet());
                assertThat(after).as("what is different").isEmpty();
                assertThat(connection.isClosed()).isFalse();
                assertThat(receipts).noneMatch(this::exists);
                connection.commit();
                assertThat(receipts).allMatch(this::exists);
            }
        }
    }

    /** What such a transaction sees of the key is from before its job ended: neither it nor the job may be lost. */
    @ParameterizedTest
    @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
    void in_refusesAKeyThatHasEndedSinceTheTransactionBegan(int isolation) throws SQLException {
        JobRequest keyed = REQUEST.withKey(JobKey.of("k-" + isolation).whileLive());
        try (Connection connection = transaction(); Statement statement = connection.createStatement()) {
            JobId first = croft.jobs().enqueue(context, keyed).id();
            connection.setTransactionIsolation(isolation);
            statement.execute("SELECT 1");
            assertThat(croft.jobs().admin().discard(context, List.of(first), "sold")).containsExactly(first);

            assertThatThrownBy(() -> in(connection).enqueueAll(context, List.of(REQUEST, keyed, REQUEST)))
                    .isInstanceOf(StoreUnavailableException.class).hasMessageContaining("do all of it again");
            connection.rollback();
        }
        JobReceipt again = croft.jobs().enqueue(context, keyed);
        assertThat(again.duplicate()).isFalse();
        assertThat(exists(again)).isTrue();
    }

    @Test
    void in_saysThatTheTransactionIsReadOnly() throws SQLException {
        try (Connection connection = transaction()) {
            connection.setReadOnly(true);

            assertThatThrownBy(() -> in(connection).enqueue(context, REQUEST))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("begin one that may write");
            connection.rollback();
        }
    }

    @Test
    void in_livesAndDiesWithTheHostsOwnRows() throws SQLException {
        try (Connection connection = transaction(); Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO public.host_order VALUES (1)");
            JobReceipt receipt = in(connection).enqueue(context, REQUEST.withKey("order-1"));
            connection.rollback();
            assertThat(exists(receipt)).isFalse();

            statement.execute("INSERT INTO public.host_order VALUES (2)");
            JobReceipt second = in(connection).enqueue(context, REQUEST.withKey("order-1"));
            assertThat(second.duplicate()).isFalse();
            connection.commit();
            assertThat(croft.jobs().find(context, second.id()).orElseThrow().state()).isEqualTo(JobState.READY);
        }
    }

    @Test
    void in_obeysSavepoints() throws SQLException {
        try (Connection connection = transaction()) {
            JobReceipt kept = in(connection).enqueue(context, REQUEST.withKey(JobKey.of("kept").replacing()));
            Savepoint savepoint = connection.setSavepoint();
            JobReceipt dropped = in(connection).enqueue(context, REQUEST.withKey("dropped"));
            JobReceipt replaced = in(connection).enqueue(context,
                    JobRequest.of(KIND, "{\"n\": 2}").withKey(JobKey.of("kept").replacing()));
            assertThat(replaced.replaced()).isTrue();
            connection.rollback(savepoint);
            JobReceipt again = in(connection).enqueue(context, REQUEST.withKey("dropped"));
            connection.commit();

            assertThat(croft.jobs().find(context, kept.id()).orElseThrow().payload()).isEqualTo("{}");
            assertThat(exists(dropped)).isFalse();
            assertThat(again.duplicate()).isFalse();
            assertThat(exists(again)).isTrue();
        }
    }

    /** What Java can check is refused before the database is asked. */
    @Test
    void in_refusesBadInputWithoutHarmToTheTransaction() throws SQLException {
        try (Connection connection = transaction()) {
            assertThatThrownBy(() -> in(connection).enqueue(context, JobRequest.of(KIND, "[]")))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("JSON object");
            assertThatThrownBy(() -> in(connection).enqueueAll(context, List.of()))
                    .isInstanceOf(InvalidInputException.class);

            JobReceipt receipt = in(connection).enqueue(context, REQUEST);
            connection.commit();
            assertThat(exists(receipt)).isTrue();
        }
    }

    @Test
    void in_leavesATransactionThatTheDatabaseRefusedAsJdbcDoes() throws SQLException {
        JobRequest refused = REQUEST.withDelay(Duration.ofHours(1)).withDeadline(Instant.now().plusSeconds(60));
        try (Connection connection = transaction(); Statement statement = connection.createStatement()) {
            Savepoint savepoint = connection.setSavepoint();
            assertThatThrownBy(() -> in(connection).enqueue(context, refused))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("deadline");

            assertThatThrownBy(() -> statement.execute("SELECT 1")).isInstanceOf(SQLException.class)
                    .hasMessageContaining("aborted");
            connection.rollback(savepoint);
            JobReceipt receipt = in(connection).enqueue(context, REQUEST);
            connection.commit();
            assertThat(exists(receipt)).isTrue();
        }
    }

    @Test
    void in_refusesAConnectionWithoutATransaction() throws SQLException {
        try (Connection connection = transaction()) {
            connection.setAutoCommit(true);

            assertThatThrownBy(() -> in(connection).enqueue(context, REQUEST))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("setAutoCommit(false)");
        }
    }

    /** A connection is used for nothing of the queue's own: its queues are made known on another one. */
    @Test
    void in_makesAQueueKnownEvenIfTheTransactionIsRolledBack() throws SQLException {
        JobKind fresh = JobKind.of("test.work", "host-" + UUID.randomUUID());
        try (Connection connection = transaction()) {
            in(connection).enqueue(context, JobRequest.of(fresh, "{}"));
            connection.rollback();

            JobId id = in(connection).enqueue(context, JobRequest.of(fresh, "{}")).id();
            connection.commit();
            assertThat(croft.jobs().find(context, id)).isPresent();
        }
    }
}
