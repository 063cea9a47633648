package io.croft.benchmarks.queue;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** Reads what audits compare. */
final class AuditSql {

    /** Of what is selected as h by its kind, in quotes that this closes: no result that names the accepted fence. */
    static final String WITHOUT_ITS_RESULT =
            "' AND NOT EXISTS (SELECT FROM croft.job_result r WHERE r.org_id = h.org_id "
                    + "AND r.id = h.id AND (r.result ->> 'fence')::bigint = h.accepted_fence)";

    private AuditSql() {
    }

    /** The number that a query of one row and column gives. */
    static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** The second column of a query, by its first. */
    static Map<Long, Long> pairs(Connection connection, String sql) throws SQLException {
        Map<Long, Long> pairs = new HashMap<>();
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                pairs.put(rows.getLong(1), rows.getLong(2));
            }
        }
        return pairs;
    }
}
