package io.croft.pg;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The statements of one open transaction. Used by one thread; {@link Transactions} makes and ends it. */
final class Tx {

    private final Connection connection;
    private final Schema schema;
    private String opening;
    private final Binder openingParameters;
    private final int openingResults;

    /**
     * @param opening           what is sent in front of the first statement, in the same round trip; may be empty
     * @param openingParameters its parameters
     * @param openingResults    the number of its results
     */
    Tx(Connection connection, Schema schema, String opening, Binder openingParameters, int openingResults) {
        this.connection = connection;
        this.schema = schema;
        this.opening = opening;
        this.openingParameters = openingParameters;
        this.openingResults = openingResults;
    }

    /** Executes a statement that gives rows. */
    <T> T query(String sql, Binder binder, Rows<T> rows) throws SQLException {
        return execute(sql, "", binder, statement -> readRows(statement, rows));
    }

    /** Executes a statement that gives none; returns the number of rows that it touched. */
    int update(String sql, Binder binder) throws SQLException {
        return execute(sql, "", binder, PreparedStatement::getUpdateCount);
    }

    <T> T execute(String sql, String closing, Binder binder, Reading<T> reading) throws SQLException {
        boolean first = !opening.isEmpty();
        try (PreparedStatement statement = connection.prepareStatement(schema.resolve(opening + sql + closing))) {
            opening = "";
            Parameters parameters = new Parameters(statement);
            if (first) {
                openingParameters.bind(parameters);
            }
            binder.bind(parameters);
            statement.execute();
            for (int i = 0; first && i < openingResults; i++) {
                statement.getMoreResults();
            }
            return reading.read(statement);
        }
    }

    static <T> T readRows(PreparedStatement statement, Rows<T> rows) throws SQLException {
        try (ResultSet results = statement.getResultSet()) {
            if (results == null) {
                throw new SQLException("a statement that always gives rows gave none");
            }
            return rows.read(results);
        }
    }

    /** Reads the result that the statement stands on. */
    @FunctionalInterface
    interface Reading<T> {

        T read(PreparedStatement statement) throws SQLException;
    }
}
