package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.pg.RlsAudit.Finding;
import io.croft.pg.RlsAudit.Report;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.ds.PGSimpleDataSource;

/** The audit itself; what it finds in a schema that was tampered with is the matter of the sabotage. */
class RlsAuditTest {

    private static TestDatabase database;
    private static PgStore store;

    @BeforeAll
    static void open() {
        // Roles belong to the whole server, and other tests give those of the usual schema to logins of theirs.
        database = TestDatabase.empty();
        database.execute(PgStore.rolesSql("audited", TestDatabase.LOGIN));
        store = database.builder().schema("audited").open();
        TestContent content = new TestContent(store);
        content.keyed(content.newOrg());
    }

    @AfterAll
    static void close() {
        store.close();
    }

    private static RlsAudit.Builder audit() {
        return RlsAudit.builder().schema("audited").login(TestDatabase.LOGIN);
    }

    private static long rows() {
        return database.count("SELECT (SELECT count(*) FROM audited.org) + (SELECT count(*) FROM audited.job)"
                + " + (SELECT count(*) FROM audited.queue) + (SELECT count(*) FROM audited.job_history)");
    }

    @Test
    void freshSchema_hasNoFindings() {
        long before = rows();

        assertThat(audit().build().run(database.loginSource()).findings()).isEmpty();
        assertThat(audit().build().run(database.superuserSource()).findings()).isEmpty();
        assertThat(rows()).as("the probe leaves nothing").isEqualTo(before);
    }

    /** The audit finds what is beyond the expected; here is found what is expected and not there. */
    @Test
    void expectations_haveNothingThatASchemaHasNot() throws IOException {
        List<String> lines;
        try (InputStream in = Objects.requireNonNull(RlsAudit.class.getResourceAsStream("audit/expected.txt"))) {
            lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        Map<String, String> counts = Map.of("table ", """
                SELECT count(*) FROM pg_class WHERE relnamespace = 'audited'::regnamespace AND relkind IN ('r', 'p')
                  AND NOT relispartition
                """, "policy ", """
                SELECT count(*) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
                WHERE c.relnamespace = 'audited'::regnamespace
                """, "function ", """
                SELECT count(*) FROM pg_proc WHERE pronamespace = 'audited'::regnamespace
                """, "right ", """
                SELECT count(*) FROM (
                  SELECT DISTINCT c.oid, x.grantee, x.privilege_type
                  FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid
                    CROSS JOIN LATERAL (SELECT * FROM aclexplode(c.relacl) UNION ALL SELECT * FROM aclexplode(a.attacl)) x
                  WHERE c.relnamespace = 'audited'::regnamespace AND x.grantee <> c.relowner) g
                """);

        counts.forEach((kind, sql) -> assertThat(lines.stream().filter(line -> line.startsWith(kind)))
                .as(kind).hasSize((int) database.count(sql)).doesNotHaveDuplicates());
    }

    @Test
    void transaction_isSeenFromWithinAndGoesOn() throws SQLException {
        try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE TABLE audited.mine (org_id uuid)");
            statement.execute("SET LOCAL search_path = audited");

            List<Finding> findings = audit().build().within(connection).findings();

            assertThat(findings).extracting(Finding::code).contains("RLS_OFF", "TABLE_UNLISTED", "OWNER");
            assertThat(findings).filteredOn(one -> one.code().equals("RLS_OFF")).singleElement()
                    .satisfies(one -> assertThat(one.remedy())
                            .contains("ALTER TABLE audited.mine ENABLE ROW LEVEL SECURITY"));
            assertThat(statement.executeUpdate("INSERT INTO mine VALUES (NULL)")).isOne();
            connection.rollback();
        }
    }

    @Test
    void remedies_putItRight() throws SQLException {
        List<String> sabotages = List.of("ALTER TABLE audited.job NO FORCE ROW LEVEL SECURITY",
                "ALTER POLICY document_tenant ON audited.document USING (true)",
                "DROP POLICY job_dispatch_add ON audited.job",
                "ALTER FUNCTION audited.claim_v1 RESET search_path", "GRANT SELECT ON audited.job TO PUBLIC",
                "GRANT UPDATE (org_id) ON audited.document TO audited_app",
                "ALTER FUNCTION audited.check_org_v1 IMMUTABLE",
                "GRANT EXECUTE ON FUNCTION audited.claim_v1 TO PUBLIC", "ALTER ROLE audited_app BYPASSRLS",
                "CREATE VIEW public.seen AS TABLE audited.document", "GRANT pg_read_all_data TO audited_app",
                "ALTER DEFAULT PRIVILEGES FOR ROLE audited_owner IN SCHEMA audited GRANT SELECT ON TABLES TO audited_app");
        for (String sabotage : sabotages) {
            try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute(sabotage);
                RlsAudit audit = audit().withoutProbe().build();
                List<Finding> findings = audit.within(connection).findings();

                assertThat(findings).as(sabotage).isNotEmpty();
                for (Finding finding : findings) {
                    if (finding.remedy().isPresent()) {
                        statement.execute(finding.remedy().get());
                    }
                }

                assertThat(audit.within(connection).findings()).as("after " + findings).isEmpty();
                connection.rollback();
            }
        }
    }

    @Test
    void exception_isLeftOut() throws SQLException {
        try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE PUBLICATION feed FOR TABLE audited.document");

            assertThat(audit().withoutProbe().build().within(connection).findings()).extracting(Finding::object)
                    .containsExactly("feed");
            assertThat(audit().withoutProbe().except("PUBLICATION", "feed").build().within(connection).isClean())
                    .isTrue();
            assertThat(audit().withoutProbe().except("PUBLICATION", "other").build().within(connection).isClean())
                    .isFalse();
            connection.rollback();
        }
    }

    @Test
    void loginThatNobodyNamed_isWhoeverMayTakeTheTenantsRole() throws SQLException {
        try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE ROLE croft_audit_other LOGIN NOINHERIT");
            statement.execute(connection.getMetaData().getDatabaseMajorVersion() >= 16
                    ? "GRANT audited_app TO croft_audit_other WITH INHERIT FALSE"
                    : "GRANT audited_app TO croft_audit_other");

            assertThat(RlsAudit.builder().schema("audited").withoutProbe().build().within(connection).findings())
                    .isEmpty();
            assertThat(audit().withoutProbe().build().within(connection).findings()).extracting(Finding::code)
                    .containsExactly("MEMBER_UNLISTED");
            connection.rollback();
        }
    }

    @Test
    void hostRole_mayDoWhatItWasGrantedForTheQueue() throws SQLException {
        try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE ROLE croft_audit_host");
            statement.execute(PgStore.hostGrantsSql("audited", "croft_audit_host"));

            assertThat(audit().hostRole("croft_audit_host").withoutProbe().build().within(connection).findings())
                    .isEmpty();
            assertThat(audit().withoutProbe().build().within(connection).findings()).extracting(Finding::code)
                    .contains("RIGHT", "FUNCTION_RIGHT");
            statement.execute("GRANT EXECUTE ON FUNCTION audited.claim_v1 TO croft_audit_host");
            assertThat(audit().hostRole("croft_audit_host").withoutProbe().build().within(connection).findings())
                    .extracting(Finding::code).containsExactly("FUNCTION_RIGHT");
            connection.rollback();
        }
    }

    /** Only what is the comparison as a whole, or that AND something, keeps organisations apart. */
    @Test
    void policiesOfTheHost_areRecognisedOrFound() throws SQLException {
        String set = "current_setting('shop.tenant', true)";
        List<String> good = List.of("tenant = (SELECT nullif(" + set + ", '')::uuid)", "tenant = " + set + "::uuid",
                "tenant = current_setting('shop.tenant')::uuid", "tenant::text = " + set,
                set + "::uuid = tenant", "(SELECT " + set + "::uuid) = tenant",
                "tenant = shop.tenant()", "tenant = (SELECT shop.tenant())",
                "tenant = " + set + "::uuid AND NOT deleted", "NOT deleted AND tenant = shop.tenant()",
                "tenant = " + set + "::uuid AND (deleted OR note = 'x')");
        List<String> bad = List.of("tenant = COALESCE(nullif(" + set + ", '')::uuid, tenant)", "tenant = tenant",
                "tenant = " + set + "::uuid OR deleted", "tenant = " + set + "::uuid AND deleted OR NOT deleted",
                "NOT (tenant = " + set + "::uuid)", "tenant <> " + set + "::uuid",
                "(tenant = " + set + "::uuid) IS NOT FALSE", "tenant = tenant AND shop.tenant() IS NOT NULL",
                "tenant = current_setting('shop.user', true)::uuid", "tenant = shop.other()",
                "COALESCE(deleted, tenant = " + set + "::uuid)", "note = " + set,
                "tenant = (SELECT shop.tenant() WHERE deleted)",
                "CASE WHEN deleted THEN true ELSE tenant = " + set + "::uuid END",
                "deleted OR (NOT deleted AND tenant = " + set + "::uuid)",
                "deleted AND (tenant = " + set + "::uuid OR note = 'x')");
        try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("""
                    CREATE ROLE croft_audit_shop;
                    CREATE SCHEMA shop;
                    GRANT USAGE ON SCHEMA shop TO croft_audit_shop;
                    CREATE TABLE shop.orders (id uuid PRIMARY KEY, tenant uuid NOT NULL, deleted boolean, note text,
                      total numeric);
                    CREATE INDEX orders_total ON shop.orders (tenant, total);
                    ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
                    ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
                    CREATE FUNCTION shop.tenant() RETURNS uuid STABLE LANGUAGE sql
                      AS $$ SELECT nullif(current_setting('shop.tenant', true), '')::uuid $$;
                    CREATE FUNCTION shop.other() RETURNS uuid STABLE LANGUAGE sql
                      AS $$ SELECT nullif(current_setting('shop.user', true), '')::uuid $$;
                    CREATE POLICY tenants ON shop.orders TO croft_audit_shop USING (tenant = shop.tenant())
                    """);
            RlsAudit audit = audit().withoutProbe()
                    .table(TenantTable.of("shop.orders", "tenant", "shop.tenant", "croft_audit_shop")).build();

            for (String using : good) {
                statement.execute("ALTER POLICY tenants ON shop.orders USING (" + using + ")");
                assertThat(audit.within(connection).findings()).as(using).isEmpty();
            }
            for (String using : bad) {
                statement.execute("ALTER POLICY tenants ON shop.orders USING (" + using + ")");
                assertThat(audit.within(connection).findings()).as(using).extracting(Finding::code)
                        .containsExactly("POLICY_ORG");
            }
            connection.rollback();
        }
    }

    /** A pool that trusts what it gets back would otherwise hand out a transaction that was begun, and failed. */
    @Test
    void connection_isGivenBackAsItWasWhenTheAuditFails() throws SQLException {
        try (Connection connection = database.superuser()) {
            var kept = (Connection) Proxy.newProxyInstance(RlsAuditTest.class.getClassLoader(),
                    new Class<?>[]{Connection.class}, (proxy, method, arguments) -> method.getName().equals("close")
                            ? null
                            : method.invoke(connection, arguments));
            var source = new PGSimpleDataSource() {

                private static final long serialVersionUID = 1;

                @Override
                public Connection getConnection() {
                    return kept;
                }
            };

            assertThatThrownBy(() -> RlsAudit.builder().schema("elsewhere").build().run(source))
                    .isInstanceOf(CroftException.class).hasMessageContaining("no schema elsewhere");

            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(connection.unwrap(BaseConnection.class).getTransactionState()).isEqualTo(TransactionState.IDLE);
        }
    }

    @Test
    void leftOverOrganisation_isFound() throws SQLException {
        var source = database.loginSource();
        source.setOptions("-c croft.org_id=00000000-0000-0000-0000-000000000001");

        assertThat(audit().withoutProbe().build().run(source).findings()).extracting(Finding::code)
                .containsExactly("ORG_PRESET");
    }

    @Test
    void whatIsNotThere_isNamed() throws SQLException {
        assertThatThrownBy(() -> RlsAudit.builder().schema("elsewhere").build().run(database.loginSource()))
                .isInstanceOf(CroftException.class).hasMessageContaining("no schema elsewhere");
        assertThatThrownBy(() -> audit().table(TenantTable.of("shop.orders", "tenant", "shop.tenant", "audited_app"))
                .build().run(database.loginSource())).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("shop.orders").hasMessageContaining("no such table");
        assertThatThrownBy(() -> TenantTable.of("orders", "tenant", "shop.tenant", "shop"))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("schema.table");
        assertThatThrownBy(() -> TenantTable.of("shop.orders", "tenant", "tenant", "shop"))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("prefix.name");
        try (Connection connection = database.superuser()) {
            assertThatThrownBy(() -> audit().build().within(connection)).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("auto-commit");
        }
    }

    @Test
    void probe_needsTheRoles() {
        database.execute("DO $$ BEGIN CREATE ROLE croft_audit_nobody LOGIN PASSWORD 'not-a-secret'; "
                + "EXCEPTION WHEN duplicate_object THEN NULL; END $$");

        assertThat(audit().withoutProbe().build().run(database.source("croft_audit_nobody", "not-a-secret")).findings())
                .isEmpty();
        assertThatThrownBy(() -> audit().build().run(database.source("croft_audit_nobody", "not-a-secret")))
                .isInstanceOf(CroftException.class).hasMessageContaining("without the probe");
    }

    @Test
    void report_printsEachFindingWithItsRemedy() {
        Report report = new Report(List.of(new Finding("RLS_OFF", "croft.job", "row security is not enabled",
                Optional.of("ALTER TABLE croft.job ENABLE ROW LEVEL SECURITY")),
                new Finding("ORG_MISSING", "croft.x", "has no column org_id", Optional.empty())));

        assertThat(report.table()).isEqualTo("""
                RLS_OFF      croft.job  row security is not enabled
                             → ALTER TABLE croft.job ENABLE ROW LEVEL SECURITY;
                ORG_MISSING  croft.x    has no column org_id
                2 findings""");
        assertThat(new Report(List.of()).table()).isEqualTo("no findings");
    }

    @Test
    void command_saysHowItWentAndNoSecret() {
        Map<String, String> good = Map.of("croft.jdbc.url", database.url(), "croft.jdbc.user", TestDatabase.LOGIN,
                "croft.jdbc.password", "not-a-secret", "croft.audit.logins", TestDatabase.LOGIN, "croft.audit.schema",
                "audited");
        assertThat(command(good)).startsWith("0 ").contains("no findings").doesNotContain("not-a-secret");

        Map<String, String> strict = Map.of("croft.jdbc.url", database.url() + "?password=not-a-secret&user="
                + TestDatabase.LOGIN, "croft.audit.logins", "somebody_else", "croft.audit.probe", "false",
                "croft.audit.schema", "audited");
        assertThat(command(strict)).startsWith("1 ").contains("MEMBER_UNLISTED").doesNotContain("not-a-secret");

        assertThat(command(Map.of())).startsWith("2 ").contains("croft.jdbc.url");
        assertThat(command(Map.of("croft.jdbc.url", "jdbc:mysql://h/d?password=not-a-secret"))).startsWith("2 ")
                .contains("no JDBC URL").doesNotContain("not-a-secret");
        assertThat(command(Map.of("croft.jdbc.url", "jdbc:postgresql://127.0.0.1:1/x?password=not-a-secret")))
                .startsWith("2 ").doesNotContain("not-a-secret");
        assertThat(CommandSettings.variable("croft.audit.hostRoles")).isEqualTo("CROFT_AUDIT_HOST_ROLES");
    }

    private static String command(Map<String, String> settings) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            int status = new AuditCommand(settings::get).run(stream, stream);
            return status + " " + bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
