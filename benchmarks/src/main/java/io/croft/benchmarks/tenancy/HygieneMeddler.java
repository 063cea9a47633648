package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.run.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Somebody at the database who holds a lock that others wait for, and kills their backends. Thread-safe: one does at a
 * time what is asked for.
 */
final class HygieneMeddler implements AutoCloseable {

    private static final long HELD = 5_300_718_226_114_907L;

    /** Waits for the lock. */
    static final String WAIT = "SELECT pg_advisory_xact_lock(" + HELD + ")";
    /** Waits for the lock until somebody else does something about it. */
    static final String WAIT_LONG = "SET LOCAL lock_timeout = 15000;\n" + WAIT;
    /** Stands for a write of a row of another organisation, whose id takes the place of the parameter. */
    static final String INTRUDE = "INSERT INTO croft.document (org_id, id, revision, title, text, fields) "
            + "VALUES ('%s', 'intruder', 1, 'intruder', '', '{}')";

    private static final String WAITS = """
            SELECT FROM pg_stat_activity a WHERE a.pid = ? AND a.wait_event_type = 'Lock' AND a.wait_event = 'advisory'
            """;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_EVERY_NANOS = Duration.ofMillis(1).toNanos();

    private final Connection holder;
    private final Connection killer;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    HygieneMeddler(Database database) throws SQLException {
        this.holder = database.connect();
        this.killer = database.connect();
        try (Statement statement = holder.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + HELD + ")");
        }
    }

    /** Kills a backend and waits until it is gone. */
    synchronized void kill(int pid) throws SQLException {
        try (PreparedStatement statement = killer.prepareStatement("SELECT pg_terminate_backend(?, 10000)")) {
            statement.setInt(1, pid);
            statement.execute();
        }
    }

    /** Does this in a thread of its own as soon as the backend waits for the lock. */
    void whenWaiting(int pid, Act act) {
        thread.execute(() -> {
            try {
                long end = System.nanoTime() + PATIENCE.toNanos();
                while (!isWaiting(pid)) {
                    if (System.nanoTime() - end > 0) {
                        return; // the cycle ends otherwise than it should, and says so
                    }
                    LockSupport.parkNanos(LOOK_EVERY_NANOS);
                }
                act.run();
            } catch (SQLException e) {
                throw new IllegalStateException("nobody could meddle: " + e.getMessage(), e);
            }
        });
    }

    private synchronized boolean isWaiting(int pid) throws SQLException {
        try (PreparedStatement statement = killer.prepareStatement(WAITS)) {
            statement.setInt(1, pid);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    @Override
    public void close() throws SQLException {
        thread.close();
        try (holder) {
            killer.close();
        }
    }

    /** What is done. */
    @FunctionalInterface
    interface Act {

        void run() throws SQLException;
    }
}
