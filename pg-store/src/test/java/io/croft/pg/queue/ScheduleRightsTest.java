package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.pg.tx.DbRole;
import io.croft.pg.tx.Rows;
import io.croft.spi.ScheduleStore.ScheduleId;
import io.croft.spi.ScheduleStore.Times;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may do what to schedules. */
final class ScheduleRightsTest {

    private static final String PUT = "put_schedule_v1(%s, 'x', 'rights', 'k', '{}', 3::int2, 3, NULL, NULL, NULL, "
            + "NULL, 1000, 0, 1::int2, false, 1::int2, now(), now())";

    private static QueueDatabase database;

    @BeforeAll
    static void create() {
        database = QueueDatabase.create();
        database.jobs().registerQueue("rights");
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    private static void put(ScheduleId key) {
        database.jobs().schedules().put(key, JobSchedule.every(Duration.ofHours(1)),
                JobRequest.of(JobKind.of("k", "rights"), "{}"),
                (schedule, now) -> new Times(now.plusSeconds(3600), now.plusSeconds(3600)));
    }

    @Test
    void schedules_areShownToTheirOrgAndThoseOfAllToAdministration() throws SQLException {
        OrgId org = database.newOrg();
        OrgId other = database.newOrg();
        put(ScheduleId.of(org, "mine"));
        put(ScheduleId.of(other, "theirs"));
        put(ScheduleId.global("all"));

        assertThat(names(DbRole.APP, org.toString())).isEqualTo("mine");
        assertThat(names(DbRole.APP, "")).isNull();
        assertThat(names(DbRole.ADMIN, org.toString())).isEqualTo("all,mine");
        assertThat(names(DbRole.ADMIN, "")).isEqualTo("all");
        assertThat(database.jobs().schedules().remove(ScheduleId.global("all"))).isTrue();
    }

    private static String names(DbRole role, String org) throws SQLException {
        try (Connection connection = database.connection(role); Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            try (ResultSet row = statement.executeQuery(
                    "SELECT string_agg(name, ',' ORDER BY name) FROM croft.schedule")) {
                return Rows.one(r -> r.getString(1)).read(row);
            }
        }
    }

    @Test
    void tables_areClosed() throws SQLException {
        for (DbRole role : List.of(DbRole.APP, DbRole.WORKER, DbRole.ADMIN, DbRole.INDEX)) {
            for (String sql : List.of("SELECT count(*) FROM croft.schedule_round",
                    "SELECT count(*) FROM croft.schedule_last", "DELETE FROM croft.schedule",
                    "UPDATE croft.schedule SET paused = true")) {
                assertThat(state(role, "", sql)).as(role + ": " + sql).isEqualTo("42501");
            }
        }
        assertThat(state(DbRole.WORKER, "", "SELECT count(*) FROM croft.schedule")).isEqualTo("42501");
    }

    @Test
    void functions_areExecutedByTheRolesMeantFor() throws SQLException {
        Map<String, Set<String>> allowed = new TreeMap<>();
        for (String function : List.of("put_schedule", "pause_schedule", "resume_schedule", "remove_schedule",
                "trigger_schedule", "due_schedules", "fire_schedules", "fail_schedule", "advance_round",
                "erase_schedules", "check_schedule", "lock_schedule", "schedule_payload")) {
            allowed.put(function, new TreeSet<>());
            for (String role : List.of("app", "worker", "admin", "index")) {
                if (database.number("SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'croft'::regnamespace "
                        + "AND p.proname = ? AND p.proowner = 'croft_dispatch'::regrole "
                        + "AND has_function_privilege(?, p.oid, 'EXECUTE')", function + "_v1", "croft_" + role) > 0) {
                    allowed.get(function).add(role);
                }
            }
        }

        Set<String> tenant = Set.of("admin", "app");
        Set<String> worker = Set.of("worker");
        assertThat(allowed).isEqualTo(Map.ofEntries(Map.entry("put_schedule", tenant),
                Map.entry("pause_schedule", tenant), Map.entry("resume_schedule", tenant),
                Map.entry("remove_schedule", tenant), Map.entry("trigger_schedule", tenant),
                Map.entry("due_schedules", worker), Map.entry("fire_schedules", worker),
                Map.entry("fail_schedule", worker), Map.entry("advance_round", worker),
                Map.entry("erase_schedules", Set.of("admin")), Map.entry("check_schedule", Set.of()),
                Map.entry("lock_schedule", Set.of()), Map.entry("schedule_payload", Set.of())));
        assertThat(database.number("""
                SELECT count(*) FROM pg_proc p WHERE p.proname LIKE '%schedule%' AND p.prosecdef
                  AND p.pronamespace = 'croft'::regnamespace AND p.proconfig @> ARRAY['enable_hashjoin=off',
                  'enable_mergejoin=off', 'enable_seqscan=off', 'jit=off', 'plan_cache_mode=force_generic_plan']
                """)).isEqualTo(9);
    }

    @Test
    void functions_refuseAnotherOrgAndThoseOfAll() throws SQLException {
        OrgId org = database.newOrg();
        OrgId other = database.newOrg();
        put(ScheduleId.of(other, "theirs"));

        for (String owner : List.of("'" + other + "'", "NULL")) {
            for (String call : List.of(PUT.formatted(owner), "pause_schedule_v1(" + owner + ", 'theirs')",
                    "resume_schedule_v1(" + owner + ", 'theirs', 1, now(), now())",
                    "remove_schedule_v1(" + owner + ", 'theirs')", "trigger_schedule_v1(" + owner + ", 'theirs')")) {
                assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + call)).as(call).isEqualTo("CR005");
            }
        }
        assertThat(state(DbRole.ADMIN, "", "SELECT croft.erase_schedules_v1('" + org + "')")).isEqualTo("CR002");
        assertThat(state(DbRole.ADMIN, "", "SELECT croft.erase_schedules_v1(NULL)")).isEqualTo("CR002");
    }

    /** Whoever calls the functions themselves is held to the same limits. */
    @Test
    void put_refusesWhatTheLibraryWouldNotSend() throws SQLException {
        OrgId org = database.newOrg();
        String good = PUT.formatted("'" + org + "'");
        assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + good)).isEqualTo("none");
        Map<String, String> bad = Map.of("'x', 'rights'", "repeat('x', 256), 'rights'", "'{}'", "'[]'", "1000", "999",
                "NULL, 1000", "'0 3 * * *', 1000", "false, 1::int2", "false, 3::int2", "0, 1::int2", "-1, 1::int2",
                "now(), now()", "now(), now() - interval '1 s'");

        for (Map.Entry<String, String> change : bad.entrySet()) {
            String call = good.replace(change.getKey(), change.getValue());
            assertThat(call).isNotEqualTo(good);
            assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + call)).as(call).isIn("CR006", "23514");
        }
        String tags = "3, NULL, NULL, NULL, NULL, 1000";
        assertThat(good).contains(tags);
        for (String change : List.of("3, '', NULL, NULL, NULL, 1000",
                "3, repeat(E'x\\n', 16) || 'x', NULL, NULL, NULL, 1000", "3, NULL, '', NULL, NULL, 1000",
                "3, NULL, ' ', NULL, NULL, 1000", "3, NULL, E' \\t', NULL, NULL, 1000",
                "3, NULL, E'a\\nb', NULL, NULL, 1000", "3, NULL, U&'a\\2028b', NULL, NULL, 1000",
                "3, NULL, U&'a\\0085b', NULL, NULL, 1000")) {
            String call = good.replace(tags, change);
            assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + call)).as(call)
                    .isEqualTo(change.startsWith("3, NULL") ? "23514" : "CR006");
        }
        String large = good.replace("'{}'", "jsonb_build_object('a', repeat('x', 4194270))");
        assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + large)).isEqualTo("none");
        assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + large.replace(tags,
                "3, NULL, 'at', NULL, NULL, 1000"))).as("too large with its time").isEqualTo("CR006");
        assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + good.replace("false, 1::int2",
                "true, 2::int2"))).as("each, but none that overlaps").isEqualTo("CR006");
        assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + good.replace("1::int2, false, 1::int2",
                "0::int2, true, 1::int2"))).as("each of none").isEqualTo("23514");
        assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + good.replace(tags,
                "3, repeat(E'x\\n', 15) || 'x', 'the time', NULL, NULL, 1000"))).isEqualTo("none");
        put(ScheduleId.of(org, "good"));
        assertThatThrownBy(() -> database.execute("UPDATE croft.schedule SET tags = ''"))
                .hasStackTraceContaining("schedule_tags_check");
        assertThat(state(DbRole.APP, org.toString(), "SELECT croft." + good.replace("'rights'", "'unknown'")))
                .isEqualTo("CR003");
    }

    @Test
    void fire_runsInReadCommittedOnly() throws SQLException {
        for (String call : List.of("fire_schedules_v1('{}', '{}', '{}', '{}', '{}', '{}', '{}')",
                "advance_round_v1(1)")) {
            try (Connection connection = database.connection(DbRole.WORKER)) {
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                try (Statement statement = connection.createStatement()) {
                    assertThatThrownBy(() -> statement.execute("SELECT croft." + call)).as(call)
                            .isInstanceOfSatisfying(SQLException.class,
                                    e -> assertThat(e.getSQLState()).isEqualTo("CR007"));
                }
            }
        }
    }

    /** The SQLSTATE that a statement fails with, in a transaction that is rolled back. */
    private static String state(DbRole role, String org, String sql) throws SQLException {
        try (Connection connection = database.connection(role); Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            statement.execute(sql);
            return "none";
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }
}
