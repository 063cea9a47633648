package io.croft.pg;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.Actor;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.embedded.EmbeddedPostgresServer;
import io.croft.spi.ChangeFeed;
import io.croft.spi.ContentStore;
import io.croft.spi.JobStore;
import io.croft.spi.OrgStore;
import io.croft.spi.Store;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;

/** A database of its own with the queue's schema, on a server that all tests share, and a login without rights. */
final class QueueDatabase implements AutoCloseable {

    private static final EmbeddedPostgresServer SERVER = EmbeddedPostgresServer.builder().withoutDurability().start();

    private final String superuserUrl;
    private final HikariDataSource pool;
    private final Transactions transactions;

    private QueueDatabase(String superuserUrl, HikariDataSource pool) {
        this.superuserUrl = superuserUrl;
        this.pool = pool;
        this.transactions = new Transactions(pool, new Schema(Schema.DEFAULT_NAME));
    }

    static QueueDatabase create() throws SQLException {
        String name = "queue_" + UUID.randomUUID().toString().replace("-", "").substring(0, 16);
        String login = name + "_login";
        String url = SERVER.createDatabase(name);
        Schema schema = new Schema(Schema.DEFAULT_NAME);
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE " + login + " LOGIN NOINHERIT");
            statement.execute(Installation.rolesSql(schema, login));
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(SERVER.jdbcUrl(name, login));
        config.setMaximumPoolSize(20);
        config.setMinimumIdle(0);
        HikariDataSource pool = new HikariDataSource(config);
        Migrations.run(pool, schema);
        return new QueueDatabase(url, pool);
    }

    DataSource dataSource() {
        return pool;
    }

    Transactions transactions() {
        return transactions;
    }

    PgJobStore jobs() {
        return new PgJobStore(transactions);
    }

    /** A store that has organisations and jobs. */
    Store store() {
        return new JobsOnly(transactions);
    }

    OrgId newOrg() {
        OrgId org = OrgId.of(UUID.randomUUID());
        new PgOrgStore(transactions).create(TenantContext.of(org, Actor.user("test", Role.ADMIN)));
        return org;
    }

    /** A connection of the login, in a transaction, in this role. */
    Connection connection(DbRole role) throws SQLException {
        Connection connection = DriverManager.getConnection(pool.getJdbcUrl());
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE croft_" + role.name().toLowerCase(Locale.ROOT));
        }
        connection.setAutoCommit(false);
        return connection;
    }

    /** One number, read past all row-level security. */
    long number(String sql, Object... parameters) throws SQLException {
        try (Connection connection = DriverManager.getConnection(superuserUrl);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return Rows.one(r -> r.getLong(1)).read(row);
            }
        }
    }

    /** A statement as the superuser. */
    void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(superuserUrl);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() {
        pool.close();
    }

    /** What the queue needs of a store. */
    private record JobsOnly(Transactions transactions) implements Store {

        @Override
        public OrgStore orgs() {
            return new PgOrgStore(transactions);
        }

        @Override
        public ContentStore content() {
            throw new UnsupportedOperationException("content");
        }

        @Override
        public ChangeFeed changes() {
            throw new UnsupportedOperationException("changes");
        }

        @Override
        public JobStore jobs() {
            return new PgJobStore(transactions);
        }

        @Override
        public void expire() {
            new PgJobStore(transactions).expire();
        }

        @Override
        public void close() {
            // the database closes what it opened
        }
    }
}
