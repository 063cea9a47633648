package io.croft.pg.notify;

import io.croft.pg.tx.Schema;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * A connection that is held to LISTEN. It takes no role, because listening needs no rights, and is given back as it
 * came. Used by one thread, but for {@link #abort}.
 */
final class ListeningConnection implements AutoCloseable {

    /** How long the server may take to answer. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Connection connection;
    private final Schema schema;
    private final Channel channel;
    private final PGConnection driver;
    private final boolean autoCommit;
    private final int networkTimeoutMillis;
    private boolean broken;

    private ListeningConnection(Connection connection, Schema schema, Channel channel) throws SQLException {
        this.connection = connection;
        this.schema = schema;
        this.channel = channel;
        this.driver = connection.unwrap(PGConnection.class);
        this.autoCommit = connection.getAutoCommit();
        this.networkTimeoutMillis = connection.getNetworkTimeout();
    }

    /**
     * Begins to listen.
     *
     * @throws SQLException if there is no connection, or if it is not the driver's own or refuses to listen
     */
    @SuppressWarnings("MustBeClosed")
    static ListeningConnection open(DataSource source, Schema schema, Channel channel) throws SQLException {
        Connection connection = source.getConnection();
        ListeningConnection line;
        try {
            line = new ListeningConnection(connection, schema, channel);
        } catch (SQLException | RuntimeException | Error e) {
            connection.close();
            throw e;
        }
        try {
            connection.setAutoCommit(true);
            connection.setNetworkTimeout(Runnable::run, (int) PATIENCE.toMillis());
            line.execute(channel.listenSql(schema));
            return line;
        } catch (SQLException | RuntimeException | Error e) {
            line.broken = true;
            line.close();
            throw e;
        }
    }

    /** What was told since the last call; waits so long for it, if that is nothing. */
    List<String> hear(Duration wait) throws SQLException {
        try {
            PGNotification[] told = driver.getNotifications((int) wait.toMillis());
            List<String> payloads = new ArrayList<>();
            if (told != null) {
                for (PGNotification one : told) {
                    payloads.add(one.getParameter());
                }
            }
            return payloads;
        } catch (SQLException e) {
            broken = true;
            throw e;
        }
    }

    /** Fails if the server is not there any more. */
    void requireAlive() throws SQLException {
        execute(schema.resolve(NotifySql.ALIVE));
    }

    /** Breaks it, so that whatever its thread waits for fails. May be called by any thread. */
    void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            broken = true;
            throw e;
        }
    }

    /** Gives it back as it came; or breaks it, so that no pool hands on one that listens. */
    @Override
    public void close() throws SQLException {
        try (connection) {
            if (broken) {
                abort();
                return;
            }
            try {
                execute(channel.unlistenSql(schema));
                connection.setNetworkTimeout(Runnable::run, networkTimeoutMillis);
                connection.setAutoCommit(autoCommit);
            } catch (SQLException e) {
                abort();
                throw e;
            }
        }
    }
}
