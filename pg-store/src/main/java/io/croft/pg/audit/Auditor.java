package io.croft.pg.audit;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Makes every check, and the probe. Thread-safe. */
public final class Auditor {

    private static final List<String> CHECKS = Stream.of(TableSql.ALL, PolicySql.ALL, FunctionSql.ALL, RightSql.ALL,
            RoleSql.ALL, DatabaseSql.ALL).flatMap(Collection::stream).toList();

    private final Scope scope;
    private final Expected expected;
    private final Depth depth;

    /** Of what, and how deep. */
    public Auditor(Scope scope, Depth depth) {
        this.scope = scope;
        this.expected = Expected.read();
        this.depth = depth;
    }

    /** On a connection of its own, which a pool may have used before: that it names no organisation is checked too. */
    public List<Finding> audit(DataSource source) {
        return Session.on(source, session -> {
            List<Finding> found = new ArrayList<>(rows(session, DatabaseSql.LEFT_OVER));
            found.addAll(audit(session));
            return found;
        });
    }

    /** In the caller's transaction, which sees what it has done itself, and goes on as it was. */
    public List<Finding> audit(Connection connection) throws SQLException {
        return Session.inside(connection, this::audit);
    }

    private List<Finding> audit(Session session) throws SQLException {
        String schema = scope.schema().name();
        if (session.query(CatalogueSql.SCHEMA_EXISTS, row -> row.getString(1), schema).isEmpty()) {
            throw new CroftException("there is no schema " + schema + " in this database: nothing was audited");
        }
        for (Finding missing : rows(session, CatalogueSql.HOST_MISSING)) {
            throw new InvalidInputException("table " + missing.object() + " cannot be audited: " + missing.problem());
        }
        Set<Finding> found = new LinkedHashSet<>();
        for (String check : CHECKS) {
            found.addAll(rows(session, check));
        }
        if (depth == Depth.CATALOGUES_AND_PROBE) {
            found.addAll(new Probe(session, scope, expected).run());
        }
        return found.stream().sorted(Comparator.comparing(Finding::code).thenComparing(Finding::object)).toList();
    }

    private List<Finding> rows(Session session, String check) throws SQLException {
        return session.query(check, Auditor::finding, scope.asJson(expected));
    }

    private static Finding finding(ResultSet row) throws SQLException {
        return new Finding(row.getString(1), row.getString(2), row.getString(3),
                Optional.ofNullable(row.getString(4)));
    }

    /** How deep an audit looks. */
    public enum Depth {
        /** What the catalogues say. */
        CATALOGUES,
        /** That, and what two fresh organisations see of each other. */
        CATALOGUES_AND_PROBE
    }
}
