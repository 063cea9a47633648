package io.croft.embedded;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real Postgres for tests, demos and benchmarks: started from binaries on the class path, or one that the user
 * names.
 *
 * <p>Where it comes from, in this order:
 *
 * <ol>
 * <li>The server at the JDBC URL in the system property {@value #URL_PROPERTY}, else in the environment variable
 * {@value #URL_VARIABLE}, if one is given and not blank. Nothing is started then, nothing there is ever dropped or
 * stopped, and what the builder says is not used. Its role must be a superuser, or hold CREATEDB and CREATEROLE: the
 * databases and roles made through it stay.
 * <li>A Postgres 18 of its own, unpacked once for each user of the machine into a folder below {@code java.io.tmpdir}.
 * As root, which Postgres refuses, it runs in a user namespace of its own ({@code unshare}), where it is still root
 * towards this machine's files, else as the user {@code nobody} ({@code setpriv}, else {@code su}).
 * </ol>
 *
 * <p>An own server listens on 127.0.0.1 only, at a free port. Its superuser has a random password, which
 * {@link #superuserUrl()} carries; every other role may connect from this machine without one, so put nothing secret
 * into it. Locale C, encoding UTF-8, time zone UTC, 100 connections, durable as Postgres is by default.
 *
 * <p>It stops, and loses its data unless the builder named a folder, at {@link #close()} or at the end of the JVM,
 * also by Ctrl-C. A JVM that was killed leaves both behind; the next start by the same user removes them.
 *
 * <p>Safe for use by several threads. Several servers may run at once.
 */
public final class EmbeddedPostgresServer implements AutoCloseable {

    /** The system property that names a running server to use instead: {@value}. */
    public static final String URL_PROPERTY = "croft.jdbc.url";

    /** The environment variable that does the same: {@value}. */
    public static final String URL_VARIABLE = "CROFT_JDBC_URL";

    private static final Pattern DATABASE_NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

    private final JdbcUrl superuser;
    private final @Nullable PostgresCluster cluster;

    private EmbeddedPostgresServer(JdbcUrl superuser, @Nullable PostgresCluster cluster) {
        this.superuser = superuser;
        this.cluster = cluster;
    }

    /**
     * Starts a server with the defaults, which takes about a second, or several when the binaries are unpacked for the
     * first time.
     *
     * @return the running server, to be closed by the caller
     * @throws IllegalStateException when it does not start; the message names the cause and the remedy
     */
    public static EmbeddedPostgresServer start() {
        return builder().start();
    }

    /**
     * Begins a server with other settings than the defaults.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Whether the user names a running server, which is then used and neither stopped nor changed beyond what databases
     * need.
     *
     * @return whether the property or the variable holds a URL
     */
    public static boolean isGiven() {
        return givenUrl().isPresent();
    }

    private static Optional<String> givenUrl() {
        return Optional.ofNullable(System.getProperty(URL_PROPERTY))
                .filter(url -> !url.isBlank())
                .or(() -> Optional.ofNullable(System.getenv(URL_VARIABLE)).filter(url -> !url.isBlank()));
    }

    /**
     * Returns the JDBC URL of the superuser at the database {@code postgres}, or the URL that the user gave.
     *
     * @return the URL, with the password; keep it out of logs
     */
    public String superuserUrl() {
        return superuser.toString();
    }

    /**
     * Returns the JDBC URL of a database for a user who needs no password, or for the superuser, whose password it then
     * carries.
     *
     * @param database the name of the database, existing or not
     * @param user     the name of the role, existing or not
     * @return the URL
     */
    public String jdbcUrl(String database, String user) {
        return superuser.withDatabase(database).withUser(user).toString();
    }

    /**
     * Returns the JDBC URL of a database for a user with a password, as a server that the user named may demand it.
     *
     * @param database the name of the database, existing or not
     * @param user     the name of the role, existing or not
     * @param password the password of the role
     * @return the URL, with the password; keep it out of logs
     */
    public String jdbcUrl(String database, String user, String password) {
        return superuser.withDatabase(database).withUser(user, password).toString();
    }

    /**
     * Creates an empty database, owned by the superuser.
     *
     * @param name the name: lower-case letters, digits and underscores, at most 63, not beginning with a digit
     * @return the superuser's JDBC URL of the new database
     * @throws IllegalArgumentException when the name is another
     * @throws IllegalStateException    when it cannot be created, for example because it exists
     */
    public String createDatabase(String name) {
        if (!DATABASE_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("database name '" + name
                    + "': use 1 to 63 lower-case letters, digits and underscores, not beginning with a digit");
        }
        try (Connection connection = DriverManager.getConnection(superuser.toString());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE \"" + name + "\"");
        } catch (SQLException e) {
            throw new IllegalStateException("cannot create database " + name + ": " + e.getMessage(), e);
        }
        return superuser.withDatabase(name).toString();
    }

    /**
     * Kills all processes of an own server, as {@code kill -9} does, and starts it again at the same port: it recovers
     * what was committed, and all connections are broken.
     *
     * @throws IllegalStateException when the server is one that the user named, is closed, or does not start again
     */
    public void crash() {
        if (cluster == null) {
            throw new IllegalStateException("the server at the URL that you gave is not this one's to kill: leave out "
                    + URL_PROPERTY + " and " + URL_VARIABLE);
        }
        cluster.crash();
    }

    /** Stops the server if it is an own one, and deletes its data unless the builder named a folder. Idempotent. */
    @Override
    public void close() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** The settings of a server to start. Not safe for use by several threads; each {@link #start()} starts another. */
    public static final class Builder {

        private static final Pattern SETTING_NAME = Pattern.compile("[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)?");

        private final Map<String, String> settings = new LinkedHashMap<>();
        private @Nullable Path dataFolder;
        private @Nullable RunAs runAs;

        private Builder() {
            maxConnections(100);
            setting("timezone", "UTC");
            setting("log_timezone", "UTC");
        }

        /**
         * Keeps the data in a folder, which is created when missing and used again when it holds the data of an earlier
         * server. By default the data are deleted when the server stops.
         *
         * @param folder the folder: empty, missing, or from an earlier server started by the same user
         * @return this
         */
        public Builder dataFolder(Path folder) {
            this.dataFolder = folder.toAbsolutePath().normalize();
            return this;
        }

        /**
         * Sets how many connections the server takes.
         *
         * @param connections the limit, 10 to 10,000; by default 100
         * @return this
         * @throws IllegalArgumentException when out of range
         */
        public Builder maxConnections(int connections) {
            if (connections < 10 || connections > 10_000) {
                throw new IllegalArgumentException("max connections " + connections + ": must be 10 to 10000");
            }
            return setting("max_connections", Integer.toString(connections));
        }

        /**
         * Trades durability for speed: {@code fsync}, {@code synchronous_commit} and {@code full_page_writes} off. A
         * crash of the machine then corrupts the data; a crash of Postgres alone may lose the latest commits. For tests
         * that measure neither.
         *
         * @return this
         */
        public Builder withoutDurability() {
            setting("fsync", "off");
            setting("synchronous_commit", "off");
            return setting("full_page_writes", "off");
        }

        /**
         * Sets a server setting, as in {@code postgresql.conf}.
         *
         * @param name  the name, in lower case; not {@code port}, {@code listen_addresses} or
         *              {@code unix_socket_directories}
         * @param value the value, without quotes around it; the server refuses to start when it is no valid one
         * @return this
         * @throws IllegalArgumentException when the name is none or reserved, or the value spans lines
         */
        public Builder setting(String name, String value) {
            if (!SETTING_NAME.matcher(name).matches() || PostgresCluster.RESERVED_SETTINGS.contains(name)) {
                throw new IllegalArgumentException("server setting '" + name + "' cannot be set: use a name of "
                        + "postgresql.conf in lower case, other than " + PostgresCluster.RESERVED_SETTINGS);
            }
            if (value.contains("\n") || value.contains("\r")) {
                throw new IllegalArgumentException("server setting '" + name + "': the value spans lines");
            }
            settings.put(name, value);
            return this;
        }

        Builder runAs(RunAs way) {
            this.runAs = way;
            return this;
        }

        /**
         * Starts the server, or turns to the one that the user named.
         *
         * @return the running server, to be closed by the caller
         * @throws IllegalStateException    when it does not start; the message names the cause and the remedy
         * @throws IllegalArgumentException when the user's JDBC URL is none of Postgres
         */
        public EmbeddedPostgresServer start() {
            return givenUrl()
                    .map(url -> new EmbeddedPostgresServer(JdbcUrl.parse(url), null))
                    .orElseGet(this::startOwn);
        }

        EmbeddedPostgresServer startOwn() {
            PostgresCluster cluster = PostgresCluster.start(runAs == null ? RunAs.find() : runAs, dataFolder, settings);
            return new EmbeddedPostgresServer(cluster.superuserUrl(), cluster);
        }

    }
}
