package io.croft.pg.tx;

import io.croft.OrgId;
import io.croft.OrgSuspendedException;
import io.croft.UnknownOrgException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way to the database: opens transactions that run as one of the roles, for one organisation or none. No SQL
 * on tables runs outside it once a store is open. Thread-safe.
 *
 * <p>Role and organisation are set with {@code set_config(…, true)}, inside the transaction and until its end: a pool
 * gives the connection to somebody else next, and the login itself has no rights. {@code BEGIN}, the settings and the
 * first statement go to the server in one message and need one round trip; a transaction of a single statement also
 * carries its {@code COMMIT} there. The driver may split such a message when it fears for its buffers; since
 * {@code BEGIN} is explicit that costs a round trip and changes nothing else.
 *
 * <p>A unit of work that the database ended for a deadlock or a serialization failure is done again, up to
 * {@value #MAX_ATTEMPTS} times: it must have no effect but on the database.
 */
public final class Transactions {

    /** How often a unit of work is tried. */
    static final int MAX_ATTEMPTS = 4;
    /** How long one statement may take. */
    public static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);

    /**
     * How long the server waits for the next statement of a transaction before it ends it. As long as it waits, a
     * process that was stopped between two holds all that the first has locked.
     */
    public static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);

    private static final Opening UNIT =
            new Opening("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", Long.toString(IDLE_TIMEOUT.toMillis()));
    /** It may go on as slowly as what is read is taken. */
    private static final Opening SNAPSHOT = new Opening("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", null);
    private static final String CHECK_DATABASE = "SELECT ${schema}.check_database_v1(?)";
    private static final String SETTINGS = """
            SELECT set_config('role', ?, true), set_config('croft.org_id', ?, true),
              set_config('statement_timeout', ?, true), set_config('plan_cache_mode', ?, true),
              set_config('idle_in_transaction_session_timeout',
                coalesce(?, current_setting('idle_in_transaction_session_timeout')), true)
            """;
    private static final String IS_SUSPENDED =
            "SELECT FROM ${schema}.org o WHERE o.org_id = ?::uuid AND o.state = 'SUSPENDED'";
    private static final long MAX_PAUSE_NANOS = Duration.ofMillis(20).toNanos();

    private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);

    private final DataSource source;
    private final Schema schema;
    private final Optional<String> database;

    /** On connections of this source, which stays the caller's to close. */
    public Transactions(DataSource source, Schema schema) {
        this(source, schema, Optional.empty());
    }

    /**
     * The same for one of several databases, which refuses callers' transactions in any other.
     *
     * @param database its name among them; empty if there is but one
     */
    public Transactions(DataSource source, Schema schema, Optional<String> database) {
        this.source = source;
        this.schema = schema;
        this.database = database;
    }

    /** What their statements mean by <code>${schema}</code>. */
    public Schema schema() {
        return schema;
    }

    /** A transaction of one statement that gives rows: one round trip. */
    public <T> T query(Access access, String sql, Binder binder, Rows<T> rows) {
        return run(access, tx -> tx.queryAndCommit(sql, binder, rows));
    }

    /**
     * A transaction of one statement that gives no rows: one round trip. Returns the number of rows that it touched.
     */
    public int update(Access access, String sql, Binder binder) {
        return run(access, tx -> tx.updateAndCommit(new Tx.Step(sql, binder)));
    }

    /** A transaction of several statements: committed if the work returns, rolled back if it throws. */
    public <T> T run(Access access, Work<T> work) {
        return run(UNIT, access, work);
    }

    /** Reads as of one moment, that of the first statement, however long it takes. */
    public <T> T snapshot(Access access, Work<T> work) {
        return run(SNAPSHOT, access, work);
    }

    private <T> T run(Opening opening, Access access, Work<T> work) {
        try {
            return runRepeatedly(opening, access, work);
        } catch (UnknownOrgException e) {
            throw isSuspended(access) ? new OrgSuspendedException(OrgId.of(UUID.fromString(access.orgSetting()))) : e;
        }
    }

    /** Statements find only what is active. Which of the others it is, matters to who has just been refused. */
    private boolean isSuspended(Access access) {
        return !access.orgSetting().isEmpty() && runRepeatedly(UNIT, access,
                tx -> tx.queryAndCommit(IS_SUSPENDED, p -> p.text(access.orgSetting()), Rows.any()));
    }

    private <T> T runRepeatedly(Opening opening, Access access, Work<T> work) {
        for (int attempt = 1;; attempt++) {
            try {
                return runOnce(opening, access, work);
            } catch (SQLException e) {
                if (attempt == MAX_ATTEMPTS || !SqlErrors.isConflict(e)) {
                    throw SqlErrors.translate(e);
                }
                LOG.debug("attempt {} lost against another transaction (SQLSTATE {})", attempt, e.getSQLState());
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(MAX_PAUSE_NANOS));
            }
        }
    }

    /** Work in a transaction that belongs to the caller, under the caller's role: it is neither ended nor repeated. */
    public <T> T joined(Connection connection, Work<T> work) {
        Tx.Step[] opening = database.map(name -> new Tx.Step(CHECK_DATABASE, parameters -> parameters.text(name)))
                .stream().toArray(Tx.Step[]::new);
        try {
            return work.run(new Tx(connection, schema, opening));
        } catch (SQLException e) {
            throw SqlErrors.translateJoined(e);
        }
    }

    private <T> T runOnce(Opening opening, Access access, Work<T> work) throws SQLException {
        try (Connection connection = source.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            if (!autoCommit) {
                connection.setAutoCommit(true);
            }
            T result;
            try {
                Tx tx = new Tx(connection, schema, new Tx.Step(opening.begin(), Binder.NONE),
                        settings(access, opening));
                result = work.run(tx);
                if (!tx.isCommitted()) {
                    command(connection, "COMMIT");
                }
            } catch (Throwable e) {
                rollBack(connection, autoCommit, e);
                throw e;
            }
            if (!autoCommit) {
                connection.setAutoCommit(false);
            }
            return result;
        }
    }

    private Tx.Step settings(Access access, Opening opening) {
        return new Tx.Step(SETTINGS, parameters -> parameters.text(access.role().in(schema))
                .text(access.orgSetting())
                .text(Long.toString(STATEMENT_TIMEOUT.toMillis()))
                .text(access.role().planCacheMode())
                .text(opening.idleMillis()));
    }

    /**
     * How a transaction begins.
     *
     * @param begin      the statement
     * @param idleMillis how long the server waits for its next statement; null: for as long as it is set to
     */
    private record Opening(String begin, @Nullable String idleMillis) {
    }

    /** Leaves the connection as it was, without a transaction; or breaks it, so that no pool hands it on in between. */
    private static void rollBack(Connection connection, boolean autoCommit, Throwable cause) {
        try {
            command(connection, "ROLLBACK");
            if (!autoCommit) {
                connection.setAutoCommit(false);
            }
        } catch (SQLException e) {
            cause.addSuppressed(e);
            try {
                connection.abort(Runnable::run);
            } catch (SQLException again) {
                cause.addSuppressed(again);
            }
        }
    }

    private static void command(Connection connection, String command) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(command);
        }
    }

    /** A unit of work. Besides database errors it throws only what is meant for the caller. */
    @FunctionalInterface
    public interface Work<T> {

        T run(Tx tx) throws SQLException;
    }
}
