package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.spi.Acting;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.Store;
import io.croft.spi.contract.AuditStoreContract;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PgAuditStoreTest extends AuditStoreContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
    }

    @Override
    protected Store openStore() {
        return database.open();
    }

    private static long entries(OrgId org) {
        return database.count("SELECT count(*) FROM croft.audit_entry WHERE org_id = '" + org + "'");
    }

    @Test
    void entries_canBeChangedByNoRole() {
        OrgId org = newOrg();

        for (Access access : List.of(Access.tenant(org), Access.admin(org), Access.admin(), Access.worker(),
                Access.index())) {
            for (String sql : List.of("DELETE FROM ${schema}.audit_entry", "TRUNCATE ${schema}.audit_entry",
                    "UPDATE ${schema}.audit_entry SET actor_id = 'nobody'",
                    "INSERT INTO ${schema}.audit_entry (id, actor_id, actor_role, action, subject, before, after)"
                            + " VALUES (gen_random_uuid(), 'x', 'ADMIN', 'x', '', '{}', '{}')",
                    "INSERT INTO ${schema}.audit_entry (at, actor_id, actor_role, action, subject, before, after)"
                            + " VALUES (now() - interval '1 day', 'x', 'ADMIN', 'x', '', '{}', '{}')")) {
                assertThatThrownBy(() -> database.transactions().update(access, sql, Binder.NONE)).as(sql)
                        .isInstanceOf(CroftException.class).hasMessageContaining("permission denied");
            }
        }

        assertThat(entries(org)).isEqualTo(1);
    }

    @Test
    void tenant_writesAndReadsForItselfAlone() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        String add = "INSERT INTO ${schema}.audit_entry (org_id, actor_id, actor_role, action, subject, before, after)"
                + " VALUES (?::text::uuid, 'x', 'ADMIN', 'x', '', '{}', '{}')";

        assertThatThrownBy(() -> database.transactions().update(Access.tenant(org), add, p -> p.text(other.toString())))
                .isInstanceOf(CroftException.class).hasMessageContaining("row-level security");
        assertThatThrownBy(() -> database.transactions().update(Access.tenant(org), add, p -> p.text(null)))
                .isInstanceOf(CroftException.class).hasMessageContaining("row-level security");
        assertThat(database.transactions().<Long>query(Access.tenant(org),
                "SELECT count(*) FROM ${schema}.audit_entry WHERE org_id IS DISTINCT FROM ?", p -> p.org(org),
                Rows.one(row -> row.getLong(1)))).isZero();
    }

    @Test
    void deedAndEntry_areOne() {
        OrgId org = newOrg();
        database.execute("ALTER TABLE croft.audit_entry ADD CONSTRAINT refused CHECK (subject <> '" + queue() + "')");
        try {
            assertThatThrownBy(() -> store().jobs().by(Acting.in(context(org), scope(org).incarnation()))
                    .pause(new Lane(org, queue()))).isInstanceOf(CroftException.class);
        } finally {
            database.execute("ALTER TABLE croft.audit_entry DROP CONSTRAINT refused");
        }

        assertThat(database.count("SELECT count(*) FROM croft.lane WHERE paused AND org_id = '" + org + "'")).isZero();
    }

    @Test
    void erasure_thatCannotBeWrittenDownDoesNotBegin() {
        OrgId org = newOrg();
        database.execute(
                "ALTER TABLE croft.audit_entry ADD CONSTRAINT refused CHECK (action <> 'orgs.erase') NOT VALID");
        try {
            assertThatThrownBy(() -> store().orgs().erase(context(org))).isInstanceOf(CroftException.class);
        } finally {
            database.execute("ALTER TABLE croft.audit_entry DROP CONSTRAINT refused");
        }

        assertThat(database.read("SELECT state FROM croft.org WHERE org_id = '" + org + "'")).isEqualTo("ACTIVE");
    }

    @Test
    void entries_goWithTheirRetentionAndNotBefore() {
        OrgId org = newOrg();
        Acting who = Acting.in(context(org), scope(org).incarnation());
        for (int days : new int[]{29, 31, 399, 401}) {
            store().audit().append(who.note(org, "test.days" + days, "", Map.of(), Map.of()));
            database.execute(
                    "UPDATE croft.audit_entry SET at = at - interval '" + days + " days' WHERE action = 'test.days"
                            + days + "'");
        }

        store().expire();
        assertThat(audited(org)).containsExactly("orgs.create", "test.days29", "test.days31", "test.days399");
        try (PgStore shorter = database.builder().auditRetention(Duration.ofDays(30)).open()) {
            shorter.expire();
        }
        assertThat(audited(org)).containsExactly("orgs.create", "test.days29");
        assertThatThrownBy(() -> database.transactions().query(Access.worker(), AuditReadSql.PURGE,
                p -> p.int4(28).int4(10), Rows.any())).isInstanceOf(InvalidInputException.class);
    }

    private List<String> audited(OrgId org) {
        return store().audit().list(org, scope(org).incarnation(), AuditFilter.ALL, Optional.empty(), 10).stream()
                .map(AuditEntry::action).toList();
    }

    @Test
    void retention_isOfWholeDays() {
        for (Duration bad : List.of(Duration.ofDays(29), Duration.ofDays(3651), Duration.ofDays(30).plusHours(1))) {
            assertThatThrownBy(() -> database.builder().auditRetention(bad))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("30 to 3650");
        }
    }

    @Test
    void lists_areReadByTheirIndexes() {
        OrgId org = newOrg();
        database.execute(
                "INSERT INTO croft.audit_entry (org_id, incarnation, actor_id, actor_role, action, subject, before,"
                        + " after) SELECT gen_random_uuid(), gen_random_uuid(), 'x', 'ADMIN', 'x', '', '{}', '{}'"
                        + " FROM generate_series(1, 5000); ANALYZE croft.audit_entry");

        assertThat(plan(Access.tenant(org), AuditReadSql.OF_ORG.replaceFirst("e.org_id = \\?", "e.org_id = '" + org
                + "'").replaceFirst("e.incarnation = \\?", "e.incarnation = '" + org + "'")))
                .contains("audit_entry_org").doesNotContain("Seq Scan on audit_entry");
        assertThat(plan(Access.admin(), AuditReadSql.ALL)).contains("audit_entry_at")
                .contains("Index Cond: (ROW(").doesNotContain("Seq Scan on audit_entry");
    }

    private static String plan(Access access, String sql) {
        return String.join("\n", database.transactions().query(access, "EXPLAIN " + sql
                .replace("(?, ?)", "(now(), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)").replace("e.at >= ?", "true")
                .replace("e.at < ?", "true").replaceAll("\\?::text", "NULL::text").replace("= ?", "= ''")
                .replace("LIMIT ?", "LIMIT 10"), Binder.NONE, Rows.list(row -> row.getString(1))));
    }
}
