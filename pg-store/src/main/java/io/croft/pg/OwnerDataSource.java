package io.croft.pg;

import io.croft.pg.tx.Rows;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Connections for migrations, which want the schema's owner for a whole session. When one is closed, it goes back to
 * the source as it came: with its own role and search path.
 */
final class OwnerDataSource implements DataSource {

    private final DataSource source;
    private final String owner;

    OwnerDataSource(DataSource source, String owner) {
        this.source = source;
        this.owner = owner;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = source.getConnection();
        try {
            boolean autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(true);
            String searchPath = setting(connection, "search_path");
            String role = setting(connection, "role");
            set(connection, "role", owner);
            return whenClosed(connection, () -> {
                connection.setAutoCommit(true);
                set(connection, "role", role);
                set(connection, "search_path", searchPath);
                connection.setAutoCommit(autoCommit);
            });
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + name)) {
            return Rows.one(r -> r.getString(1)).read(row);
        }
    }

    private static void set(Connection connection, String name, String value) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT set_config(?, ?, false)")) {
            statement.setString(1, name);
            statement.setString(2, value);
            statement.execute();
        }
    }

    private static Connection whenClosed(Connection connection, Restoring restoring) {
        return (Connection) Proxy.newProxyInstance(OwnerDataSource.class.getClassLoader(),
                new Class<?>[]{Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close") && !connection.isClosed()) {
                        try {
                            restoring.run();
                        } catch (SQLException e) {
                            connection.abort(Runnable::run);
                            throw e;
                        }
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("connections have the source's own user");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() throws SQLException {
        return source.getLogWriter();
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
        source.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        source.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return source.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return source.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return source.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return source.isWrapperFor(type);
    }

    @FunctionalInterface
    private interface Restoring {

        void run() throws SQLException;
    }
}
