package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.pg.tx.DbRole;
import io.croft.pg.tx.Rows;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may do what to the queue. */
final class QueueRightsTest {

    private static final String QUEUE = "rights";
    private static final List<String> TABLES =
            List.of("queue_clock", "queue_slot", "paused_org", "lane", "ready", "scheduled", "run", "wake", "move",
                    "job_settle", "job_mark");

    private static QueueDatabase database;

    @BeforeAll
    static void create() {
        database = QueueDatabase.create();
        database.jobs().registerQueue(QUEUE);
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void tables_areClosedToEveryRole() throws SQLException {
        for (DbRole role : List.of(DbRole.APP, DbRole.WORKER, DbRole.ADMIN, DbRole.INDEX)) {
            for (String table : TABLES) {
                assertRefused(role, "SELECT count(*) FROM croft." + table);
            }
            for (String table : List.of("job", "job_key", "job_wait", "job_history")) {
                assertRefused(role, "DELETE FROM croft." + table);
                assertRefused(role, "UPDATE croft." + table + " SET org_id = org_id");
            }
            assertRefused(role, "SELECT count(*) FROM croft.job_completed_default");
        }
        assertRefused(DbRole.WORKER, "SELECT count(*) FROM croft.job");
    }

    /** Whoever may send statements may take any advisory lock: nothing of the queue waits for one. */
    @Test
    void claims_goOnWhateverLocksAStrangerTakes() throws SQLException {
        OrgId org = database.newOrg();
        database.jobs().enqueue(org, List.of(JobRequest.of(JobKind.of("test.work", QUEUE), "{}")));
        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_xact_lock(hashtext(l), n) FROM unnest(ARRAY['croft.queue',"
                    + " 'croft.paused_org', 'croft.maintain_history_v1', 'croft.this_database']) l,"
                    + " generate_series(0, 100) n");

            database.jobs().maintain(1000);

            assertThat(database.jobs().claim(QUEUE, 1, "w", Duration.ofMinutes(5))).hasSize(1);
        }
        for (DbRole role : List.of(DbRole.APP, DbRole.WORKER, DbRole.ADMIN, DbRole.INDEX)) {
            for (String gate : List.of("queue_gate", "pause_gate")) {
                assertRefused(role, "LOCK TABLE croft." + gate + " IN ROW SHARE MODE NOWAIT");
                assertRefused(role, "LOCK TABLE croft." + gate + " IN ACCESS SHARE MODE NOWAIT");
            }
        }
    }

    @Test
    void tables_showAnOrgItsOwnRowsOnly() throws SQLException {
        OrgId org = database.newOrg();
        OrgId other = database.newOrg();
        JobRequest request = JobRequest.of(JobKind.of("test.work", QUEUE), "{}").withKey("k");
        database.jobs().enqueue(org, List.of(request));
        JobId theirs = database.jobs().enqueue(other, List.of(request)).getFirst().id();

        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            assertThat(number(statement, "SELECT count(*) FROM croft.job")).isZero();
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");

            for (String table : List.of("job", "job_key")) {
                assertThat(number(statement, "SELECT count(*) FROM croft." + table)).isEqualTo(1);
                assertThat(number(statement, "SELECT count(*) FROM croft." + table + " WHERE org_id = '" + other + "'"))
                        .isZero();
            }
        }
        assertThat(database.jobs().find(org, theirs)).isEmpty();
    }

    @Test
    void functions_areExecutedByTheRolesMeantFor() throws SQLException {
        Map<String, Set<String>> allowed = new TreeMap<>();
        List<String> functions = List.of("register_queue", "enqueue", "promote", "drain", "move", "claim",
                "replace_core", "finish_core", "finish",
                "finish_deferred", "heartbeat", "progress", "release", "rescue", "check_org", "redrive", "discard",
                "cancel", "watch", "running",
                "set_lane", "pause_lane", "pause_org", "pause_queue", "set_queue", "lane_depth", "queue_depth", "thaw",
                "check_active", "make_lanes", "lane_queue", "lock_queue", "free_slots", "lift_lanes",
                "purge_keys", "erase_jobs",
                "maintain_history", "make_days", "drop_days", "list_jobs", "org_running", "org_counts", "oldest",
                "first_place", "queue_counts", "queue_lanes", "mark_jobs", "id_bounds", "expire_dead", "settle",
                "enqueue_waits",
                "add_times", "count_attempts", "purge_hours");
        for (String function : functions) {
            allowed.put(function, new TreeSet<>());
            for (String role : List.of("croft_app", "croft_worker", "croft_admin", "croft_index", "pg_read_all_data")) {
                if (database.number("SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'croft'::regnamespace "
                        + "AND p.proname = ? AND has_function_privilege(?, p.oid, 'EXECUTE')", function + "_v1",
                        role) > 0) {
                    allowed.get(function).add(role.substring(role.indexOf('_') + 1));
                }
            }
        }

        Set<String> tenant = Set.of("admin", "app");
        Set<String> anyone = Set.of("admin", "app", "worker");
        Set<String> worker = Set.of("worker");
        Set<String> admin = Set.of("admin");
        assertThat(allowed).isEqualTo(Map.ofEntries(Map.entry("register_queue", anyone), Map.entry("enqueue", anyone),
                Map.entry("promote", worker), Map.entry("drain", worker), Map.entry("move", worker),
                Map.entry("claim", worker), Map.entry("replace_core", Set.of()),
                Map.entry("finish_core", Set.of()), Map.entry("finish", worker),
                Map.entry("finish_deferred", Set.of("app")), Map.entry("heartbeat", worker),
                Map.entry("release", worker), Map.entry("rescue", worker), Map.entry("check_org", Set.of()),
                Map.entry("redrive", tenant), Map.entry("discard", tenant), Map.entry("running", tenant),
                Map.entry("cancel", tenant), Map.entry("progress", worker), Map.entry("watch", worker),
                Map.entry("set_lane", tenant), Map.entry("pause_queue", admin), Map.entry("lane_depth", tenant),
                Map.entry("pause_lane", tenant), Map.entry("pause_org", tenant), Map.entry("set_queue", admin),
                Map.entry("queue_depth", admin), Map.entry("thaw", worker), Map.entry("check_active", Set.of()),
                Map.entry("make_lanes", Set.of()), Map.entry("lane_queue", Set.of()),
                Map.entry("lock_queue", Set.of()), Map.entry("free_slots", Set.of()),
                Map.entry("lift_lanes", Set.of()),
                Map.entry("purge_keys", worker), Map.entry("erase_jobs", admin),
                Map.entry("maintain_history", worker), Map.entry("make_days", Set.of()),
                Map.entry("drop_days", Set.of()), Map.entry("list_jobs", tenant), Map.entry("org_running", tenant),
                Map.entry("org_counts", tenant), Map.entry("oldest", Set.of()), Map.entry("first_place", Set.of()),
                Map.entry("queue_counts", admin), Map.entry("queue_lanes", admin), Map.entry("mark_jobs", worker),
                Map.entry("expire_dead", worker), Map.entry("id_bounds", tenant), Map.entry("add_times", Set.of()),
                Map.entry("count_attempts", worker), Map.entry("purge_hours", worker),
                Map.entry("settle", worker), Map.entry("enqueue_waits", Set.of())));
    }

    @Test
    void functions_runAsTheDispatcherUnderPinnedSettings() throws SQLException {
        assertThat(database.number("SELECT count(*) FROM pg_roles WHERE rolname = 'croft_dispatch' "
                + "AND (rolsuper OR rolbypassrls OR rolcanlogin)")).isZero();
        assertThat(database.number("SELECT count(*) FROM pg_class WHERE relnamespace = 'croft'::regnamespace "
                + "AND relowner = 'croft_dispatch'::regrole")).isZero();
        assertThat(database.number("SELECT has_schema_privilege('croft_dispatch', 'croft', 'CREATE')::int")).isZero();
        assertThat(database.number("""
                SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'croft'::regnamespace AND p.prosecdef
                  AND NOT (p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp', 'row_security=on'])
                """)).isZero();
        assertThat(database.number("""
                SELECT count(*) FROM pg_proc p WHERE p.proname IN ('enqueue_v1', 'claim_v1', 'finish_v1', 'drain_v1',
                  'thaw_v1', 'settle_v1')
                  AND p.prosecdef AND p.proowner = 'croft_dispatch'::regrole AND p.proconfig @> ARRAY['enable_hashjoin=off',
                    'enable_mergejoin=off', 'enable_seqscan=off', 'jit=off', 'plan_cache_mode=force_generic_plan']
                """)).isEqualTo(6);
    }

    @Test
    void functions_serveACallerWithHostileSettings() throws SQLException {
        OrgId org = database.newOrg();

        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL row_security = off");
            statement.execute("CREATE TEMPORARY TABLE job (id bigint)");
            statement.execute("CREATE TEMPORARY TABLE org (org_id uuid)");
            statement.execute("SET LOCAL search_path = pg_temp");
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");

            assertThat(number(statement, "SELECT count(*) FROM croft.enqueue_v1(ARRAY['" + org + "'::uuid], '{" + QUEUE
                    + "}', '{test.work}', ARRAY['{}'::jsonb], '{3}')")).isEqualTo(1);
            connection.commit();
        }

        assertThat(database.number("SELECT count(*) FROM croft.job WHERE org_id = ?", org.value())).isEqualTo(1);
    }

    @Test
    void functions_ofATenantRefuseAnotherOrg() throws SQLException {
        OrgId org = database.newOrg();
        OrgId other = database.newOrg();
        for (String call : List.of("redrive_v1('" + other + "', '{1}')", "discard_v1('" + other + "', '{1}', 'x')",
                "running_v1('" + other + "', '{1}')", "set_lane_v1('" + other + "', '" + QUEUE + "', 1, 1, NULL, NULL)",
                "pause_lane_v1('" + other + "', '" + QUEUE + "', true)", "pause_org_v1('" + other + "', true)",
                "lane_depth_v1('" + other + "')", "org_counts_v1('" + other + "')", "org_running_v1('" + other + "')",
                "finish_deferred_v1('" + other + "', 1, 1, 1::smallint, NULL)",
                "id_bounds_v1('" + other + "', now(), now())")) {
            try (Connection connection = database.connection(DbRole.APP);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");

                assertThatThrownBy(() -> statement.execute("SELECT croft." + call)).as(call)
                        .isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("CR005"));
            }
        }
    }

    /** It runs with the caller's rights, so that row-level security stands between them. */
    @Test
    void list_ofATenantShowsNothingOfAnotherOrg() throws SQLException {
        OrgId org = database.newOrg();
        OrgId other = database.newOrg();
        database.jobs().enqueue(other, List.of(JobRequest.of(JobKind.of("test.work", QUEUE), "{}").withKey("invoice")));
        for (String states : List.of("{4,5,6}", "{1,2,4}")) {
            for (String key : List.of("NULL", "'invoice'")) {
                try (Connection connection = database.connection(DbRole.APP);
                        Statement statement = connection.createStatement()) {
                    statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
                    String list =
                            "SELECT count(*) FROM croft.list_jobs_v1('%s', NULL, '" + states + "', NULL, NULL, NULL, "
                                    + key + ", NULL, NULL, NULL, NULL, 10, 100)";

                    assertThat(number(statement, list.formatted(org))).isZero();
                    if (states.startsWith("{1")) {
                        assertThatThrownBy(() -> statement.execute(list.formatted(other)))
                                .isInstanceOfSatisfying(SQLException.class,
                                        e -> assertThat(e.getSQLState()).isEqualTo("CR005"));
                    } else {
                        assertThat(number(statement, list.formatted(other))).isZero();
                    }
                }
            }
        }
    }

    @Test
    void enqueue_ofATenantIsForItsOwnOrgAlone() throws SQLException {
        OrgId org = database.newOrg();
        OrgId other = database.newOrg();
        JobRequest secret = JobRequest.of(JobKind.of("test.work", QUEUE), "{}").withKey("invoice");
        database.jobs().enqueue(other, List.of(secret));

        for (String set : List.of("", org.toString())) {
            try (Connection connection = database.connection(DbRole.APP);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT set_config('croft.org_id', '" + set + "', true)");

                assertThatThrownBy(() -> statement.execute("SELECT croft.enqueue_v1(ARRAY['" + org + "', '" + other
                        + "']::uuid[], '{" + QUEUE + "," + QUEUE + "}', '{test.work,test.work}', "
                        + "ARRAY['{}', '{}']::jsonb[], '{3,3}', p_key => '{mine,invoice}')"))
                        .as("with the org \"" + set + "\"").isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("CR005"));
            }
        }
    }

    /** Else two times would tell how many jobs others have enqueued between them. */
    @Test
    void idBounds_areIdsOfTheOrgItself() throws SQLException {
        OrgId org = database.newOrg();
        List<JobId> own = new ArrayList<>();
        for (OrgId one : List.of(database.newOrg(), org, database.newOrg(), org, database.newOrg())) {
            JobId id = database.jobs().enqueue(one, List.of(JobRequest.of(JobKind.of("test.work", QUEUE), "{}")))
                    .getFirst().id();
            if (one.equals(org)) {
                own.add(id);
            }
        }
        long between = (own.getFirst().value() + own.getLast().value()) / 2;
        database.execute("INSERT INTO croft.job_mark (at, id) VALUES (now() - interval '40 days', " + between + ")");
        try (Connection connection = database.transaction(org); Statement statement = connection.createStatement()) {
            for (String of : List.of("low", "high")) {
                assertThat(number(statement, "SELECT " + of + " FROM croft.id_bounds_v1('" + org
                        + "', now() - interval '39 days', now() - interval '41 days')")).as(of)
                        .isEqualTo((of.equals("low") ? own.getFirst() : own.getLast()).value());
            }
        }
        database.execute("DELETE FROM croft.job_mark WHERE at < now() - interval '39 days'");
    }

    /** Who knows organisation, job and fence could end it otherwise. */
    @Test
    void completeIn_ofATenantIsForItsOwnOrgAlone() throws SQLException {
        OrgId org = database.newOrg();
        OrgId other = database.newOrg();
        database.jobs().enqueue(other, List.of(JobRequest.of(JobKind.of("test.work", QUEUE), "{}")));
        JobLease theirs = claimOf(other);
        String call = "SELECT croft.finish_deferred_v1('" + other + "', " + theirs.id() + ", " + theirs.fence()
                + ", 1::smallint, NULL)";

        for (String set : List.of("", org.toString())) {
            try (Connection connection = database.connection(DbRole.APP);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT set_config('croft.org_id', '" + set + "', true)");

                assertThatThrownBy(() -> statement.execute(call)).as("with the org \"" + set + "\"")
                        .isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("CR005"));
            }
        }
        try (Connection connection = database.transaction(other); Statement statement = connection.createStatement()) {
            statement.execute(call);
        }
    }

    /** Jobs of other tests may be claimed with it. */
    private static JobLease claimOf(OrgId org) {
        database.jobs().maintain(1000);
        return database.jobs().claim(QUEUE, 100, "w", Duration.ofMinutes(5)).stream().map(ClaimedJob::lease)
                .filter(lease -> lease.org().equals(org)).findFirst().orElseThrow();
    }

    /** Whoever calls the functions themselves, and not through the library, is held to the same limits. */
    @Test
    void enqueue_refusesWhatTheLibraryWouldNotSend() throws SQLException {
        OrgId org = database.newOrg();
        List<String> bad = List.of("p_repeat => '{3}', p_key => '{k}'", "p_repeat => '{1}'",
                "p_repeat => '{2}', p_key => '{k}'", "p_repeat => '{2}', p_key => '{k}', p_quiet_ms => '{5}'",
                "p_repeat => '{2}', p_key => '{k}', p_quiet_ms => '{5}', p_at_most_ms => '{4}'",
                "p_repeat => '{2}', p_key => '{k}', p_quiet_ms => '{5}', p_at_most_ms => '{6}', p_delay_ms => '{1}'",
                "p_delay_ms => '{-1}'", "p_max_attempts => '{0}'", "p_max_attempts => '{101}'", "p_key => '{\"\"}'",
                "p_key => ARRAY[repeat('k', 256)]", "p_tags => '{a,b}'", "p_deadline => '{}'",
                "p_tags => ARRAY[repeat(E'tag\\n', 16) || 'tag']", "p_tags => '{\"\"}'",
                "p_key => '{k}', p_key_ttl_ms => '{0}'");
        for (String arguments : bad) {
            try (Connection connection = database.connection(DbRole.APP);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");

                assertThatThrownBy(() -> statement.execute("SELECT croft.enqueue_v1(ARRAY['" + org + "']::uuid[], '{"
                        + QUEUE + "}', '{test.work}', ARRAY['{}']::jsonb[], '{3}', " + arguments + ")")).as(arguments)
                        .isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("CR006"));
            }
        }
    }

    /** However many jobs are as they must be: no table refuses what a function lets through. */
    @Test
    void enqueue_refusesOneBadJobAmongGoodOnes() throws SQLException {
        OrgId org = database.newOrg();
        String large = "jsonb_build_object('text', repeat('x', 4194304))";
        List<String> bad = List.of("'{test.work,test work}', ARRAY['{}', '{}']::jsonb[], '{3,3}'",
                "'{test work,test work}', ARRAY['{}', '{}']::jsonb[], '{3,3}'",
                "'{test.work,NULL}', ARRAY['{}', '{}']::jsonb[], '{3,3}'",
                "'{test.work,test.work}', ARRAY['{}', NULL]::jsonb[], '{3,3}'",
                "'{test.work,test.work}', ARRAY['{}', " + large + "], '{3,3}'",
                "'{test.work,test.work}', ARRAY['{}', '{}']::jsonb[], '{3,0}'",
                "'{test.work,test.work}', ARRAY['{}', '{}']::jsonb[], '{3,5}'",
                "'{test.work,test.work}', ARRAY['{}', '{}']::jsonb[], '{3,NULL}'",
                "'{test.work,test.work}', ARRAY['{}', '{}']::jsonb[], '{3,3}', p_max_attempts => '{NULL,0}'",
                "'{test.work,test.work}', ARRAY['{}', '{}']::jsonb[], '{3,3}', p_max_attempts => '{3,101}'");
        for (String arguments : bad) {
            try (Connection connection = database.connection(DbRole.APP);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");

                assertThatThrownBy(() -> statement.execute(enqueueTwo(org, arguments))).as(arguments)
                        .isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("CR006"));
            }
        }
        String most = "jsonb_build_object('text', repeat('x', 4194304 - 100))";
        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            statement.execute(enqueueTwo(org, "'{test.work,test.work}', ARRAY[" + most + ", " + most + "], '{1,4}', "
                    + "p_max_attempts => '{1,100}'"));
            assertThat(number(statement, "SELECT count(*) FROM croft.job")).isEqualTo(2);
        }
    }

    /** The same where kind, priority and attempts are said once for all. */
    @Test
    void enqueue_refusesOneBadJobAmongThoseThatAreAlike() throws SQLException {
        OrgId org = database.newOrg();
        String alike = "croft.enqueue_v1(ARRAY['" + org + "']::uuid[], '{" + QUEUE + "}', ";
        String two = "ARRAY['{}', '{}']::jsonb[], ";
        String large = "jsonb_build_object('text', repeat('x', 4194304))";
        for (String arguments : List.of("'{test work}', " + two + "'{3}'", "'{NULL}', " + two + "'{3}'",
                "'{test.work}', ARRAY['{}', NULL]::jsonb[], '{3}'", "'{test.work}', ARRAY['{}', " + large + "], '{3}'",
                "'{test.work}', " + two + "'{0}'", "'{test.work}', " + two + "'{5}'",
                "'{test.work}', " + two + "'{NULL}'", "'{test.work}', " + two + "'{3}', p_max_attempts => '{0}'",
                "'{test.work}', " + two + "'{3}', p_max_attempts => '{101}'",
                "'{test.work}', NULL, '{3}'", "'{test.work,test.work}', " + two + "'{3}'",
                "'{test.work}', " + two + "'{3}', p_tags => '{a}'",
                "'{test.work}', " + two + "'{3}', p_max_attempts => '{3,3,3}'")) {
            try (Connection connection = database.transaction(org);
                    Statement statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.execute("SELECT " + alike + arguments + ")")).as(arguments)
                        .isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("CR006"));
            }
        }
    }

    /** Also where they are more than can be looked at all at once. */
    @Test
    void enqueue_answersOnceForJobsThatAreAlike() throws SQLException {
        OrgId org = database.newOrg();
        String most = "jsonb_build_object('text', repeat('x', 4194304 - 100))";
        List<Long> ids = new ArrayList<>();
        try (Connection connection = database.transaction(org); Statement statement = connection.createStatement()) {
            for (String payloads : List.of("ARRAY['{}', '{}', '{}']::jsonb[]", "ARRAY[" + most + ", " + most + "]")) {
                try (ResultSet rows = statement.executeQuery("SELECT e.job_id, e.ids FROM croft.enqueue_v1(ARRAY['"
                        + org + "']::uuid[], '{" + QUEUE + "}', '{test.work}', " + payloads
                        + ", '{4}', p_max_attempts => '{7}') e")) {
                    assertThat(rows.next()).isTrue();
                    Long[] answered = (Long[]) rows.getArray(2).getArray();
                    assertThat(rows.getLong(1)).isEqualTo(answered[0]);
                    ids.addAll(List.of(answered));
                    assertThat(rows.next()).isFalse();
                }
            }
            connection.commit();
        }

        assertThat(ids).hasSize(5).doesNotHaveDuplicates();
        String found = " WHERE org_id = ? AND id = ANY ('{" + ids.stream().map(String::valueOf)
                .collect(Collectors.joining(",")) + "}') AND priority = 4";
        assertThat(database.number("SELECT count(*) FROM croft.job" + found + " AND max_attempts = 7 AND state = 0"
                + " AND kind = 'test.work'", org.value())).isEqualTo(5);
        assertThat(database.number("SELECT count(*) FROM croft.ready" + found + " AND pos = id", org.value()))
                .isEqualTo(5);
        assertThat(database.number("SELECT sum(added) * 100 + count(*) FROM croft.wake WHERE org_id = ?"
                + " AND priority = 4 AND untold", org.value())).isEqualTo(502);
    }

    private static String enqueueTwo(OrgId org, String arguments) {
        return "SELECT croft.enqueue_v1(ARRAY['" + org + "', '" + org + "']::uuid[], '{" + QUEUE + "," + QUEUE + "}', "
                + arguments + ")";
    }

    /** What is said of a job is cut to its limit, whoever says it. */
    @Test
    void functions_keepNoMoreOfATextThanItsLimit() throws SQLException {
        OrgId org = database.newOrg();
        database.jobs().registerQueue("texts");
        JobRequest request = JobRequest.of(JobKind.of("test.work", "texts"), "{}");
        List<JobId> ids = database.jobs().enqueue(org, List.of(request, request, request, request)).stream()
                .map(JobReceipt::id).toList();
        database.jobs().maintain(JobStore.MAX_BATCH);
        Map<JobId, Long> fences = database.jobs().claim("texts", 3, "w", Duration.ofMinutes(5)).stream()
                .collect(Collectors.toMap(job -> job.lease().id(), job -> job.lease().fence()));
        assertThat(fences.keySet()).containsExactlyInAnyOrderElementsOf(ids.subList(0, 3));

        try (Connection connection = database.connection(DbRole.WORKER);
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 2; i++) {
                statement.execute("SELECT croft.finish_v1(ARRAY['" + org + "'::uuid], ARRAY[" + ids.get(i)
                        + "::bigint], ARRAY[" + fences.get(ids.get(i)) + "::bigint], ARRAY[" + (3 + i)
                        + "::smallint], p_error_class => ARRAY[repeat('c', 9999)], "
                        + "p_error_message => ARRAY[repeat('m', 9999)], p_error_stack => ARRAY[repeat('s', 99999)])");
            }
            connection.commit();
        }
        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            statement.execute("SELECT croft.cancel_v1('" + org + "', ARRAY[" + ids.get(2) + ", " + ids.get(3)
                    + "]::bigint[], repeat('r', 9999))");
            connection.commit();
        }

        String of = " WHERE id = ?";
        assertThat(database.number("SELECT length(error_class) FROM croft.job" + of, ids.get(0).value()))
                .isEqualTo(255);
        assertThat(database.number("SELECT length(error_message) FROM croft.job" + of, ids.get(0).value()))
                .isEqualTo(8192);
        assertThat(database.number("SELECT length(error_stack) FROM croft.job" + of, ids.get(0).value()))
                .isEqualTo(16384);
        assertThat(database.number("SELECT length(note) FROM croft.job" + of, ids.get(1).value())).isEqualTo(1024);
        assertThat(database.number("SELECT length(cancel_requested) FROM croft.run" + of, ids.get(2).value()))
                .isEqualTo(1024);
        assertThat(database.number("SELECT length(note) FROM croft.job_history" + of, ids.get(3).value()))
                .isEqualTo(1024);
    }

    @Test
    void admin_seesWhichDocumentsThereAreAndNotWhatTheySay() throws SQLException {
        for (String table : List.of("document", "listing")) {
            assertAllowed(DbRole.ADMIN, "SELECT org_id, id, deleted FROM croft." + table);
            assertRefused(DbRole.ADMIN, "SELECT text FROM croft." + table);
            assertRefused(DbRole.ADMIN, "SELECT written_title FROM croft." + table);
        }
        assertRefused(DbRole.ADMIN, "SELECT text FROM croft.private_chunk");
        assertRefused(DbRole.ADMIN, "SELECT vector FROM croft.market_chunk");
    }

    @Test
    void registerQueue_hasALimit() throws SQLException {
        QueueDatabase full = QueueDatabase.create();
        try (full;
                Connection connection = full.connection(DbRole.WORKER);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT croft.register_queue_v1('q' || n) FROM generate_series(1, "
                    + (1000 - full.number("SELECT count(*) FROM croft.queue")) + ") n");

            statement.execute("SELECT croft.register_queue_v1('q1')");
            assertThatThrownBy(() -> statement.execute("SELECT croft.register_queue_v1('onemore')"))
                    .isInstanceOfSatisfying(SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("CR006"));
        }
    }

    @Test
    void claim_runsInReadCommittedOnly() throws SQLException {
        try (Connection connection = database.connection(DbRole.WORKER)) {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (Statement statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.execute("SELECT croft.claim_v1(1::smallint, 1, 1, 'w', 1000)"))
                        .isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("CR007"));
            }
        }
    }

    @Test
    void pausedQueue_givesNothing() throws SQLException {
        JobStore jobs = database.jobs();
        jobs.registerQueue("paused");
        jobs.enqueue(database.newOrg(), List.of(JobRequest.of(JobKind.of("test.work", "paused"), "{}")));
        jobs.maintain(100);

        pause(true);
        assertThat(jobs.claim("paused", 10, "w", Duration.ofMinutes(1))).isEmpty();
        pause(false);
        assertThat(jobs.claim("paused", 10, "w", Duration.ofMinutes(1))).hasSize(1);
    }

    private static void pause(boolean paused) throws SQLException {
        try (Connection connection = database.connection(DbRole.ADMIN);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT croft.pause_queue_v1('paused', " + paused + ")");
            connection.commit();
        }
    }

    private static void assertAllowed(DbRole role, String sql) throws SQLException {
        try (Connection connection = database.connection(role); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void assertRefused(DbRole role, String sql) throws SQLException {
        try (Connection connection = database.connection(role); Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute(sql)).as(role + ": " + sql)
                    .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
        }
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return Rows.one(r -> r.getLong(1)).read(row);
        }
    }
}
