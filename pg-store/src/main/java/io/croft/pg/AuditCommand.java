package io.croft.pg;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import java.io.PrintStream;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@link RlsAudit} as a command: prints the findings and ends with status 0 if there are none, 1 if there are, and 2 if
 * it could not audit.
 *
 * <p>System properties say what to audit, each also as an environment variable ({@code CROFT_JDBC_PASSWORD}), where no
 * list of processes shows it: {@code croft.jdbc.url}, {@code croft.jdbc.user} and {@code croft.jdbc.password} where to
 * connect; {@code croft.audit.schema} the schema; {@code croft.audit.logins} and
 * {@code croft.audit.hostRoles} roles, separated by commas; {@code croft.audit.tables} tables of the host as
 * {@code schema.table:column:setting:role}, separated by commas; {@code croft.audit.except} exceptions as
 * {@code CODE=object}, separated by semicolons; {@code croft.audit.probe=false} leaves the probe out.
 */
public final class AuditCommand {

    private final CommandSettings settings;

    private AuditCommand(CommandSettings settings) {
        this.settings = settings;
    }

    /** With these settings, by name; null or blank is as good as none. */
    AuditCommand(Function<String, @Nullable String> settings) {
        this(new CommandSettings(settings));
    }

    /** Audits. */
    public static void main(String[] arguments) {
        System.exit(new AuditCommand(CommandSettings.ofProcess()).run(System.out, System.err));
    }

    int run(PrintStream out, PrintStream err) {
        try {
            String url = settings.url("audit");
            RlsAudit.Report report = audit().run(settings.source(url, "croft audit"));
            out.println("audit of " + Address.of(url) + "\n" + report.table());
            return report.isClean() ? 0 : 1;
        } catch (CroftException e) {
            err.println("could not audit: " + e.getMessage());
            return 2;
        }
    }

    private RlsAudit audit() {
        RlsAudit.Builder audit = RlsAudit.builder();
        settings.given("croft.audit.schema").ifPresent(audit::schema);
        settings.list("croft.audit.logins", ",").forEach(audit::login);
        settings.list("croft.audit.hostRoles", ",").forEach(audit::hostRole);
        for (String table : settings.list("croft.audit.tables", ",")) {
            String[] parts = table.split(":", -1);
            if (parts.length != 4) {
                throw new InvalidInputException("\"" + table + "\" is no table to audit: write "
                        + "schema.table:column:setting:role");
            }
            audit.table(TenantTable.of(parts[0], parts[1], parts[2], parts[3]));
        }
        for (String exception : settings.list("croft.audit.except", ";")) {
            int end = exception.indexOf('=');
            if (end < 1) {
                throw new InvalidInputException("\"" + exception + "\" is no exception: write CODE=object");
            }
            audit.except(exception.substring(0, end), exception.substring(end + 1));
        }
        if (settings.given("croft.audit.probe").filter("false"::equalsIgnoreCase).isPresent()) {
            audit.withoutProbe();
        }
        return audit.build();
    }
}
