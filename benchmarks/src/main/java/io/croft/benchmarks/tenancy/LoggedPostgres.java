package io.croft.benchmarks.tenancy;

import io.croft.Secret;
import io.croft.benchmarks.run.Waiting;
import io.croft.embedded.EmbeddedPostgresServer;
import io.croft.pg.PgStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * An embedded Postgres that logs all it can: each statement with its parameters, its time and its errors. The library's
 * login needs a password.
 */
final class LoggedPostgres implements AutoCloseable {

    static final String LOGIN = "croft_canary";

    private static final String NAME = "canary";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final EmbeddedPostgresServer server;
    private final String adminUrl;
    private final Secret password;
    private final Path log;

    private LoggedPostgres(EmbeddedPostgresServer server, Secret password) throws SQLException, IOException {
        this.server = server;
        this.adminUrl = server.createDatabase(NAME);
        this.password = password;
        try (Connection admin = connect(); Statement statement = admin.createStatement()) {
            statement.execute("SET log_statement = 'none'");
            statement.execute("SET log_min_duration_statement = -1");
            statement.execute("CREATE ROLE " + LOGIN + " LOGIN PASSWORD '" + password.reveal().replace("'", "''")
                    + "'");
            statement.execute(PgStore.rolesSql("croft", LOGIN));
            log = Path.of(shown(statement, "data_directory")).resolveSibling("server.log");
            Path access = Path.of(shown(statement, "hba_file"));
            List<String> lines = new ArrayList<>(List.of("host all " + LOGIN + " 127.0.0.1/32 scram-sha-256"));
            lines.addAll(Files.readAllLines(access));
            Files.write(access, lines);
            statement.execute("SELECT pg_catalog.pg_reload_conf()");
        }
        Waiting.until("a login without its password to be refused", PATIENCE, this::asksForPasswords);
    }

    /** Starts one. The login's password is not in its log. */
    static LoggedPostgres start(Secret password) throws SQLException, IOException {
        EmbeddedPostgresServer server = EmbeddedPostgresServer.builder().withoutDurability().maxConnections(120)
                .setting("log_statement", "all").setting("log_duration", "on")
                .setting("log_min_duration_statement", "0").setting("log_min_messages", "info")
                .setting("log_min_error_statement", "info").setting("log_error_verbosity", "verbose")
                .setting("log_connections", "on").setting("log_disconnections", "on")
                .setting("log_lock_waits", "on").setting("log_line_prefix", "%m [%p] ")
                .start();
        try {
            return new LoggedPostgres(server, password);
        } catch (SQLException | IOException | RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    private static String shown(Statement statement, String setting) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW " + setting)) {
            row.next();
            return row.getString(1);
        }
    }

    private boolean asksForPasswords() {
        try (Connection connection = DriverManager.getConnection(url())) {
            return connection.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }

    /** The library's URL, without a password. */
    String url() {
        return server.jdbcUrl(NAME, LOGIN);
    }

    /** The library's store, with a pool of its own. */
    PgStore store() {
        return PgStore.builder(url(), LOGIN, password).open();
    }

    /** A host's source of connections with this password. */
    PGSimpleDataSource source(String given) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url());
        source.setUser(LOGIN);
        source.setPassword(given);
        return source;
    }

    /** A connection of the superuser; the caller closes it. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(adminUrl);
    }

    /** A connection of the library's login; the caller closes it. */
    Connection login() throws SQLException {
        Properties given = new Properties();
        given.setProperty("password", password.reveal());
        return DriverManager.getConnection(url(), given);
    }

    /** Kills what serves the library's connections; returns how many that were. */
    int killSessions() throws SQLException {
        try (Connection admin = connect();
                PreparedStatement statement = admin.prepareStatement(
                        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a "
                                + "WHERE a.usename = ?")) {
            statement.setString(1, LOGIN);
            int killed = 0;
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    killed++;
                }
            }
            return killed;
        }
    }

    /** All that the server has logged so far. */
    byte[] log() {
        try {
            return Files.readAllBytes(log);
        } catch (IOException e) {
            throw new UncheckedIOException(log + " cannot be read", e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
