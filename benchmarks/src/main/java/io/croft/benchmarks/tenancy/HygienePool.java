package io.croft.benchmarks.tenancy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.tenancy.SessionState.Depth;
import io.croft.benchmarks.tenancy.SessionState.Seen;
import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A small pool, watched: it looks at each connection before it lends it out, adds to each message of statements one
 * that tells as whom the database executed them and what it shows them, and brings about what a cycle is to end with.
 * The pool beneath is an ordinary one, which knows nothing of this. Thread-safe.
 */
final class HygienePool implements DataSource, AutoCloseable {

    /** The name of the first column of what tells. */
    static final String LOOKED = "croft_looked";

    private static final int SIZE = 5;
    /** Each so manieth time a connection is lent out, everything of it is looked at. */
    private static final int WHOLE_EVERY = 8;
    private static final int MOST_TRIES = 100;
    private static final String COMMIT = ";\nCOMMIT";

    private final HikariDataSource pool;
    private final HygieneMeddler meddler;
    private final SessionState fresh;
    private final HygieneFaults faults;
    private final HygieneFaults surprises;
    private final String other;
    private final Map<Thread, HygieneCycle> cycles = new ConcurrentHashMap<>();
    private final Map<Integer, Lent> lent = new ConcurrentHashMap<>();
    private final LongAdder borrowed = new LongAdder();
    private final LongAdder wholes = new LongAdder();
    private final LongAdder looks = new LongAdder();
    private volatile boolean watching;

    /**
     * Pools connections of the library's login.
     *
     * @param other     the organisation that takes the place of others under {@link HygieneFlaw#OTHERS_ORG}
     * @param faults    gets what must not be
     * @param surprises gets what makes a cycle end otherwise than it was to
     */
    HygienePool(Database database, HygieneMeddler meddler, String other, HygieneFaults faults, HygieneFaults surprises)
            throws SQLException {
        String url = database.address().get(1);
        try (Connection first = DriverManager.getConnection(url)) {
            this.fresh = SessionState.fresh(first);
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(SIZE);
        config.setPoolName("croft-hygiene");
        this.pool = new HikariDataSource(config);
        this.meddler = meddler;
        this.other = other;
        this.faults = faults;
        this.surprises = surprises;
    }

    /** Begins to watch; until then connections are lent out as they are. */
    void watch() {
        watching = true;
    }

    /** What this thread borrows next, and until {@link #end}, belongs to the cycle. */
    void begin(Thread thread, HygieneCycle cycle) {
        cycles.put(thread, cycle);
    }

    /** The thread's cycle is over. */
    void end(Thread thread) {
        cycles.remove(thread);
    }

    long borrowed() {
        return borrowed.sum();
    }

    /** How many connections were looked at as a whole. */
    long wholes() {
        return wholes.sum();
    }

    /** How many messages of statements were looked at from within their transactions. */
    long looks() {
        return looks.sum();
    }

    /** How many backends there were. */
    int backends() {
        return lent.size();
    }

    /** Looks at the whole of each connection that the pool has now, all of which must be in it. */
    void lookAtAll() throws SQLException {
        List<Connection> all = new ArrayList<>();
        try {
            for (int i = 0; i < SIZE; i++) {
                Connection connection = pool.getConnection();
                all.add(connection);
                fresh.look(connection, Depth.WHOLE).carried()
                        .ifPresent(carried -> faults.add("in the pool at the end: a connection with " + carried));
            }
        } finally {
            for (Connection connection : all) {
                connection.close();
            }
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        if (!watching) {
            return pool.getConnection();
        }
        HygieneCycle known = cycles.get(Thread.currentThread());
        HygieneCycle cycle = known == null ? HygieneCycle.ofTheStore() : known;
        Connection real = clean(cycle);
        if (cycle.end == HygieneEnd.KILLED_BEFORE && !cycle.isDone) {
            cycle.isDone = true;
            meddler.kill(cycle.pid);
        }
        return proxy(Connection.class, new Watched(real, cycle));
    }

    /** A connection that carries nothing. One that does is a fault, and taken out of the pool. */
    private Connection clean(HygieneCycle cycle) throws SQLException {
        for (int i = 0; i < MOST_TRIES; i++) {
            Connection real = pool.getConnection();
            borrowed.increment();
            String wrong = wrong(real, cycle);
            if (wrong == null) {
                return real;
            }
            faults.add(wrong);
            pool.evictConnection(real);
            real.close();
        }
        throw new SQLException("no connection of the pool is clean");
    }

    private @Nullable String wrong(Connection real, HygieneCycle cycle) throws SQLException {
        try {
            int pid = real.unwrap(BaseConnection.class).getBackendPID();
            Lent before = lent.computeIfAbsent(pid, key -> new Lent());
            HygieneEnd last = before.last;
            before.last = cycle.end;
            cycle.pid = pid;
            Depth depth = before.times.incrementAndGet() % WHOLE_EVERY == 0 ? Depth.WHOLE : Depth.BRIEF;
            if (depth == Depth.WHOLE) {
                wholes.increment();
            }
            Seen seen = fresh.look(real, depth);
            if (seen.carried().isEmpty() && seen.pid() != pid) {
                return "a connection to backend " + pid + " is answered by backend " + seen.pid();
            }
            return seen.carried().map(carried -> "lent out after " + last + ": a connection with " + carried)
                    .orElse(null);
        } catch (SQLException e) {
            surprises.add("a connection was lent out that failed when it was looked at: " + e.getMessage());
            throw closing(real, e);
        }
    }

    private SQLException closing(Connection real, SQLException cause) {
        pool.evictConnection(real);
        try {
            real.close();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
        return cause;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(HygienePool.class.getClassLoader(), new Class<?>[]{type}, handler));
    }

    private static @Nullable Object invoke(Object real, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            throw cause == null ? e : cause;
        }
    }

    @Override
    public void close() {
        pool.close();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("connections have the pool's own user");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() throws SQLException {
        return pool.getLogWriter();
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
        pool.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        pool.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return pool.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("nothing is logged here");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return pool.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return pool.isWrapperFor(type);
    }

    /** What is known of a backend. Used by whoever has borrowed its connection. */
    private static final class Lent {

        private final AtomicInteger times = new AtomicInteger();
        private volatile @Nullable HygieneEnd last;
    }

    /** The work threw. */
    static final class WorkFailedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        WorkFailedException() {
            super("the work failed in the midst of it");
        }
    }

    /** A connection that is lent out. */
    private final class Watched implements InvocationHandler {

        private final Connection real;
        private final HygieneCycle cycle;

        Watched(Connection real, HygieneCycle cycle) {
            this.real = real;
            this.cycle = cycle;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            if (method.getName().equals("prepareStatement") && arguments != null && arguments.length == 1) {
                return prepare(String.valueOf(arguments[0]));
            }
            if (method.getName().equals("createStatement") && arguments == null
                    && cycle.flaw == HygieneFlaw.NO_ROLLBACK) {
                return proxy(Statement.class, new Unrolled(real.createStatement()));
            }
            if (method.getName().equals("close")) {
                try (real) {
                    leave();
                }
                return null;
            }
            return HygienePool.invoke(real, method, arguments);
        }

        private void leave() throws SQLException {
            if (cycle.flaw.left().isEmpty() || real.isClosed() || !real.getAutoCommit()
                    || real.unwrap(BaseConnection.class).getTransactionState() != TransactionState.IDLE) {
                return;
            }
            try (Statement statement = real.createStatement()) {
                statement.execute(cycle.flaw.left());
            }
        }

        /** The statements with what brings the end about, if it is its turn, and with what tells of them. */
        private PreparedStatement prepare(String sql) throws SQLException {
            boolean commits = sql.endsWith(COMMIT);
            StringBuilder all = new StringBuilder(cycle.flaw.spoil(
                    commits ? sql.substring(0, sql.length() - COMMIT.length()) : sql, other));
            boolean meddles = !cycle.sql.isEmpty() && cycle.isDue();
            if (meddles) {
                all.append(";\n").append(cycle.sql);
            }
            all.append(";\n").append(cycle.expected.look());
            if (commits) {
                all.append(COMMIT);
            }
            PreparedStatement statement = real.prepareStatement(all.toString());
            return proxy(PreparedStatement.class, new WatchedStatement(real, statement, cycle, meddles));
        }
    }

    /** Leaves out what rolls back. */
    private static final class Unrolled implements InvocationHandler {

        private final Statement real;

        Unrolled(Statement real) {
            this.real = real;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            if (method.getName().equals("execute") && arguments != null && "ROLLBACK".equals(arguments[0])) {
                return false;
            }
            return HygienePool.invoke(real, method, arguments);
        }
    }

    /** A message of statements of which the last but COMMIT tells of the others. */
    private final class WatchedStatement implements InvocationHandler {

        private final Connection connection;
        private final PreparedStatement real;
        private final HygieneCycle cycle;
        private final boolean meddles;
        private boolean isExecuted;

        WatchedStatement(Connection connection, PreparedStatement real, HygieneCycle cycle, boolean meddles) {
            this.connection = connection;
            this.real = real;
            this.cycle = cycle;
            this.meddles = meddles;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            if (method.getName().equals("execute") && arguments == null) {
                return execute();
            }
            if (method.getName().equals("close") && isExecuted) {
                isExecuted = false;
                try (real) {
                    compare();
                }
                return null;
            }
            return HygienePool.invoke(real, method, arguments);
        }

        private boolean execute() throws SQLException {
            boolean isDue = cycle.isDue();
            cycle.messages++;
            if (meddles) {
                cycle.isDone = true;
                if (cycle.end.comesFromOutside()) {
                    meddle(Thread.currentThread());
                }
            } else if (isDue && cycle.end == HygieneEnd.KILLED_BETWEEN) {
                cycle.isDone = true;
                meddler.kill(cycle.pid);
            }
            boolean isRows = real.execute();
            isExecuted = true;
            if (isDue && cycle.end == HygieneEnd.WORK_FAILED) {
                cycle.isDone = true;
                throw new WorkFailedException();
            }
            return isRows;
        }

        private void meddle(Thread waiting) {
            meddler.whenWaiting(cycle.pid, () -> {
                if (cycle.end == HygieneEnd.ABORTED) {
                    connection.abort(Runnable::run);
                } else if (cycle.end == HygieneEnd.INTERRUPTED) {
                    waiting.interrupt();
                } else {
                    meddler.kill(cycle.pid);
                }
            });
        }

        /** Reads on to what tells; the results before it have been read. */
        private void compare() throws SQLException {
            while (real.getMoreResults() || real.getUpdateCount() != -1) {
                ResultSet rows = real.getResultSet();
                if (rows != null && isLook(rows.getMetaData()) && rows.next()) {
                    looks.increment();
                    compare(rows.getString(1), rows.getString(2));
                    return;
                }
            }
            surprises.add("a message of statements of a cycle that is " + cycle.end + " told nothing");
        }

        private static boolean isLook(ResultSetMetaData columns) throws SQLException {
            return columns.getColumnCount() > 0 && columns.getColumnLabel(1).equals(LOOKED);
        }

        private void compare(String who, String rows) {
            if (!who.equals(cycle.expected.who())) {
                faults.add("executed as " + who + " instead of " + cycle.expected.who() + ", " + cycle.end);
            }
            if (!rows.equals(cycle.expected.rows())) {
                faults.add("as " + who + " seen was " + rows + " instead of " + cycle.expected.rows() + ", "
                        + cycle.end);
            }
        }
    }
}
