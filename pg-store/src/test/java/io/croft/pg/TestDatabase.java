package io.croft.pg;

import io.croft.Secret;
import io.croft.embedded.EmbeddedPostgresServer;
import io.croft.pg.tx.Schema;
import io.croft.pg.tx.Transactions;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A fresh database on the server that all tests of this process share, with a login as an application has: no
 * superuser, no rights of its own.
 */
public final class TestDatabase {

    public static final String LOGIN = "croft_test_login";

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String PASSWORD = "not-a-secret";

    private final EmbeddedPostgresServer server;
    private final String name;

    private TestDatabase(EmbeddedPostgresServer server, String name) {
        this.server = server;
        this.name = name;
    }

    /** An empty database, with the login, but without Croft's roles and schema. */
    public static TestDatabase empty() {
        return empty(Server.SERVER);
    }

    private static TestDatabase empty(EmbeddedPostgresServer server) {
        String name = newName();
        server.createDatabase(name);
        TestDatabase database = new TestDatabase(server, name);
        database.execute("DO $$ BEGIN CREATE ROLE " + LOGIN + " LOGIN NOINHERIT PASSWORD '" + PASSWORD
                + "'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
        return database;
    }

    private static String newName() {
        return "croft_test_" + COUNT.incrementAndGet() + "_" + UUID.randomUUID().toString().substring(0, 8);
    }

    /** A database where a privileged user has run the roles' script. */
    public static TestDatabase prepared() {
        return prepared(Server.SERVER);
    }

    /** The same on a server of the test's own. */
    public static TestDatabase prepared(EmbeddedPostgresServer server) {
        TestDatabase database = empty(server);
        database.execute(PgStore.rolesSql("croft", LOGIN));
        return database;
    }

    /** A database with the newest schema, copied from one that was migrated once: faster than migrating each. */
    public static TestDatabase migrated() {
        TestDatabase database = new TestDatabase(Server.SERVER, newName());
        try (Connection connection = DriverManager.getConnection(Server.SERVER.superuserUrl());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + database.name + " TEMPLATE " + Template.MIGRATED.name);
        } catch (SQLException e) {
            throw new AssertionError("cannot copy a database", e);
        }
        return database;
    }

    public PgStore open() {
        return builder().open();
    }

    public PgStore.Builder builder() {
        return builder(url());
    }

    /** A store on the database that this leads to. */
    static PgStore.Builder builder(String url) {
        return PgStore.builder(url, LOGIN, Secret.of(PASSWORD));
    }

    /** The URL without a user. */
    String url() {
        String url = server.jdbcUrl(name, LOGIN, PASSWORD);
        return url.substring(0, url.indexOf('?'));
    }

    /** Unpooled connections of the application's login. */
    public PGSimpleDataSource loginSource() {
        return source(LOGIN, PASSWORD);
    }

    /** Unpooled connections of this role. */
    PGSimpleDataSource source(String role, String password) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(server.jdbcUrl(name, role, password));
        return source;
    }

    /** A wire to the server. */
    public Wire wire() {
        HostAndPort server = HostAndPort.of(url());
        return new Wire(server.host(), server.port());
    }

    /** Unpooled connections of the application's login through a wire. */
    public PGSimpleDataSource loginSource(Wire wire) {
        PGSimpleDataSource source = loginSource();
        source.setServerNames(new String[]{"127.0.0.1"});
        source.setPortNumbers(new int[]{wire.port()});
        return source;
    }

    /** Unpooled connections of the superuser. */
    PGSimpleDataSource superuserSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(superuserUrl());
        return source;
    }

    private String superuserUrl() {
        String url = server.superuserUrl();
        int slash = url.indexOf('/', url.indexOf("//") + 2);
        int query = url.indexOf('?');
        return url.substring(0, slash + 1) + name + (query < 0 ? "" : url.substring(query));
    }

    public Transactions transactions() {
        return transactions(loginSource());
    }

    public static Transactions transactions(DataSource source) {
        return new Transactions(source, new Schema(Schema.DEFAULT_NAME));
    }

    public Connection superuser() throws SQLException {
        return DriverManager.getConnection(superuserUrl());
    }

    /** Executes statements as the superuser. */
    public void execute(String sql) {
        try (Connection connection = superuser(); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError("cannot execute as superuser", e);
        }
    }

    /** The first column of the first row, as the superuser sees it. */
    public String read(String sql) {
        try (Connection connection = superuser();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : "";
        } catch (SQLException e) {
            throw new AssertionError("cannot read as superuser", e);
        }
    }

    public long count(String sql) {
        return Long.parseLong(read(sql));
    }

    /** Where a URL leads. */
    record HostAndPort(String host, int port) {

        static HostAndPort of(String url) {
            URI uri = URI.create(url.substring("jdbc:".length()));
            return new HostAndPort(uri.getHost(), uri.getPort() < 0 ? 5432 : uri.getPort());
        }
    }

    /** Started with the first database; stops with the process. */
    private static final class Server {

        static final EmbeddedPostgresServer SERVER = EmbeddedPostgresServer.builder().withoutDurability().start();
    }

    /** Migrated with the first copy; nobody is connected to it. */
    private static final class Template {

        static final TestDatabase MIGRATED = prepared();

        static {
            MIGRATED.open().close();
        }
    }
}
