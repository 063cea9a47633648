package io.croft.pg.queue;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.job.JobRetention;
import io.croft.pg.PgStore;
import io.croft.pg.TestDatabase;
import io.croft.pg.tx.DbRole;
import io.croft.pg.tx.Rows;
import io.croft.spi.JobStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;

/** An open store on a database of its own, and ways past it. */
final class QueueDatabase implements AutoCloseable {

    private final TestDatabase database;
    private final PgStore store;

    private QueueDatabase(TestDatabase database, PgStore store) {
        this.database = database;
        this.store = store;
    }

    static QueueDatabase create() {
        TestDatabase database = TestDatabase.migrated();
        return new QueueDatabase(database, database.builder().withoutMigrations().poolSize(20).open());
    }

    /** Another store on it, with this retention; the caller closes it. */
    PgStore open(JobRetention retention) {
        return database.builder().withoutMigrations().poolSize(4).jobRetention(retention).open();
    }

    PgStore store() {
        return store;
    }

    JobStore jobs() {
        return store.jobs();
    }

    DataSource dataSource() {
        return database.loginSource();
    }

    OrgId newOrg() {
        OrgId org = OrgId.of(UUID.randomUUID());
        store.orgs().create(context(org));
        return org;
    }

    void erase(OrgId org) {
        store.orgs().erase(context(org));
    }

    private static TenantContext context(OrgId org) {
        return TenantContext.of(org, Actor.user("test", Role.ADMIN));
    }

    /** A connection of the application's login that has taken this role, with autocommit off. */
    Connection connection(DbRole role) throws SQLException {
        return connection(database, role);
    }

    /** The same as the application's role, in a transaction of this organisation. */
    Connection transaction(OrgId org) throws SQLException {
        Connection connection = connection(DbRole.APP);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
        }
        return connection;
    }

    static Connection connection(TestDatabase database, DbRole role) throws SQLException {
        Connection connection = database.loginSource().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE croft_" + role.name().toLowerCase(Locale.ROOT));
        }
        connection.setAutoCommit(false);
        return connection;
    }

    /** One number, read past all row-level security. */
    long number(String sql, Object... parameters) throws SQLException {
        try (Connection connection = database.superuser();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return Rows.one(r -> r.getLong(1)).read(row);
            }
        }
    }

    /** A connection that sees all rows. */
    Connection superuser() throws SQLException {
        return database.superuser();
    }

    /** A statement as the superuser. */
    void execute(String sql) {
        database.execute(sql);
    }

    @Override
    public void close() {
        store.close();
    }
}
