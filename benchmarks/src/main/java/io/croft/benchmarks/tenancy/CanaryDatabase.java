package io.croft.benchmarks.tenancy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Looks into what Postgres shows: rows under each organisation, sessions, notifications, its log. */
final class CanaryDatabase implements AutoCloseable {

    private static final Pattern PARAMETERS = Pattern.compile("DETAIL: .{0,20}[Pp]arameters: ");
    private static final int HEAD = 200;

    /** Of each table, the columns that the application's role may read, of its partitions as well. */
    private static final String COLUMNS = """
            SELECT c.relname, string_agg('t.' || quote_ident(a.attname) || '::text', ', ' ORDER BY a.attnum)
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname = 'croft' AND c.relkind IN ('r', 'p', 'v')
              AND has_column_privilege('croft_app', c.oid, a.attnum, 'SELECT')
            GROUP BY c.relname ORDER BY c.relname
            """;

    private final LoggedPostgres database;
    private final CanaryWatch watch;
    private final Connection admin;
    private int logged;

    CanaryDatabase(LoggedPostgres database, CanaryWatch watch) throws SQLException {
        this.database = database;
        this.watch = watch;
        this.admin = database.connect();
        try (Statement statement = admin.createStatement()) {
            statement.execute("LISTEN croft_changes");
            statement.execute("LISTEN croft_jobs");
        }
    }

    /** What sessions do at this moment, and what was told since the last look. */
    void lookAtSessions() throws SQLException {
        try (Statement statement = admin.createStatement();
                ResultSet rows = statement.executeQuery("SELECT a.query, a.application_name "
                        + "FROM pg_catalog.pg_stat_activity a WHERE a.pid <> pg_catalog.pg_backend_pid()")) {
            while (rows.next()) {
                watch.look(CanaryPlace.SESSIONS, -1, "a session", rows.getString(1) + " " + rows.getString(2));
            }
        }
        PGNotification[] told = admin.unwrap(PGConnection.class).getNotifications();
        for (PGNotification one : told == null ? new PGNotification[0] : told) {
            watch.look(CanaryPlace.NOTIFICATIONS, -1, one.getName(), one.getName() + " " + one.getParameter());
        }
    }

    /** All rows that a transaction of this organisation sees. */
    void lookAtRows(CanaryOrg org, Set<Canary> learned) throws SQLException {
        try (Connection connection = database.login(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SET LOCAL ROLE croft_app");
            try (PreparedStatement set =
                    connection.prepareStatement("SELECT pg_catalog.set_config('croft.org_id', ?, true)")) {
                set.setString(1, org.context().org().toString());
                set.execute();
            }
            Map<String, String> tables = new LinkedHashMap<>();
            try (ResultSet rows = statement.executeQuery(COLUMNS)) {
                while (rows.next()) {
                    tables.put(rows.getString(1), rows.getString(2));
                }
            }
            for (Map.Entry<String, String> table : tables.entrySet()) {
                try (ResultSet rows = statement.executeQuery("SELECT concat_ws(' ', " + table.getValue()
                        + ") FROM croft.\"" + table.getKey() + "\" t")) {
                    while (rows.next()) {
                        watch.look(CanaryPlace.ROWS, org.number(), learned, "table " + table.getKey(),
                                rows.getString(1).getBytes(StandardCharsets.UTF_8));
                    }
                }
            }
            connection.rollback();
        }
    }

    /** What the server has logged since the last look; what parameters were apart from all else. */
    void lookAtLog() {
        byte[] log = database.log();
        byte[] fresh = Arrays.copyOfRange(log, logged, log.length);
        logged = log.length;
        ByteArrayOutputStream parameters = new ByteArrayOutputStream();
        ByteArrayOutputStream others = new ByteArrayOutputStream();
        boolean ofParameters = false;
        for (int from = 0; from < fresh.length;) {
            int end = from;
            while (end < fresh.length && fresh[end] != '\n') {
                end++;
            }
            if (fresh[from] != '\t') { // else it goes on with the entry before
                ofParameters = PARAMETERS.matcher(new String(fresh, from, Math.min(HEAD, end - from),
                        StandardCharsets.ISO_8859_1)).find();
            }
            (ofParameters ? parameters : others).write(fresh, from, end - from);
            (ofParameters ? parameters : others).write('\n');
            from = end + 1;
        }
        watch.look(CanaryPlace.PARAMETERS, -1, Set.of(), "parameters", parameters.toByteArray());
        watch.look(CanaryPlace.STATEMENTS, -1, Set.of(), "all but parameters", others.toByteArray());
    }

    /** Sends a statement as the superuser. */
    void execute(String sql) throws SQLException {
        try (Statement statement = admin.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The same with parameters. */
    void execute(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = admin.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            statement.execute();
        }
    }

    @Override
    public void close() throws SQLException {
        admin.close();
    }
}
