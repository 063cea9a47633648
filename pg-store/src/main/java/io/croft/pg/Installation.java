package io.croft.pg;

import io.croft.CroftException;
import io.croft.StoreUnavailableException;
import io.croft.pg.MigrationPlan.Step;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.DbRole;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Schema;
import io.croft.pg.tx.SqlErrors;
import io.croft.pg.tx.Transactions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens once, when a store is opened: the roles are there, the schema is up to date, and a transaction for an
 * organisation really is held to its rows. With {@link Migrations} it uses connections beside {@link Transactions},
 * because it comes before the roles.
 */
final class Installation {

    private static final int OLDEST_SERVER = 15;
    private static final String HOST_GRANTS = """
            -- Trusts the role: it may enqueue jobs for any organisation, learn the state and result of a job whose
            -- organisation and key it names, and complete any attempt whose organisation, job and fence it knows. It can
            -- read none of Croft's tables.
            GRANT USAGE ON SCHEMA ${schema} TO "${role}";
            GRANT EXECUTE ON FUNCTION ${schema}.enqueue_v1, ${schema}.finish_deferred_v1, ${schema}.check_database_v1
              TO "${role}";
            """;
    private static final Logger LOG = LoggerFactory.getLogger(Installation.class);

    private final DataSource source;
    private final Schema schema;
    private final String address;

    Installation(DataSource source, Schema schema, String address) {
        this.source = source;
        this.schema = schema;
        this.address = address;
    }

    /** The script that makes the roles. */
    static String rolesSql(Schema schema, String login) {
        return Migrations.read("roles.sql").replace("${schema}", schema.name()).replace("${login}", login);
    }

    /** The statements that let a host's role use the queue inside its own transactions. */
    static String hostGrantsSql(Schema schema, String role) {
        return HOST_GRANTS.replace("${schema}", schema.name()).replace("${role}", role);
    }

    /** Checks the server and the login; a superuser makes the roles by itself. */
    void prepareRoles() {
        try (Connection connection = source.getConnection()) {
            checkVersion(connection.getMetaData().getDatabaseMajorVersion());
            Login login = login(connection);
            if (login.superuser()) {
                makeRoles(connection, login);
            } else if (!login.mayTakeRoles()) {
                throw withoutRoles(login);
            }
        } catch (SQLException e) {
            throw explain(e);
        }
    }

    private CroftException withoutRoles(Login login) {
        return new CroftException("user \"" + login.name() + "\" of " + address
                + " cannot take the roles of schema " + schema.name()
                + ", or there is no such schema: run the script that PgStore.rolesSql(\"" + schema.name()
                + "\", \"" + login.name() + "\") returns in that database, once, as a superuser");
    }

    /** What would be executed to bring the schema up to date; nothing of it is. */
    MigrationPlan plan() {
        Login login;
        try (Connection connection = source.getConnection()) {
            checkVersion(connection.getMetaData().getDatabaseMajorVersion());
            login = login(connection);
        } catch (SQLException e) {
            throw explain(e);
        }
        if (login.mayTakeRoles()) {
            return new MigrationPlan(schema.name(), Migrations.plan(source, schema));
        }
        if (login.migrated()) {
            throw withoutRoles(login);
        }
        Step roles = new Step("roles.sql", rolesSql(schema, login.name()), Optional.empty());
        return new MigrationPlan(schema.name(),
                Stream.concat(Stream.of(roles), Migrations.all(schema).stream()).toList());
    }

    /** A pool may give connections that are not in auto-commit mode, and roll back what nobody committed. */
    private void makeRoles(Connection connection, Login login) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            statement.execute(rolesSql(schema, login.name()));
        }
        connection.setAutoCommit(autoCommit);
    }

    private RuntimeException explain(SQLException e) {
        CroftException translated = SqlErrors.translate(e);
        return translated instanceof StoreUnavailableException
                ? new StoreUnavailableException("cannot open " + address + ": " + translated.getMessage() + why(e),
                        translated.getCause())
                : translated;
    }

    /** A pool says that it got no connection, and only the cause says why: no such database, role, or server. */
    private static String why(SQLException e) {
        return e.getCause() instanceof SQLException cause ? ": " + SqlErrors.message(cause) : "";
    }

    private void checkVersion(int major) {
        if (major < OLDEST_SERVER) {
            throw new CroftException(address + " is Postgres " + major + ": " + OLDEST_SERVER + " or newer is needed");
        }
    }

    private Login login(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(InstallationSql.LOGIN)) {
            statement.setString(1, schema.name());
            try (ResultSet row = statement.executeQuery()) {
                return Rows.one(r -> new Login(r.getString("login"), r.getBoolean("superuser"),
                        r.getBoolean("may_take_roles"), r.getBoolean("migrated"))).read(row);
            }
        }
    }

    /** Refuses to go on unless tenant transactions are what they must be; empties logs that come from elsewhere. */
    void check(Transactions transactions) {
        Access nobody = new Access(DbRole.APP, UUID.randomUUID().toString());
        requireRowSecurity(transactions, nobody);
        if (transactions.query(Access.admin(), InstallationSql.CHECK_INSTALLATION, Binder.NONE,
                Rows.one(row -> row.getBoolean(1)))) {
            LOG.warn("schema {} was restored from another database cluster: the marketplace's index and private "
                    + "indexes that were not up to date will be rebuilt", schema.name());
        }
    }

    private void requireRowSecurity(Transactions transactions, Access nobody) {
        List<String> reasons = transactions.query(nobody, InstallationSql.UNSAFE,
                p -> p.text(schema.name()).text(schema.name()).text(schema.name()),
                Rows.list(row -> row.getString(1)));
        if (!reasons.isEmpty()) {
            throw new CroftException("refusing " + address + ", organisations would not be kept apart: "
                    + String.join("; ", reasons));
        }
    }

    private record Login(String name, boolean superuser, boolean mayTakeRoles, boolean migrated) {
    }
}
