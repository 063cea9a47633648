package io.croft.pg;

import io.croft.InvalidInputException;
import io.croft.pg.audit.Auditor;
import io.croft.pg.audit.Auditor.Depth;
import io.croft.pg.audit.Scope;
import io.croft.pg.audit.Scope.HostTable;
import io.croft.pg.tx.Schema;
import io.croft.pg.tx.SqlErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/**
 * Audits what keeps organisations apart in the database: reads in the system catalogues whether row security holds
 * everybody, and tries it out as two organisations that it makes and leaves no trace of. Immutable and thread-safe.
 *
 * <pre>{@code
 * RlsAudit.Report report = RlsAudit.builder().login("app").build().run(dataSource);
 * if (!report.isClean()) {
 *     System.err.println(report.table());
 * }
 * }</pre>
 *
 * <p>It compares the schema with what this release makes of it, so it must be of the release that migrated the schema.
 * Any role may read the catalogues; the probe needs one that can take the roles of the schema, as the application's
 * login and superusers can. Everything happens in one transaction that is rolled back. It takes about half a second and
 * waits at most five seconds for a lock; meanwhile nobody waits for it but who pauses an organisation in all queues.
 * Numbers of sequences are used up. What docs/security.md lists is checked, and nothing else: that there are no
 * findings does not prove that there is no way.
 */
public final class RlsAudit {

    /** The most of the host's tables in one audit. */
    public static final int MAX_HOST_TABLES = 1000;

    private final Auditor auditor;
    private final Set<Stated> exceptions;

    private RlsAudit(Builder builder) {
        Map<String, List<String>> bodies = FunctionBodies.of(builder.schema);
        List<HostTable> tables = builder.tables.values().stream()
                .map(table -> new HostTable(table.table(), table.schemaName(), table.tableName(), table.orgColumn(),
                        table.setting(), table.role(), table.row().orElse("")))
                .toList();
        this.auditor = new Auditor(new Scope(builder.schema, Set.copyOf(builder.logins),
                Set.copyOf(builder.hostRoles), tables, bodies), builder.depth);
        this.exceptions = Set.copyOf(builder.exceptions);
    }

    /** Begins an audit of the schema {@code croft}, with the probe. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Audits on a connection of its own, which it gives back as it got it.
     *
     * @throws io.croft.StoreUnavailableException if the database does not answer
     * @throws InvalidInputException              if a table or role of the host is not there
     * @throws io.croft.CroftException            if the schema is not there, or the probe cannot take its roles
     */
    public Report run(DataSource source) {
        return report(auditor.audit(source));
    }

    /**
     * Audits as this transaction sees the database, what it has done itself included: before a migration commits, say.
     * The transaction goes on as it was.
     *
     * @param connection a connection that is not in auto-commit mode
     * @throws InvalidInputException if the connection is in auto-commit mode, else as {@link #run}
     */
    public Report within(Connection connection) {
        try {
            if (connection.getAutoCommit()) {
                throw new InvalidInputException(
                        "the connection is in auto-commit mode: there is no transaction to look "
                                + "from; use run(dataSource)");
            }
            return report(auditor.audit(connection));
        } catch (SQLException e) {
            throw SqlErrors.translate(e);
        }
    }

    private Report report(List<io.croft.pg.audit.Finding> found) {
        return new Report(found.stream().filter(one -> !exceptions.contains(new Stated(one.code(), one.object())))
                .map(one -> new Finding(one.code(), one.object(), one.problem(), one.remedy())).toList());
    }

    /**
     * A way around row security that is open, or might be.
     *
     * @param code    the kind of finding, as docs/security.md lists them
     * @param object  what it was found at, as SQL names it
     * @param problem what is wrong with it
     * @param remedy  SQL that puts it right, where a statement can; read it before you execute it
     */
    public record Finding(String code, String object, String problem, Optional<String> remedy) {
    }

    /**
     * What an audit found.
     *
     * @param findings in the order of their codes
     */
    public record Report(List<Finding> findings) {

        /** Copies the list. */
        public Report {
            findings = List.copyOf(findings);
        }

        /** Whether nothing was found. */
        public boolean isClean() {
            return findings.isEmpty();
        }

        /** The findings to be read: a line for each with code, object and problem, and one with the remedy below it. */
        public String table() {
            if (findings.isEmpty()) {
                return "no findings";
            }
            int code = findings.stream().mapToInt(one -> one.code().length()).max().orElse(0);
            int object = Math.min(60, findings.stream().mapToInt(one -> one.object().length()).max().orElse(0));
            StringBuilder text = new StringBuilder();
            String blank = " ".repeat(code + 2);
            for (Finding one : findings) {
                text.append(pad(one.code(), code)).append("  ").append(pad(one.object(), object)).append("  ")
                        .append(one.problem()).append('\n');
                one.remedy().ifPresent(remedy -> text.append(blank).append("→ ").append(remedy).append(";\n"));
            }
            return text.append(findings.size()).append(findings.size() == 1 ? " finding" : " findings").toString();
        }

        private static String pad(String text, int width) {
            return text + " ".repeat(Math.max(0, width - text.length()));
        }
    }

    /** The settings of an audit. Used by one thread. */
    public static final class Builder {

        private final Set<String> logins = new LinkedHashSet<>();
        private final Set<String> hostRoles = new LinkedHashSet<>();
        private final Map<String, TenantTable> tables = new LinkedHashMap<>();
        private final Set<Stated> exceptions = new LinkedHashSet<>();
        private Schema schema = new Schema(Schema.DEFAULT_NAME);
        private Depth depth = Depth.CATALOGUES_AND_PROBE;

        private Builder() {
        }

        /**
         * Sets the schema; by default {@code croft}.
         *
         * @throws InvalidInputException if the name cannot be one
         */
        public Builder schema(String name) {
            this.schema = new Schema(name);
            return this;
        }

        /**
         * Adds a role that the application logs in as. Without any, whoever may log in and take the tenants' role
         * counts as one; with one or more, anybody else who may take a role of the schema is a finding.
         */
        public Builder login(String role) {
            logins.add(role);
            return this;
        }

        /** Adds a role that {@link PgStore#hostGrantsSql} was executed for: those grants of it are no finding. */
        public Builder hostRole(String role) {
            hostRoles.add(role);
            return this;
        }

        /**
         * Adds a tenant table of the host; its partitions are audited with it.
         *
         * @throws InvalidInputException if it was added before, or is one more than {@value RlsAudit#MAX_HOST_TABLES}
         */
        public Builder table(TenantTable table) {
            if (tables.putIfAbsent(table.table(), table) != null) {
                throw new InvalidInputException("table " + table.table() + " was added before");
            }
            if (tables.size() > MAX_HOST_TABLES) {
                throw new InvalidInputException("at most " + MAX_HOST_TABLES + " tables can be audited at once");
            }
            return this;
        }

        /** States an exception: findings of this code at this object, written as a report writes both, are left out. */
        public Builder except(String code, String object) {
            exceptions.add(new Stated(code, object));
            return this;
        }

        /** Reads the catalogues and tries nothing out. */
        public Builder withoutProbe() {
            this.depth = Depth.CATALOGUES;
            return this;
        }

        /** The audit; the builder may go on to make others. */
        public RlsAudit build() {
            return new RlsAudit(this);
        }
    }

    private record Stated(String code, String object) {
    }
}
