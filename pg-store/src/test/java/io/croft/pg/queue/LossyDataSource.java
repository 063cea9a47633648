package io.croft.pg.queue;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Connections that break, while they are told to, after a statement was executed and before its results are read. */
final class LossyDataSource implements DataSource {

    private final DataSource source;
    private final AtomicBoolean losing;

    LossyDataSource(DataSource source, AtomicBoolean losing) {
        this.source = source;
        this.losing = losing;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return lossy(Connection.class, source.getConnection());
    }

    private <T> T lossy(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(LossyDataSource.class.getClassLoader(), new Class<?>[]{type},
                (proxy, method, arguments) -> call(real, method, arguments)));
    }

    private Object call(Object real, Method method, Object[] arguments) throws Throwable {
        Object result;
        try {
            result = method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        if (method.getName().equals("execute") && losing.get()) {
            throw new SQLException("the connection broke before the reply came", "08006");
        }
        return method.getName().equals("prepareStatement")
                ? lossy(PreparedStatement.class, (PreparedStatement) result)
                : result;
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
}
