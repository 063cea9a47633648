package io.croft.pg.audit;

import io.croft.pg.tx.SqlErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The connection of one audit. Whatever is done through it is rolled back. It does not use {@code Transactions},
 * because the audit looks at what those rely on: it runs as whoever logged in, and takes a role for single statements.
 * Used by one thread.
 */
public final class Session {

    private static final String SETTINGS = """
            SELECT set_config('search_path', 'pg_catalog, pg_temp', true), set_config('row_security', 'on', true),
              set_config('statement_timeout', '60s', true), set_config('lock_timeout', '5s', true)
            """;
    private static final String ACT_AS = """
            SELECT set_config('role', ?, true), set_config(?, ?, true)
            """;

    private final Connection connection;

    private Session(Connection connection) {
        this.connection = connection;
    }

    /** A connection of the source, which has no transaction afterwards. */
    static <T> T on(DataSource source, Work<T> work) {
        try (Connection connection = source.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            if (autoCommit) {
                connection.setAutoCommit(false);
            }
            T result;
            try {
                result = inside(connection, work);
            } catch (Throwable e) {
                try {
                    giveBack(connection, autoCommit);
                } catch (SQLException again) {
                    e.addSuppressed(again);
                }
                throw e;
            }
            giveBack(connection, autoCommit);
            return result;
        } catch (SQLException e) {
            throw SqlErrors.translate(e);
        }
    }

    private static void giveBack(Connection connection, boolean autoCommit) throws SQLException {
        connection.rollback();
        if (autoCommit) {
            connection.setAutoCommit(true);
        }
    }

    /** The caller's transaction, which goes on as it was. */
    static <T> T inside(Connection connection, Work<T> work) throws SQLException {
        Savepoint start = connection.setSavepoint();
        T result;
        try {
            Session session = new Session(connection);
            session.query(SETTINGS, row -> "");
            result = work.run(session);
        } catch (Throwable e) {
            try {
                connection.rollback(start);
            } catch (SQLException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
        connection.rollback(start);
        connection.releaseSavepoint(start);
        return result;
    }

    /** What the reading makes of each row. */
    <R> List<R> query(String sql, Reading<R> reading, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            try (ResultSet rows = statement.executeQuery()) {
                List<R> all = new ArrayList<>();
                while (rows.next()) {
                    all.add(reading.read(rows));
                }
                return all;
            }
        }
    }

    private static void bind(PreparedStatement statement, String... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setString(i + 1, parameters[i]);
        }
    }

    /** From now on, as this role and for this organisation; an empty role is whoever logged in. */
    void actAs(String role, String setting, String org) throws SQLException {
        query(ACT_AS, row -> "", role.isEmpty() ? "none" : role, setting, org);
    }

    /** Does it, and keeps what it did to the end of the audit if it was not refused. */
    Outcome keep(String sql, String... parameters) throws SQLException {
        Savepoint before = connection.setSavepoint();
        Outcome outcome = execute(sql, parameters);
        if (outcome instanceof Outcome.Refused) {
            connection.rollback(before);
        }
        connection.releaseSavepoint(before);
        return outcome;
    }

    /** Does it, says how it went, and undoes it. */
    Outcome attempt(String sql, String... parameters) throws SQLException {
        Savepoint before = connection.setSavepoint();
        Outcome outcome = execute(sql, parameters);
        connection.rollback(before);
        connection.releaseSavepoint(before);
        return outcome;
    }

    private Outcome execute(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            if (!statement.execute()) {
                return new Outcome.Done(Optional.empty(), statement.getUpdateCount());
            }
            try (ResultSet rows = statement.getResultSet()) {
                Optional<String> value = rows.next() ? Optional.ofNullable(rows.getString(1)) : Optional.empty();
                return new Outcome.Done(value, 0);
            }
        } catch (SQLException e) {
            if (e.getSQLState() == null || e.getSQLState().startsWith("08") || e.getSQLState().startsWith("57P")) {
                throw e;
            }
            return new Outcome.Refused(e.getSQLState(), SqlErrors.message(e));
        }
    }

    /** How a statement went. */
    sealed interface Outcome {

        /**
         * It was executed.
         *
         * @param value the first column of its first row
         * @param rows  how many rows it changed
         */
        record Done(Optional<String> value, long rows) implements Outcome {

            boolean isTrue() {
                return value.filter("t"::equals).isPresent();
            }
        }

        /** The database refused it. */
        record Refused(String state, String message) implements Outcome {
        }
    }

    /** Reads one row. */
    @FunctionalInterface
    interface Reading<R> {

        R read(ResultSet row) throws SQLException;
    }

    /** What is done on the connection. */
    @FunctionalInterface
    interface Work<T> {

        T run(Session session) throws SQLException;
    }
}
