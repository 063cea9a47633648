package io.croft.pg;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

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

    private final Function<String, @Nullable String> settings;

    /** With these settings, by name; null or blank is as good as none. */
    AuditCommand(Function<String, @Nullable String> settings) {
        this.settings = settings;
    }

    /** Audits. */
    public static void main(String[] arguments) {
        System.exit(new AuditCommand(AuditCommand::ofProcess).run(System.out, System.err));
    }

    int run(PrintStream out, PrintStream err) {
        try {
            String url = given("croft.jdbc.url").orElseThrow(() -> new InvalidInputException(
                    "nothing to audit: give -Dcroft.jdbc.url=jdbc:postgresql://host:port/database"));
            RlsAudit.Report report = audit().run(source(url));
            out.println("audit of " + Address.of(url) + "\n" + report.table());
            return report.isClean() ? 0 : 1;
        } catch (CroftException e) {
            err.println("could not audit: " + e.getMessage());
            return 2;
        }
    }

    private PGSimpleDataSource source(String url) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        try {
            source.setUrl(url);
        } catch (IllegalArgumentException e) {
            // The cause repeats the whole URL.
            throw new InvalidInputException("\"" + Address.of(url) + "\" is no JDBC URL of Postgres: expected "
                    + "jdbc:postgresql://host:port/database");
        }
        given("croft.jdbc.user").ifPresent(source::setUser);
        given("croft.jdbc.password").ifPresent(source::setPassword);
        source.setLogServerErrorDetail(false);
        source.setApplicationName("croft audit");
        return source;
    }

    private RlsAudit audit() {
        RlsAudit.Builder audit = RlsAudit.builder();
        given("croft.audit.schema").ifPresent(audit::schema);
        list("croft.audit.logins", ",").forEach(audit::login);
        list("croft.audit.hostRoles", ",").forEach(audit::hostRole);
        for (String table : list("croft.audit.tables", ",")) {
            String[] parts = table.split(":", -1);
            if (parts.length != 4) {
                throw new InvalidInputException("\"" + table + "\" is no table to audit: write "
                        + "schema.table:column:setting:role");
            }
            audit.table(TenantTable.of(parts[0], parts[1], parts[2], parts[3]));
        }
        for (String exception : list("croft.audit.except", ";")) {
            int end = exception.indexOf('=');
            if (end < 1) {
                throw new InvalidInputException("\"" + exception + "\" is no exception: write CODE=object");
            }
            audit.except(exception.substring(0, end), exception.substring(end + 1));
        }
        if (given("croft.audit.probe").filter("false"::equalsIgnoreCase).isPresent()) {
            audit.withoutProbe();
        }
        return audit.build();
    }

    private List<String> list(String property, String separator) {
        return given(property).stream().flatMap(value -> Arrays.stream(value.split(separator, -1)))
                .map(String::strip).filter(one -> !one.isEmpty()).toList();
    }

    private Optional<String> given(String property) {
        return Optional.ofNullable(settings.apply(property)).filter(text -> !text.isBlank());
    }

    /** The property, else the environment variable of that name. */
    private static @Nullable String ofProcess(String property) {
        String value = System.getProperty(property);
        return value == null || value.isBlank() ? System.getenv(variable(property)) : value;
    }

    static String variable(String property) {
        return property.replaceAll("([a-z])([A-Z])", "$1_$2").replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
