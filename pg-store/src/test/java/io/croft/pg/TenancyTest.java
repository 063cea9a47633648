package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.job.JobFlow;
import io.croft.job.JobRequest;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.DbRole;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.search.Source;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the database itself lets through, whatever the statements say. */
class TenancyTest {

    private static TestDatabase database;
    private static PgStore store;
    private static Transactions transactions;
    private static OrgId mine;
    private static OrgId theirs;

    @BeforeAll
    static void fill() {
        database = TestDatabase.prepared();
        store = database.open();
        transactions = database.transactions();
        TestContent content = new TestContent(store);
        mine = content.newOrg();
        theirs = content.newOrg();
        for (OrgId org : List.of(mine, theirs)) {
            for (Source source : Source.values()) {
                content.ready(org, source, "a", "text of " + org);
                content.put(org, source, "b", "text of " + org);
            }
            content.deadLetter(org);
            content.keyed(org);
            content.scheduled(org);
            content.searched(org, "otters of " + org);
            store.jobs().enqueue(org, JobFlow.batch(
                    List.of(JobRequest.of(content.kind(), "{}").withDelay(Duration.ofHours(1))),
                    JobRequest.of(content.kind(), "{}")));
            content.counted(org);
            content.file(org, "c", content.blob(org, "file of " + org));
            content.crawl(org);
            content.spent(org);
        }
    }

    @AfterAll
    static void close() {
        store.close();
    }

    /** The tables that hold rows of organisations, by the column that says whose. */
    private static List<String> tenantTables() {
        return List.of(database.read("""
                SELECT string_agg(DISTINCT table_name, ',' ORDER BY table_name) FROM information_schema.columns
                WHERE table_schema = 'croft' AND column_name = 'org_id'
                """).split(",", -1));
    }

    private static List<String> readableBy(DbRole role) {
        List<String> readable = new ArrayList<>();
        for (String table : tenantTables()) {
            if (database.read("SELECT has_any_column_privilege('croft_" + role.name().toLowerCase(Locale.ROOT)
                    + "', 'croft." + table + "', 'SELECT')").equals("t")) {
                readable.add(table);
            }
        }
        return readable;
    }

    private static List<UUID> orgsIn(Access access, String table) {
        return transactions.query(access, "SELECT DISTINCT org_id FROM croft." + table, Binder.NONE,
                Rows.list(row -> row.getObject(1, UUID.class)));
    }

    @Test
    void tenant_seesItsOwnRowsOnly() {
        List<String> tables = readableBy(DbRole.APP);

        assertThat(tables).contains("org", "document", "listing", "private_chunk", "market_chunk", "change",
                "change_counter", "job", "job_key", "job_wait", "job_history", "job_result", "job_hour", "schedule",
                "search_hour", "search_text", "search_setting", "blob", "blob_part", "input", "crawl", "crawl_page",
                "embed_spend");
        for (String table : tables) {
            assertThat(database.count("SELECT count(*) FROM croft." + table + " WHERE org_id = '" + theirs + "'"))
                    .as("rows of the other in " + table).isPositive();
            assertThat(orgsIn(Access.tenant(mine), table)).as(table).containsExactly(mine.value());
        }
    }

    @Test
    void tenant_withoutAnOrgSeesNothing() {
        for (String table : readableBy(DbRole.APP)) {
            assertThat(orgsIn(new Access(DbRole.APP, ""), table)).as(table).isEmpty();
        }
    }

    @Test
    void tenant_cannotWriteForAnother() {
        Access access = Access.tenant(mine);
        String chunk = " (org_id, content_id, ordinal, revision, start_offset, end_offset, text, model_id, dimensions, "
                + "vector) VALUES ('" + theirs + "', 'a', 9, 1, 0, 1, 'x', 'm', 1, '\\x00000000')";
        List<String> inserts = List.of(
                "document (org_id, id, revision, title, text, fields) VALUES ('" + theirs + "', 'x', 1, '', 'x', '{}')",
                "listing (org_id, id, revision, title, text, fields) VALUES ('" + theirs + "', 'x', 1, '', 'x', '{}')",
                "private_chunk" + chunk, "market_chunk" + chunk,
                "change (org_id, seq, change_id, document_id) VALUES ('" + theirs + "', 99, gen_random_uuid(), 'x')",
                "market_change (org_id, listing_id) VALUES ('" + theirs + "', 'x')");
        for (String insert : inserts) {
            assertThatThrownBy(() -> transactions.update(access, "INSERT INTO croft." + insert, Binder.NONE))
                    .as(insert).isInstanceOf(CroftException.class).hasMessageContaining("row-level security");
        }
        for (String table : List.of("document", "listing")) {
            assertThat(transactions.update(access, "UPDATE croft." + table + " SET text = 'x' WHERE org_id = '" + theirs
                    + "'", Binder.NONE)).isZero();
        }
        for (String table : List.of("private_chunk", "market_chunk")) {
            assertThat(transactions.update(access, "DELETE FROM croft." + table + " WHERE org_id = '" + theirs + "'",
                    Binder.NONE)).isZero();
        }
    }

    @Test
    void tenant_cannotTouchWhatIsNotItsWork() {
        Access access = Access.tenant(mine);
        List<String> statements = List.of("UPDATE croft.document SET org_id = org_id",
                "DELETE FROM croft.document", "DELETE FROM croft.change", "UPDATE croft.change SET seq = seq",
                "SELECT 1 FROM croft.market_change", "SELECT 1 FROM croft.installation",
                "INSERT INTO croft.org (org_id) VALUES (gen_random_uuid())", "DELETE FROM croft.org",
                "UPDATE croft.org SET state = 'ERASING'", "DELETE FROM croft.search_text",
                "UPDATE croft.search_hour SET searches = 0", "UPDATE croft.search_setting SET texts = 'KEEP'",
                "SELECT 1 FROM croft.search_writer", "SELECT 1 FROM croft.site_pace",
                "DELETE FROM croft.change_counter", "SELECT 1 FROM croft.job_completed_default",
                "SELECT 1 FROM croft.croft_migrations",
                "SELECT 1 FROM croft.secret", "UPDATE croft.quota SET most = most", "DELETE FROM croft.quota",
                "SELECT 1 FROM croft.quota_share", "DELETE FROM croft.audit_entry",
                "SELECT croft.check_installation_v1()", "SELECT croft.drain_v1(1)", "SELECT croft.rescue_v1(1)",
                "TRUNCATE croft.document", "ALTER TABLE croft.document DISABLE ROW LEVEL SECURITY",
                "CREATE TABLE croft.mine (id int)");
        for (String statement : statements) {
            assertThatThrownBy(() -> transactions.update(access, statement, Binder.NONE)).as(statement)
                    .isInstanceOf(CroftException.class).hasMessageContaining("42501");
        }
    }

    @Test
    void follower_seesWhatIsPublishedAndNothingElse() {
        List<UUID> both = List.of(mine.value(), theirs.value());

        assertThat(readableBy(DbRole.INDEX)).containsExactlyInAnyOrder("change", "change_counter", "listing",
                "market_change", "market_chunk");
        assertThat(orgsIn(Access.index(), "market_chunk")).containsExactlyInAnyOrderElementsOf(both);
        List<String> statements = List.of("SELECT text FROM croft.listing", "SELECT title FROM croft.listing",
                "SELECT document_id FROM croft.change", "SELECT last_change FROM croft.change_counter",
                "DELETE FROM croft.market_change", "UPDATE croft.listing SET written_title = ''",
                "SELECT 1 FROM croft.private_chunk", "SELECT 1 FROM croft.document", "SELECT 1 FROM croft.job");
        for (String statement : statements) {
            assertThatThrownBy(() -> transactions.update(Access.index(), statement, Binder.NONE)).as(statement)
                    .hasMessageContaining("42501");
        }
    }

    @Test
    void worker_seesNoContent() {
        assertThat(readableBy(DbRole.WORKER)).isEmpty();
    }

    @Test
    void administrator_isHeldToTheOrgItWorksOn() {
        for (String table : List.of("document", "listing", "private_chunk", "market_chunk", "change_counter")) {
            assertThat(orgsIn(Access.admin(mine), table)).as(table).containsExactly(mine.value());
            assertThat(orgsIn(Access.admin(), table)).as(table).isEmpty();
        }
    }

    @Test
    void administrator_countsTextsWithoutReadingThem() {
        assertThat(orgsIn(Access.admin(), "search_text")).contains(mine.value(), theirs.value());
        for (Access access : List.of(Access.admin(), Access.admin(mine))) {
            assertThatThrownBy(() -> transactions.update(access, "SELECT text FROM croft.search_text", Binder.NONE))
                    .hasMessageContaining("42501");
        }
    }

    @Test
    void login_hasNoRightsOfItsOwn() throws SQLException {
        try (Connection connection = database.loginSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : tenantTables()) {
                assertThatThrownBy(() -> statement.executeQuery("SELECT 1 FROM croft." + table))
                        .hasMessageContaining("permission denied");
            }
            try (ResultSet row = statement.executeQuery("SELECT current_setting('croft.org_id', true)")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).isNullOrEmpty();
            }
        }
    }

    @Test
    void tables_areAllOwnedByTheOwnerAndForceTheirPolicies() {
        assertThat(database.read("""
                SELECT string_agg(c.relname, ',') FROM pg_class c
                WHERE c.relnamespace = 'croft'::regnamespace AND c.relkind IN ('r', 'p')
                  AND c.relowner <> 'croft_owner'::regrole
                """)).isNull();
        assertThat(database.read("""
                SELECT string_agg(c.relname, ',' ORDER BY c.relname) FROM pg_class c
                WHERE c.relnamespace = 'croft'::regnamespace AND c.relkind IN ('r', 'p')
                  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                """)).isEqualTo(
                "call_rate,croft_migrations,flag_version,installation,job_counter,job_kind_hour,job_mark,job_settle,"
                        + "lane,move,pause_gate,paused_org,queue,queue_clock,queue_gate,queue_slot,ready,run,"
                        + "schedule_last,schedule_round,scheduled,shard_database,this_database,wake");
    }

    @Test
    void policies_allNameTheirRole() {
        assertThat(database.read("""
                SELECT string_agg(tablename || '.' || policyname, ',') FROM pg_policies
                WHERE schemaname = 'croft' AND 'public' = ANY (roles)
                """)).isNull();
    }

    @Test
    void keys_allBeginWithTheOrg() {
        assertThat(database.read("""
                SELECT string_agg(i.indexrelid::regclass::text, ',') FROM pg_index i
                  JOIN pg_class c ON c.oid = i.indrelid
                  JOIN pg_attribute o ON o.attrelid = c.oid AND o.attname = 'org_id'
                WHERE c.relnamespace = 'croft'::regnamespace AND c.relrowsecurity AND i.indisunique
                  AND i.indkey[0] <> o.attnum AND c.relname NOT IN ('audit_entry', 'market_change')
                """)).isNull();
        assertThat(database.read("""
                SELECT string_agg(f.conname, ',') FROM pg_constraint f
                  JOIN pg_attribute o ON o.attrelid = f.conrelid AND o.attname = 'org_id'
                WHERE f.connamespace = 'croft'::regnamespace AND f.contype = 'f' AND f.conkey[1] <> o.attnum
                """)).isNull();
    }

    @Test
    void functions_areNobodysByDefault() {
        assertThat(database.read("""
                SELECT string_agg(p.proname, ',') FROM pg_proc p
                WHERE p.pronamespace = 'croft'::regnamespace
                  AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))
                """)).isNull();
    }
}
