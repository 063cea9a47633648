package io.croft.pg.tx;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The statements of one open transaction. Used by one thread; {@link Transactions} begins and ends it. */
public final class Tx {

    private static final Step COMMIT = new Step("COMMIT", Binder.NONE);

    private final Connection connection;
    private final Schema schema;
    /** What is sent in front of the first statement, in the same message. */
    private Step[] opening;
    private boolean committed;

    Tx(Connection connection, Schema schema, Step... opening) {
        this.connection = connection;
        this.schema = schema;
        this.opening = opening;
    }

    /** Executes a statement that gives rows. */
    public <T> T query(String sql, Binder binder, Rows<T> rows) throws SQLException {
        return send(statement -> readRows(statement, rows), new Step(sql, binder));
    }

    /** Executes a statement that gives no rows; returns the number of rows that it touched. */
    public int update(String sql, Binder binder) throws SQLException {
        return update(new Step(sql, binder));
    }

    /** Executes statements in one round trip; returns the number of rows that the first one touched. */
    public int update(Step... steps) throws SQLException {
        return send(PreparedStatement::getUpdateCount, steps);
    }

    /** The transaction's end: executes a statement that gives rows and commits, in one round trip. */
    public <T> T queryAndCommit(String sql, Binder binder, Rows<T> rows) throws SQLException {
        committed = true;
        return send(statement -> readRows(statement, rows), new Step(sql, binder), COMMIT);
    }

    /** The transaction's end: executes statements and commits, in one round trip. Returns as {@link #update}. */
    public int updateAndCommit(Step... steps) throws SQLException {
        committed = true;
        Step[] all = Arrays.copyOf(steps, steps.length + 1);
        all[steps.length] = COMMIT;
        return send(PreparedStatement::getUpdateCount, all);
    }

    boolean isCommitted() {
        return committed;
    }

    /** Executes all steps as one message; reads the result of the first one. */
    private <T> T send(Reading<T> reading, Step... steps) throws SQLException {
        Step[] before = opening;
        opening = new Step[0];
        Step[] all = Arrays.copyOf(before, before.length + steps.length);
        System.arraycopy(steps, 0, all, before.length, steps.length);
        String sql = Arrays.stream(all).map(Step::sql).collect(Collectors.joining(";\n"));
        try (PreparedStatement statement = connection.prepareStatement(schema.resolve(sql))) {
            Parameters parameters = new Parameters(statement);
            for (Step step : all) {
                step.binder().bind(parameters);
            }
            statement.execute();
            for (int i = 0; i < before.length; i++) {
                statement.getMoreResults();
            }
            return reading.read(statement);
        }
    }

    private static <T> T readRows(PreparedStatement statement, Rows<T> rows) throws SQLException {
        try (ResultSet results = statement.getResultSet()) {
            if (results == null) {
                throw new SQLException("a statement that gives rows gave none");
            }
            return rows.read(results);
        }
    }

    /**
     * A statement and its parameters.
     *
     * @param sql    the statement, a constant
     * @param binder its parameters
     */
    public record Step(String sql, Binder binder) {
    }

    @FunctionalInterface
    private interface Reading<T> {

        T read(PreparedStatement statement) throws SQLException;
    }
}
