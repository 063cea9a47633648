package io.croft.benchmarks.tenancy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.benchmarks.run.Database;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Connections of the library's login whose transactions write down, before they commit, how many rows of which tables
 * they touched, as the server counts it for a transaction ({@code pg_stat_xact_user_tables}); those of one thread,
 * while it asks for that. A server counts for a connection what it has not reported yet, be it of an earlier one of
 * the last second, so a connection reports before it is lent. How often an index was asked is left out: the planner
 * asks as well, when it likes.
 */
final class TouchedRows implements AutoCloseable {

    private static final String COMMIT = "COMMIT";
    private static final String REPORT = "SELECT pg_catalog.pg_stat_force_next_flush()";
    private static final String NOTE = """
            INSERT INTO public.touched (what)
            SELECT t.relname || ' read ' || coalesce(t.seq_tup_read, 0) || ' found ' || coalesce(t.idx_tup_fetch, 0)
                || ' wrote ' || t.n_tup_ins || ' ' || t.n_tup_upd || ' ' || t.n_tup_del
            FROM pg_catalog.pg_stat_xact_user_tables t
            WHERE t.schemaname = 'croft' AND coalesce(t.seq_tup_read, 0) + coalesce(t.idx_tup_fetch, 0) + t.n_tup_ins
                + t.n_tup_upd + t.n_tup_del > 0
            ORDER BY t.relname
            """;

    private final HikariDataSource pool;
    private final Connection admin;
    private volatile @Nullable Thread noting;

    TouchedRows(Database database, int connections) throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.address().get(1));
        config.setMaximumPoolSize(connections);
        pool = new HikariDataSource(config);
        admin = database.connect();
        try (Statement statement = admin.createStatement()) {
            statement.execute("CREATE TABLE public.touched (number bigserial, what text)");
            statement.execute("GRANT INSERT ON public.touched TO PUBLIC");
            statement.execute("GRANT USAGE ON SEQUENCE public.touched_number_seq TO PUBLIC");
        }
    }

    /** For the library. */
    DataSource source() {
        return (DataSource) proxy(DataSource.class, pool,
                (method, result) -> result instanceof Connection connection ? lend(connection) : result);
    }

    private Object lend(Connection connection) throws SQLException {
        if (isNoting()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(REPORT);
            }
        }
        return proxy(Connection.class, connection, (called, made) -> made instanceof Statement statement
                && called.getName().equals("createStatement")
                        ? proxy(Statement.class, statement, (any, given) -> given)
                        : made);
    }

    /** What the transactions touched that this thread makes in here. */
    List<String> during(Work work) throws Exception {
        noting = Thread.currentThread();
        try {
            work.run();
        } finally {
            noting = null;
        }
        List<String> touched = new ArrayList<>();
        try (Statement statement = admin.createStatement();
                ResultSet rows = statement.executeQuery(
                        "WITH gone AS (DELETE FROM public.touched RETURNING number, what) SELECT what FROM gone "
                                + "ORDER BY number")) {
            while (rows.next()) {
                touched.add(rows.getString(1));
            }
        }
        return touched;
    }

    /** What is looked at. */
    interface Work {

        void run() throws Exception;
    }

    @Override
    public void close() throws SQLException {
        admin.close();
        pool.close();
    }

    private boolean isNoting() {
        return noting == Thread.currentThread();
    }

    private Object proxy(Class<?> type, Object target, Changing changing) {
        return Proxy.newProxyInstance(TouchedRows.class.getClassLoader(), new Class<?>[]{type},
                (proxy, method, arguments) -> {
                    if (isNoting() && arguments != null && arguments.length > 0
                            && arguments[0] instanceof String sql) {
                        if (method.getName().equals("prepareStatement") && sql.endsWith(";\n" + COMMIT)) {
                            arguments[0] = sql.substring(0, sql.length() - COMMIT.length()) + NOTE + ";\n" + COMMIT;
                        } else if (target instanceof Statement statement && sql.equals(COMMIT)) {
                            statement.execute(NOTE);
                        }
                    }
                    try {
                        return changing.of(method, method.invoke(target, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private interface Changing {

        @Nullable
        Object of(Method method, @Nullable Object result) throws SQLException;
    }
}
