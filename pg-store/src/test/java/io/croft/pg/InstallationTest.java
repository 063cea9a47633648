package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.Actor;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.Secret;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Schema;
import io.croft.pg.tx.Transactions;
import io.croft.search.Source;
import io.croft.spi.contract.Race;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.postgresql.ds.PGSimpleDataSource;

class InstallationTest {

    private static String trace(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** A schema of this test's own: roles belong to all databases of the server. */
    private static String newSchema() {
        return "s_" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    }

    private static TenantContext context() {
        return TenantContext.of(OrgId.of(UUID.randomUUID()), Actor.service("test"));
    }

    @Test
    void open_byAPlainLoginNamesTheScriptThatIsMissing() {
        String schema = newSchema();

        assertThatThrownBy(() -> TestDatabase.empty().builder().schema(schema).open())
                .isInstanceOf(CroftException.class)
                .hasMessageContaining("PgStore.rolesSql(\"" + schema + "\", \"" + TestDatabase.LOGIN + "\")");
    }

    @Test
    void open_inADatabaseWithoutTheSchemaNamesTheScriptToo() {
        TestDatabase.prepared();

        assertThatThrownBy(() -> TestDatabase.empty().open()).hasMessageContaining("PgStore.rolesSql(\"croft\"");
    }

    @Test
    void open_byASuperuserMakesTheRolesAndIsHeldToThemAllTheSame() {
        TestDatabase database = TestDatabase.empty();
        String schema = newSchema();

        try (PgStore store = PgStore.builder(database.superuserSource()).schema(schema).open()) {
            TenantContext context = context();
            store.orgs().create(context);
            Transactions transactions = new Transactions(database.superuserSource(), new Schema(schema));
            List<String> seen = transactions.query(Access.tenant(context.org()),
                    "SELECT current_user::text || count(*) FROM ${schema}.org", Binder.NONE,
                    Rows.list(row -> row.getString(1)));
            List<String> foreign = transactions.query(Access.tenant(OrgId.of(UUID.randomUUID())),
                    "SELECT org_id FROM ${schema}.org", Binder.NONE, Rows.list(row -> row.getString(1)));

            assertThat(seen).containsExactly(schema + "_app1");
            assertThat(foreign).isEmpty();
        }
    }

    @Test
    void rolesSql_canBeRunByARoleThatMayCreateRoles() throws SQLException {
        TestDatabase database = TestDatabase.empty();
        String schema = newSchema();
        String runner = schema + "_runner";
        database.execute("CREATE ROLE " + runner + " LOGIN CREATEROLE PASSWORD 'not-a-secret'");
        database.execute("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO " + runner
                + "', current_database()); END $$");

        try (Connection connection = database.source(runner, "not-a-secret").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(PgStore.rolesSql(schema, TestDatabase.LOGIN));
            statement.execute(PgStore.rolesSql(schema, TestDatabase.LOGIN));
        }

        try (PgStore store = database.builder().schema(schema).open()) {
            assertThat(store.orgs().create(context()).state()).isEqualTo(Org.State.ACTIVE);
        }
    }

    @Test
    void open_againChangesNothing() {
        TestDatabase database = TestDatabase.prepared();
        database.open().close();
        String applied = database.read("SELECT string_agg(version || installed_on, ',') FROM croft.croft_migrations");

        database.execute(PgStore.rolesSql("croft", TestDatabase.LOGIN));
        database.open().close();
        database.builder().withoutMigrations().open().close();

        assertThat(database.read("SELECT string_agg(version || installed_on, ',') FROM croft.croft_migrations"))
                .isEqualTo(applied);
    }

    @Test
    void open_byManyAtOnceMigratesOnce() {
        TestDatabase database = TestDatabase.prepared();

        Race.of(4, number -> {
            database.open().close();
            return number;
        });

        assertThat(database.count("SELECT count(*) FROM croft.croft_migrations WHERE version IS NOT NULL"))
                .isEqualTo(Migrations.FILES.size());
    }

    @Test
    void open_withoutMigrationsSaysWhichAreMissing() {
        TestDatabase database = TestDatabase.prepared();

        assertThatThrownBy(() -> database.builder().withoutMigrations().open())
                .isInstanceOf(CroftException.class).hasMessageContaining("lacks")
                .hasMessageContaining("V001__orgs.sql");
        database.open().close();
        String last = Migrations.FILES.getLast();
        database.execute("DELETE FROM croft.croft_migrations WHERE script = '" + last + "'");
        assertThatThrownBy(() -> database.builder().withoutMigrations().open())
                .hasMessageContaining(last).hasMessageNotContaining("V001");
    }

    @Test
    void open_refusesRolesThatBypassRowSecurity() {
        TestDatabase database = TestDatabase.empty();
        String schema = newSchema();
        database.execute(PgStore.rolesSql(schema, TestDatabase.LOGIN));
        database.builder().schema(schema).open().close();
        database.execute("ALTER ROLE " + schema + "_app BYPASSRLS");

        assertThatThrownBy(() -> database.builder().schema(schema).open())
                .isInstanceOf(CroftException.class).hasMessageContaining("kept apart")
                .hasMessageContaining(schema + "_app");
        assertThatThrownBy(() -> database.execute(PgStore.rolesSql(schema, TestDatabase.LOGIN)))
                .hasRootCauseMessage(
                        "ERROR: role " + schema + "_app exists and is not NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS: "
                                + "alter it, or use another schema name\n  Where: PL/pgSQL function inline_code_block "
                                + "line 25 at RAISE");
    }

    @Test
    void open_refusesTenantsWithTheOwnersRights() {
        TestDatabase database = TestDatabase.empty();
        String schema = newSchema();
        database.execute(PgStore.rolesSql(schema, TestDatabase.LOGIN));
        database.builder().schema(schema).open().close();
        database.execute("ALTER ROLE " + schema + "_app INHERIT");
        database.execute("GRANT " + schema + "_owner TO " + schema + "_app");

        assertThatThrownBy(() -> database.builder().schema(schema).open()).hasMessageContaining("kept apart")
                .hasMessageContaining(schema + "_owner, the owner of table");
    }

    @Test
    void open_refusesTablesWithoutForcedRowSecurity() {
        TestDatabase database = TestDatabase.prepared();
        database.open().close();
        database.execute("ALTER TABLE croft.private_chunk NO FORCE ROW LEVEL SECURITY");

        assertThatThrownBy(database::open).hasMessageContaining("kept apart")
                .hasMessageContaining("table private_chunk has no forced row-level security");
    }

    @Test
    void open_whenTheDatabaseIsDownNamesTheUrlWithoutSecrets() {
        List<PgStore.Builder> builders = List.of(
                PgStore.builder("jdbc:postgresql://127.0.0.1:1/horses?password=hunter2&sslpassword=hunter2", "u",
                        Secret.of("hunter2")),
                PgStore.builder(source("jdbc:postgresql://127.0.0.1:1/horses?password=hunter2")));
        for (PgStore.Builder builder : builders) {
            assertThatThrownBy(builder::open)
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("jdbc:postgresql://127.0.0.1:1/horses")
                    .satisfies(e -> assertThat(trace(e)).doesNotContain("hunter2"));
        }
    }

    private static PGSimpleDataSource source(String url) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        return source;
    }

    @Test
    void open_ofAMissingDatabaseNamesTheUrl() {
        TestDatabase database = TestDatabase.empty();
        String url = database.url() + "_missing";

        assertThatThrownBy(() -> PgStore.builder(url, TestDatabase.LOGIN, Secret.of("x")).open())
                .isInstanceOf(StoreUnavailableException.class).hasMessageContaining(url);
    }

    @Test
    void builder_refusesAUrlOfAnotherDatabaseWithoutRepeatingItsSecrets() {
        for (String url : List.of("jdbc:mysql://joe:hunter2@db/app?password=hunter2", "postgres://joe:hunter2@db/app",
                "jdbc:postgresql://db:horse/app?password=hunter2", "hunter")) {
            assertThatThrownBy(() -> PgStore.builder(url, "u", Secret.of("p")))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("jdbc:postgresql://host:port/database")
                    .satisfies(e -> assertThat(trace(e)).doesNotContain("hunter2"));
        }
    }

    @Test
    void builder_refusesValuesOutOfRange() {
        PgStore.Builder own = PgStore.builder("jdbc:postgresql://db/app", "u", Secret.of("p"));
        assertThatThrownBy(() -> own.poolSize(2)).isInstanceOf(InvalidInputException.class).hasMessageContaining("2");
        assertThatThrownBy(() -> PgStore.builder(new PGSimpleDataSource()).poolSize(5))
                .isInstanceOf(InvalidInputException.class);
        for (String name : List.of("", "Croft", "1st", "a-b", "a\"b", "pg_croft", "a".repeat(41))) {
            assertThatThrownBy(() -> own.schema(name)).isInstanceOf(InvalidInputException.class);
        }
    }

    /** Else a claim whose reader is gone would hold its lanes until TCP gives up, a quarter of an hour later. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void open_letsTheServerEndConnectionsOfItsOwnThatNobodyReads() {
        try (PgStore store = TestDatabase.migrated().builder().withoutMigrations().open()) {
            assertThat(store.transactions().<List<String>>query(Access.worker(),
                    "SELECT current_setting('tcp_user_timeout'), current_setting('tcp_keepalives_idle')", Binder.NONE,
                    Rows.one(row -> List.of(row.getString(1), row.getString(2))))).containsExactly("60000", "30");
        }
    }

    @Test
    void rolesSql_refusesNamesThatCouldEndTheirQuotes() {
        for (String login : List.of("", "a'b", "a\"b", "a$croft$b", "a\nb", "a\\b", "a".repeat(64))) {
            assertThatThrownBy(() -> PgStore.rolesSql("croft", login)).isInstanceOf(InvalidInputException.class);
        }
        assertThat(PgStore.rolesSql("croft", "my-app")).contains("'my-app'").doesNotContain("${");
    }

    @Test
    void open_givesTheHostsConnectionsBackAsTheyWere() throws SQLException {
        TestDatabase database = TestDatabase.prepared();
        HikariConfig config = new HikariConfig();
        PGSimpleDataSource source = database.loginSource();
        source.setCurrentSchema("public,pg_temp");
        config.setDataSource(source);
        config.setMaximumPoolSize(3);
        config.setAutoCommit(false);
        try (HikariDataSource host = new HikariDataSource(config)) {
            PgStore store = PgStore.open(host);
            store.orgs().create(context());
            store.close();

            List<Connection> connections = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Connection connection = host.getConnection();
                connections.add(connection);
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("SELECT current_user, current_setting('search_path'), "
                                + "current_setting('role')")) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getString(1)).isEqualTo(TestDatabase.LOGIN);
                    assertThat(row.getString(2)).isEqualTo("public,pg_temp");
                    assertThat(row.getString(3)).isEqualTo("none");
                    assertThat(connection.getAutoCommit()).isFalse();
                }
            }
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    @Test
    void files_areAllThatThereAre() throws Exception {
        assertThat(files()).containsExactlyElementsOf(Migrations.FILES);
    }

    private static List<String> files() throws URISyntaxException, IOException {
        Path folder = Path.of(Objects.requireNonNull(Migrations.class.getResource("migration")).toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void close_leavesTheHostsSourceOpen() throws SQLException {
        TestDatabase database = TestDatabase.prepared();
        try (HikariDataSource host = new HikariDataSource()) {
            host.setDataSource(database.loginSource());
            PgStore store = PgStore.open(host);

            store.close();
            store.close();

            assertThat(host.isClosed()).isFalse();
            assertThatCode(() -> host.getConnection().close()).doesNotThrowAnyException();
        }
    }

    @Test
    void open_againAndAgainWhileOthersWriteNeverEmptiesTheLogs() {
        TestDatabase database = TestDatabase.prepared();
        try (PgStore store = database.open()) {
            TestContent content = new TestContent(store);
            String epoch = database.read("SELECT epoch FROM croft.installation");
            CountDownLatch opened = new CountDownLatch(1);

            Race.of(7, number -> {
                if (number == 0) {
                    try {
                        for (int i = 0; i < 30; i++) {
                            new Installation(database.loginSource(), new Schema("croft"), "test").check(
                                    database.transactions());
                        }
                    } finally {
                        opened.countDown();
                    }
                    return number;
                }
                OrgId org = content.newOrg();
                for (int i = 0; opened.getCount() > 0; i++) {
                    content.put(org, number % 2 == 0 ? Source.PRIVATE : Source.MARKETPLACE, "d-" + i % 5, "text " + i);
                }
                return number;
            });

            assertThat(database.read("SELECT epoch FROM croft.installation")).isEqualTo(epoch);
        }
    }
}
