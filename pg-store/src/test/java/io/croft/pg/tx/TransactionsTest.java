package io.croft.pg.tx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.pg.TestDatabase;
import io.croft.pg.Wire;
import io.croft.pg.tx.Tx.Step;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Race;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TransactionsTest {

    private static final String WHO = """
            SELECT current_user::text || ' ' || coalesce(current_setting('croft.org_id', true), '') || ' '
              || current_setting('transaction_isolation')
            """;

    private static TestDatabase database;
    private static HikariDataSource pool;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
        database.open().close();
        database.execute("CREATE TABLE public.note (id int PRIMARY KEY, text text)");
        database.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON public.note TO croft_app");
        database.execute("GRANT USAGE ON SCHEMA public TO croft_app");
        pool = pool(database.loginSource());
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    /** One connection, so that each test sees what the one before left on it. */
    private static HikariDataSource pool(DataSource source) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(source);
        config.setMaximumPoolSize(1);
        return new HikariDataSource(config);
    }

    private static String who(Transactions transactions, Access access) {
        return transactions.query(access, WHO, Binder.NONE, Rows.one(row -> row.getString(1)));
    }

    private static long notes(int id) {
        return database.count("SELECT count(*) FROM public.note WHERE id = " + id);
    }

    private static Step insert(int id) {
        return new Step("INSERT INTO public.note (id, text) VALUES (?, ?)", p -> p.int4(id).text("secret-" + id));
    }

    @Test
    void query_runsAsItsRoleAndOrgAndLeavesNothingBehind() {
        Transactions transactions = TestDatabase.transactions(pool);
        OrgId org = OrgId.of(UUID.randomUUID());

        assertThat(who(transactions, Access.tenant(org))).isEqualTo("croft_app " + org + " read committed");
        assertThat(who(transactions, Access.worker())).isEqualTo("croft_worker  read committed");
        assertThat(who(transactions, Access.index())).isEqualTo("croft_index  read committed");
    }

    private static String who(Transactions transactions, Connection connection) {
        return transactions.joined(connection, tx -> tx.query(WHO, Binder.NONE, Rows.one(row -> row.getString(1))));
    }

    @Test
    void connection_comesBackWithoutRoleAndOrg() throws SQLException {
        Transactions transactions = TestDatabase.transactions(pool);

        transactions.update(Access.tenant(OrgId.of(UUID.randomUUID())), insert(1).sql(), insert(1).binder());
        assertThatThrownBy(() -> transactions.update(Access.tenant(OrgId.of(UUID.randomUUID())), insert(1).sql(),
                insert(1).binder())).isInstanceOf(CroftException.class);

        try (Connection connection = pool.getConnection()) {
            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(who(transactions, connection)).startsWith(TestDatabase.LOGIN + "  ");
        }
    }

    @Test
    void query_ofOneStatementIsOneRoundTrip() {
        Access access = Access.tenant(OrgId.of(UUID.randomUUID()));

        int trips = roundTrips(transactions -> transactions.query(access,
                "SELECT id, text FROM public.note WHERE id = ?", p -> p.int4(-1), Rows.any()));

        assertThat(trips).isEqualTo(1);
    }

    @Test
    void run_carriesItsBeginningWithTheFirstStatementAndItsEndWithTheLast() {
        Access access = Access.tenant(OrgId.of(UUID.randomUUID()));
        Step touch = new Step("UPDATE public.note SET text = ? WHERE id = ?", p -> p.text("x").int4(-1));

        int apart = roundTrips(transactions -> transactions.run(access, tx -> tx.update(touch) + tx.update(touch)));
        int together = roundTrips(transactions -> transactions.run(access,
                tx -> tx.update(touch) + tx.updateAndCommit(touch, touch)));

        assertThat(apart).isEqualTo(3);
        assertThat(together).isEqualTo(2);
    }

    /**
     * The least of many calls, past the driver's threshold for preparing statements: a pool may test its connection.
     */
    private static int roundTrips(Consumer<Transactions> call) {
        try (Wire wire = database.wire(); HikariDataSource wired = pool(database.loginSource(wire))) {
            Transactions transactions = TestDatabase.transactions(wired);
            int least = Integer.MAX_VALUE;
            for (int i = 0; i < 20; i++) {
                int before = wire.roundTrips();
                call.accept(transactions);
                least = i < 10 ? least : Math.min(least, wire.roundTrips() - before);
            }
            return least;
        }
    }

    @Test
    void run_rollsBackWhenTheWorkThrows() {
        Transactions transactions = TestDatabase.transactions(pool);

        assertThatThrownBy(() -> transactions.run(Access.tenant(OrgId.of(UUID.randomUUID())), tx -> {
            tx.update(insert(20));
            throw new IllegalStateException("changed my mind");
        })).isInstanceOf(IllegalStateException.class).hasMessage("changed my mind");

        assertThat(notes(20)).isZero();
        assertThat(who(transactions, Access.worker())).startsWith("croft_worker");
    }

    @Test
    void run_ofSeveralStatementsInOneMessageIsAllOrNothing() {
        Transactions transactions = TestDatabase.transactions(pool);
        Access access = Access.tenant(OrgId.of(UUID.randomUUID()));

        assertThatThrownBy(() -> transactions.run(access, tx -> tx.updateAndCommit(insert(30), insert(31), insert(31))))
                .isInstanceOf(CroftException.class);

        assertThat(notes(30) + notes(31)).isZero();
        assertThat(who(transactions, access)).startsWith("croft_app");
    }

    @Test
    void error_tellsTheServersSentenceButNoValues() {
        Transactions transactions = TestDatabase.transactions(pool);
        Access access = Access.tenant(OrgId.of(UUID.randomUUID()));
        transactions.run(access, tx -> tx.update(insert(40)));

        assertThatThrownBy(() -> transactions.run(access, tx -> tx.update(insert(40))))
                .isInstanceOf(CroftException.class)
                .hasMessageContaining("note_pkey")
                .hasMessageContaining("23505")
                .satisfies(e -> assertThat(trace(e)).doesNotContain("(id)=(40)").doesNotContain("secret-40"));
    }

    private static String trace(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void run_isRepeatedAfterADeadlock() {
        try (HikariDataSource two = pool(database.loginSource())) {
            two.setMaximumPoolSize(2);
            Transactions transactions = TestDatabase.transactions(two);
            Access access = Access.tenant(OrgId.of(UUID.randomUUID()));
            transactions.run(access, tx -> tx.update(insert(50), insert(51)));
            AtomicInteger tries = new AtomicInteger();
            CyclicBarrier bothHoldOne = new CyclicBarrier(2);

            Race.of(2, number -> {
                AtomicBoolean first = new AtomicBoolean(true);
                return transactions.run(access, tx -> {
                    tries.incrementAndGet();
                    lock(tx, number == 0 ? 50 : 51);
                    if (first.getAndSet(false)) {
                        await(bothHoldOne);
                    }
                    lock(tx, number == 0 ? 51 : 50);
                    return number;
                });
            });

            // The one that lost may come back before the other one wakes up, and meet it once more.
            assertThat(tries.get()).isGreaterThanOrEqualTo(3);
            assertThat(database.count("SELECT length(text) FROM public.note WHERE id = 50")).isEqualTo(11);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (BrokenBarrierException | TimeoutException e) {
            throw new AssertionError("the other one did not come", e);
        }
    }

    private static void lock(Tx tx, int id) throws SQLException {
        tx.update("UPDATE public.note SET text = text || '+' WHERE id = ?", p -> p.int4(id));
    }

    @Test
    void run_startsFromAnyIsolationAndAutoCommitOfTheHost() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.loginSource());
        config.setMaximumPoolSize(1);
        config.setAutoCommit(false);
        config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
        config.setReadOnly(true);
        try (HikariDataSource host = new HikariDataSource(config)) {
            Transactions transactions = TestDatabase.transactions(host);
            Access access = Access.tenant(OrgId.of(UUID.randomUUID()));

            assertThat(who(transactions, access)).endsWith("read committed");
            transactions.run(access, tx -> tx.update(insert(60)));

            assertThat(notes(60)).isEqualTo(1);
            try (Connection connection = host.getConnection()) {
                assertThat(connection.getAutoCommit()).isFalse();
            }
        }
    }

    @Test
    void query_survivesTheEndOfItsConnection() {
        try (HikariDataSource own = pool(database.loginSource())) {
            Transactions transactions = TestDatabase.transactions(own);
            Access access = Access.tenant(OrgId.of(UUID.randomUUID()));
            int pid = transactions.query(access, "SELECT pg_backend_pid()", Binder.NONE,
                    Rows.one(row -> row.getInt(1)));

            assertThatThrownBy(() -> transactions.run(access, tx -> {
                tx.update(insert(70));
                database.read("SELECT pg_terminate_backend(" + pid + ")");
                return tx.update(insert(71));
            })).isInstanceOf(StoreUnavailableException.class);

            assertThat(who(transactions, access)).startsWith("croft_app");
            assertThat(notes(70)).isZero();
        }
    }

    /** A snapshot may be read slowly, and in the host's own transactions nothing is set. */
    @Test
    void run_isGivenUpByTheServerWhenItsProcessFallsSilent() throws SQLException {
        Transactions transactions = TestDatabase.transactions(pool);
        String setting = "SELECT current_setting('idle_in_transaction_session_timeout')";
        Rows<String> text = Rows.one(row -> row.getString(1));
        try (Connection host = pool.getConnection()) {
            host.setAutoCommit(false);
            try (Statement statement = host.createStatement()) {
                statement.execute("SET SESSION idle_in_transaction_session_timeout = '7min'");
            }
            host.commit();
            assertThat(transactions.<String>joined(host, tx -> tx.query(setting, Binder.NONE, text))).isEqualTo("7min");
            host.rollback();
        }

        assertThat(transactions.query(Access.worker(), setting, Binder.NONE, text)).isEqualTo("30s");
        assertThat(transactions.<String>snapshot(Access.worker(), tx -> tx.query(setting, Binder.NONE, text)))
                .isEqualTo("7min");
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            assertThat(transactions.<String>joined(connection, tx -> tx.query(setting, Binder.NONE, text)))
                    .as("what it was, afterwards").isEqualTo("7min");
            statement.execute("RESET idle_in_transaction_session_timeout");
        }
    }

    @Test
    void run_thatWasGivenUpIsAnOutageAndBreaksItsConnection() {
        try (HikariDataSource own = pool(database.loginSource())) {
            Transactions transactions = TestDatabase.transactions(own);

            assertThatThrownBy(() -> transactions.run(Access.worker(), tx -> {
                int pid = tx.query("SELECT set_config('idle_in_transaction_session_timeout', '1ms', true),"
                        + " pg_backend_pid()", Binder.NONE, Rows.one(row -> row.getInt(2)));
                Await.until("the server has ended it", () -> database.count("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE pid = " + pid) == 0);
                return tx.query(WHO, Binder.NONE, Rows.any());
            })).isInstanceOf(StoreUnavailableException.class);

            assertThat(who(transactions, Access.worker())).startsWith("croft_worker");
        }
    }

    @Test
    void query_thatTakesTooLongIsEndedByTheServer() {
        Transactions transactions = TestDatabase.transactions(pool);
        Access access = Access.tenant(OrgId.of(UUID.randomUUID()));

        assertThatThrownBy(() -> transactions.run(access, tx -> {
            tx.query("SELECT set_config('statement_timeout', '50', true)", Binder.NONE, Rows.any());
            return tx.query("SELECT pg_sleep(20)", Binder.NONE, Rows.any());
        })).isInstanceOf(StoreUnavailableException.class).hasMessageContaining("57014");

        String timeout = transactions.query(access, "SELECT current_setting('statement_timeout')", Binder.NONE,
                Rows.one(row -> row.getString(1)));
        assertThat(timeout).isEqualTo("30s");
    }
}
