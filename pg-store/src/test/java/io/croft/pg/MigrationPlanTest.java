package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.StoreUnavailableException;
import io.croft.pg.MigrationPlan.Step;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What would be executed is told, as it would be, and is not. */
class MigrationPlanTest {

    /** Tables with their columns, functions with their bodies, policies, indexes, rights: without the schema's name. */
    private static final String CATALOGUE = """
            SELECT md5(string_agg(replace(x.line, n.nspname, 'S'), E'\\n' ORDER BY replace(x.line, n.nspname, 'S')))
            FROM pg_namespace n CROSS JOIN LATERAL (
              SELECT c.relname || a.attname || format_type(a.atttypid, a.atttypmod) || c.relacl::text
                || c.relforcerowsecurity AS line
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
                WHERE c.relnamespace = n.oid AND c.relname NOT LIKE 'croft_migrations%%'
                  AND c.relname !~ '_p[0-9]{8}'
              UNION ALL SELECT pg_get_functiondef(p.oid) || p.proacl::text FROM pg_proc p WHERE p.pronamespace = n.oid
              UNION ALL SELECT p.tablename || p.policyname || p.roles::text || coalesce(p.qual, '')
                || coalesce(p.with_check, '') FROM pg_policies p WHERE p.schemaname = n.nspname
              UNION ALL SELECT c.relname || pg_get_constraintdef(k.oid)
                FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                WHERE k.connamespace = n.oid AND c.relname NOT LIKE 'croft_migrations%%' AND c.relname !~ '_p[0-9]{8}'
            ) x WHERE n.nspname = '%s'
            """;

    private static String newSchema() {
        return "p_" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    }

    private static List<String> names(MigrationPlan plan) {
        return plan.steps().stream().map(Step::name).toList();
    }

    private static long things(TestDatabase database, String schema) {
        return database.count("SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = '" + schema + "')"
                + " + (SELECT count(*) FROM pg_roles WHERE rolname LIKE '" + schema + "\\_%')"
                + " + (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE n.nspname = '" + schema + "')");
    }

    @Test
    void planForANewSchema_isAllAndChangesNothing() {
        TestDatabase database = TestDatabase.empty();
        String schema = newSchema();
        for (PgStore.Builder builder : List.of(database.builder(), PgStore.builder(database.superuserSource()))) {
            MigrationPlan plan = builder.schema(schema).migrationPlan();

            List<String> all = new ArrayList<>(List.of("roles.sql"));
            all.addAll(Migrations.FILES);
            assertThat(names(plan)).isEqualTo(all);
            assertThat(plan.schema()).isEqualTo(schema);
            assertThat(plan.script()).doesNotContain("${")
                    .contains("CREATE TABLE " + schema + ".document", "-- " + Migrations.FILES.getLast());
            assertThat(things(database, schema)).isZero();
        }
    }

    @Test
    void plan_isWhatIsExecuted() throws SQLException {
        TestDatabase database = TestDatabase.empty();
        String planned = newSchema();
        String opened = newSchema();
        database.execute(PgStore.rolesSql(planned, TestDatabase.LOGIN));
        MigrationPlan plan = database.builder().schema(planned).migrationPlan();
        assertThat(names(plan)).isEqualTo(Migrations.FILES);
        assertThat(things(database, planned)).as("the schema and its roles").isEqualTo(7);

        for (Step step : plan.steps()) {
            try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SET ROLE " + planned + "_owner");
                statement.execute(step.sql());
                connection.commit();
            }
        }
        database.execute(PgStore.rolesSql(opened, TestDatabase.LOGIN));
        database.builder().schema(opened).open().close();

        assertThat(database.read(CATALOGUE.formatted(planned))).isNotEmpty()
                .isEqualTo(database.read(CATALOGUE.formatted(opened)));
    }

    @Test
    void plan_ofAnUpToDateSchemaIsEmpty() {
        TestDatabase database = TestDatabase.prepared();
        database.open().close();

        MigrationPlan plan = database.builder().migrationPlan();

        assertThat(plan.isEmpty()).isTrue();
        assertThat(plan.script()).contains("up to date");
    }

    @Test
    void plan_isWhatTheSchemaLacks() {
        TestDatabase database = TestDatabase.prepared();
        database.open().close();
        String last = Migrations.FILES.getLast();
        database.execute("DELETE FROM croft.croft_migrations WHERE script = '" + last + "'");

        assertThat(names(database.builder().migrationPlan())).containsExactly(last);
        assertThat(database.builder().migrationPlan().script()).contains("1 script would be executed", "-- " + last);
    }

    /** A file that came among earlier ones is missing too, wherever it stands in the list. */
    @Test
    void migrationsThatAreMissingAmongOthers_areMissing() {
        TestDatabase database = TestDatabase.prepared();
        database.open().close();
        String early = Migrations.FILES.get(8);
        database.execute("DELETE FROM croft.croft_migrations WHERE script = '" + early + "'");

        assertThat(names(database.builder().migrationPlan())).containsExactly(early);
        assertThatThrownBy(() -> database.builder().withoutMigrations().open()).isInstanceOf(CroftException.class)
                .hasMessageContaining(early);
    }

    @Test
    void plan_byALoginThatMayNotTakeTheRolesIsRefused() {
        TestDatabase database = TestDatabase.prepared();
        database.open().close();
        String stranger = newSchema();
        database.execute("CREATE ROLE " + stranger + " LOGIN PASSWORD 'not-a-secret'");
        PGSimpleDataSource source = database.source(stranger, "not-a-secret");

        assertThatThrownBy(() -> PgStore.builder(source).migrationPlan()).isInstanceOf(CroftException.class)
                .hasMessageContaining("PgStore.rolesSql(\"croft\", \"" + stranger + "\")");
    }

    @Test
    void plan_withoutADatabaseSaysSo() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl("jdbc:postgresql://127.0.0.1:1/horses?password=hunter2");

        assertThatThrownBy(() -> PgStore.builder(source).migrationPlan()).isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("127.0.0.1:1/horses").hasMessageNotContaining("hunter2");
    }

    @Test
    void script_saysWhatContracts() {
        MigrationPlan plan = new MigrationPlan("s", List.of(
                new Step("V1.sql", "DROP TABLE s.a;\n", Optional.of("after 0.4: nothing reads it")),
                new Step("V2.sql", "CREATE TABLE s.b ();", Optional.empty())));

        assertThat(plan.script()).isEqualTo("""
                -- Schema s: 2 scripts, each in a transaction of its own, would be executed when a store is opened.

                -- V1.sql
                -- Contracts after 0.4: nothing reads it

                DROP TABLE s.a;

                -- V2.sql

                CREATE TABLE s.b ();
                """);
        assertThat(Migrations.contracts("-- CONTRACTS AFTER 0.4: nothing reads it\nDROP TABLE x;"))
                .contains("after 0.4: nothing reads it");
    }

    @Test
    void command_printsThePlanAndNoSecret() {
        TestDatabase database = TestDatabase.prepared();
        Map<String, String> settings = Map.of("croft.jdbc.url", database.url(), "croft.jdbc.user", TestDatabase.LOGIN,
                "croft.jdbc.password", "not-a-secret");
        assertThat(command(settings)).startsWith("0 ").contains(database.url(), "CREATE TABLE croft.org")
                .doesNotContain("not-a-secret");
        database.open().close();
        assertThat(command(settings)).startsWith("0 ").contains("up to date");

        assertThat(command(Map.of())).startsWith("2 ").contains("croft.jdbc.url");
        assertThat(command(Map.of("croft.jdbc.url", "jdbc:mysql://h/d?password=not-a-secret"))).startsWith("2 ")
                .contains("no JDBC URL").doesNotContain("not-a-secret");
        assertThat(command(Map.of("croft.jdbc.url", database.url(), "croft.migrations.schema", "No!")))
                .startsWith("2 ").contains("schema name");
    }

    private static String command(Map<String, String> settings) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            int status = new MigrationsCommand(settings::get).run(stream, stream);
            return status + " " + bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
