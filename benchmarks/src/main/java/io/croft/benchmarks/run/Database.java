package io.croft.benchmarks.run;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.Secret;
import io.croft.StoreUnavailableException;
import io.croft.embedded.EmbeddedPostgresServer;
import io.croft.pg.PgStore;
import io.croft.spi.Store;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A fresh, empty database of an embedded Postgres, or one that another process has made so. The library logs in as a
 * role that has no rights of its own, as it should in production. The server does not wait for the disk, unless it is
 * asked to by {@link #startDurable}: few measurements depend on it.
 */
public final class Database implements AutoCloseable {

    /** The role that the library logs in as. */
    public static final String LOGIN = "croft_bench";
    private static final Duration OPENING = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(100);
    /** The embedded server asks for none; one that was named may. */
    private static final String PASSWORD = "croft-bench";
    private static final int POOL_SIZE = 12;

    private final Optional<EmbeddedPostgresServer> server;
    private final String adminUrl;
    private final String url;

    private Database(Optional<EmbeddedPostgresServer> server, String adminUrl, String url) {
        this.server = server;
        this.adminUrl = adminUrl;
        this.url = url;
    }

    /** Starts a Postgres and makes a database in it. */
    public static Database start() {
        return start(EmbeddedPostgresServer.builder().withoutDurability().maxConnections(120).start());
    }

    /** The same on a Postgres that has its default settings: each commit waits for the disk. */
    public static Database startDurable() {
        return start(EmbeddedPostgresServer.builder().maxConnections(200).setting("max_wal_size", "4GB").start());
    }

    private static Database start(EmbeddedPostgresServer server) {
        try {
            String name = String.format(Locale.ROOT, "croft_bench_%08x", ThreadLocalRandom.current().nextInt());
            String adminUrl = server.createDatabase(name);
            makeLogin(adminUrl);
            return new Database(Optional.of(server), adminUrl, server.jdbcUrl(name, LOGIN, PASSWORD));
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    /**
     * A database that another process has started and a store has migrated, by its {@link #address}. It is not stopped
     * by {@link #close}.
     */
    public static Database at(List<String> address) {
        return new Database(Optional.empty(), address.get(0), address.get(1));
    }

    private static void makeLogin(String adminUrl) {
        try (Connection admin = DriverManager.getConnection(adminUrl); Statement statement = admin.createStatement()) {
            statement.execute("DO $$ BEGIN CREATE ROLE " + LOGIN + " LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; "
                    + "END $$");
            statement.execute("ALTER ROLE " + LOGIN + " PASSWORD '" + PASSWORD + "'");
            statement.execute(PgStore.rolesSql("croft", LOGIN));
        } catch (SQLException e) {
            throw new IllegalStateException("the role to log in with could not be made: " + e.getMessage(), e);
        }
    }

    /** What another process needs to find it: the superuser's URL and the library's. */
    public List<String> address() {
        return List.of(adminUrl, url);
    }

    /**
     * The library's store, with a pool of its own. The caller closes it, or the {@code Croft} that it is given to does.
     * It is waited for: a machine that runs many processes at once may take longer for a first connection than an
     * application would want to.
     */
    public Store store() {
        long end = System.nanoTime() + OPENING.toNanos();
        while (true) {
            try {
                return builder().open();
            } catch (StoreUnavailableException e) {
                if (System.nanoTime() - end >= 0) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    /** The same with so many connections. */
    public Store store(int connections) {
        return builder().poolSize(connections).open();
    }

    /** The same, but nobody tells it of changes. */
    public Store storeThatOnlyLooks() {
        return builder().withoutListening().open();
    }

    /**
     * Makes another schema beside the first one, with roles of its own, and brings it up to date.
     *
     * @param login the existing role that its application logs in as
     */
    public void makeSchema(String name, String login) {
        try (Connection admin = connect(); Statement statement = admin.createStatement()) {
            statement.execute(PgStore.rolesSql(name, login));
        } catch (SQLException e) {
            throw new IllegalStateException("the roles of schema " + name + " could not be made: " + e.getMessage(), e);
        }
        PgStore.builder(url, login, Secret.of(PASSWORD)).schema(name).open().close();
    }

    /** A pool of one connection of the library's login; the caller closes it. */
    public HikariDataSource loginPool() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(1);
        config.setPoolName("croft-bench-login");
        return new HikariDataSource(config);
    }

    private PgStore.Builder builder() {
        PgStore.Builder builder = PgStore.builder(url, LOGIN, Secret.of(PASSWORD));
        return server.isPresent() ? builder : builder.withoutMigrations();
    }

    /** A pool of the superuser's connections, as a host's own; the caller closes it. */
    public HikariDataSource hostPool() {
        return hostPool(POOL_SIZE);
    }

    /** As {@link #hostPool()}, with so many connections. */
    public HikariDataSource hostPool(int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(adminUrl);
        config.setMaximumPoolSize(connections);
        config.setPoolName("croft-bench");
        return new HikariDataSource(config);
    }

    /** A connection of the superuser, who sees every row; the caller closes it. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(adminUrl);
    }

    /**
     * Kills the server's processes and starts it again at the same address.
     *
     * @throws IllegalStateException if this process did not start it
     */
    public void crash() {
        server.orElseThrow(() -> new IllegalStateException("another process has started this database's server"))
                .crash();
    }

    @Override
    public void close() {
        server.ifPresent(EmbeddedPostgresServer::close);
    }
}
