package io.croft.benchmarks.jobs;

import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Looks at tables and empties them, as a superuser, through a connection of its own. Used by one thread at a time. */
final class QueueTables implements AutoCloseable {

    private static final String CLEAR = "TRUNCATE croft.job, croft.ready, croft.scheduled, croft.run, croft.wake, "
            + "croft.move, croft.lane, croft.job_key, croft.job_wait, croft.job_settle, croft.job_history, "
            + "croft.job_result CASCADE";

    private final Connection connection;

    QueueTables(Database database) throws SQLException {
        this.connection = database.connect();
    }

    /** Removes all jobs and what the queue knows of them; nothing may be at work on them. */
    void clear() throws SQLException {
        execute(CLEAR);
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    long number(String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    String text(String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Waits until this query gives zero. */
    void awaitZero(String what, Duration limit, String sql) {
        Waiting.until(what, limit, () -> {
            try {
                return number(sql) == 0;
            } catch (SQLException e) {
                throw new IllegalStateException("the database could not be asked: " + e.getMessage(), e);
            }
        });
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
