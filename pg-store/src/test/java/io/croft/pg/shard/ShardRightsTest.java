package io.croft.pg.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.job.JobRequest;
import io.croft.pg.PgShards;
import io.croft.pg.ShardDatabases;
import io.croft.pg.TestDatabase;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.DbRole;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.contract.Await;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what to the map and to moves, and what the database refuses of an organisation that is not in service. */
class ShardRightsTest {

    private static ShardDatabases databases;
    private static PgShards shards;
    private static TestDatabase one;
    private static Transactions transactions;

    @BeforeAll
    static void open() {
        databases = ShardDatabases.create();
        shards = databases.open();
        one = databases.database("one");
        transactions = one.transactions();
    }

    @AfterAll
    static void close() {
        shards.close();
    }

    @Test
    void moves_areForAdministrationAlone() {
        List<String> functions = List.of("hold_org", "leaving_org", "leaving_lanes", "leaving_jobs", "leaving_keys",
                "leaving_ends", "leaving_last", "raise_ids", "restored", "arrive_lanes", "arrive_jobs", "arrive_rows",
                "arrive_ends", "join_shards", "this_database");
        for (String function : functions) {
            assertThat(allowed(function)).as(function).isEqualTo("admin");
        }
        for (String function : List.of("check_arriving", "queue_ids", "check_here", "set_org_pause")) {
            assertThat(allowed(function)).as(function).isEmpty();
        }
        assertThat(allowed("check_database")).isEqualTo("app,worker,admin");
        for (DbRole role : List.of(DbRole.APP, DbRole.WORKER, DbRole.INDEX)) {
            for (String table : List.of("shard_org", "shard_database", "this_database")) {
                assertThatThrownBy(() -> transactions.query(new Access(role, ""), "SELECT 1 FROM croft." + table,
                        Binder.NONE, Rows.any())).as(role + " " + table).hasMessageContaining("42501");
            }
        }
    }

    private static String allowed(String function) {
        StringBuilder roles = new StringBuilder();
        for (DbRole role : List.of(DbRole.APP, DbRole.WORKER, DbRole.INDEX, DbRole.ADMIN)) {
            String name = role.name().toLowerCase(Locale.ROOT);
            if (one.count(
                    "SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'croft'::regnamespace AND p.proname = '"
                            + function + "_v1' AND has_function_privilege('croft_" + name
                            + "', p.oid, 'EXECUTE')") > 0) {
                roles.append(roles.isEmpty() ? "" : ",").append(name);
            }
        }
        return roles.toString();
    }

    /** Only one that arrives takes rows, and only of the organisation that the transaction is set to. */
    @Test
    void rows_arriveInNoOrgThatIsInService() {
        FullOrg org = FullOrg.in(shards, "one");
        OrgId other = OrgId.of(UUID.randomUUID());
        String call = "SELECT croft.arrive_rows_v1('" + org.id() + "', 'job_key', '{}', '{}')";

        assertThatThrownBy(() -> transactions.query(Access.admin(org.id()), call, Binder.NONE, Rows.any()))
                .isInstanceOf(OrgMovedException.class).hasMessageContaining("does not arrive");
        assertThatThrownBy(() -> transactions.query(Access.admin(other), call, Binder.NONE, Rows.any()))
                .isInstanceOf(CroftException.class).hasMessageContaining("CR005");
    }

    /** A job of priority 5 would stand in its line for ever; one of an id to come would meet another of that id. */
    @Test
    void rows_arriveWithinTheBoundsOfAnEnqueue() {
        FullOrg org = FullOrg.in(shards, "one");
        one.execute("UPDATE croft.org SET state = 'ARRIVING' WHERE org_id = '" + org.id() + "'");
        String id = one.read("SELECT nextval('croft.job_seq')::text");
        String good = "\"id\": " + id;

        for (String bad : List.of("\"priority\": 5", "\"priority\": 0", "\"priority\": null", "\"max_attempts\": 0",
                "\"max_attempts\": 101", "\"attempt\": -1", "\"past_attempts\": -1", "\"kind\": \"no kind\"",
                "\"key\": \"\"", "\"tags\": []", "\"delay_ms\": -1", "\"id\": 0", "\"id\": 1000000000000000",
                "\"payload\": \"" + "x".repeat(4_194_304) + "\"")) {
            assertThatThrownBy(() -> arrive(org, "job", good + ", " + bad)).as(bad.substring(0, Math.min(40,
                    bad.length()))).isInstanceOf(CroftException.class).hasMessageContaining("is not valid");
        }
        for (String bad : List.of("\"priority\": 5", "\"max_attempts\": 0", "\"attempts\": -1",
                "\"kind\": \"no kind\"")) {
            assertThatThrownBy(() -> arrive(org, "job_history", good + ", " + bad)).as(bad)
                    .isInstanceOf(CroftException.class).hasMessageContaining("is not valid");
        }
        arrive(org, "job", good + ", \"priority\": 4");
        arrive(org, "job_history", good + ", \"priority\": 4");

        assertThat(one.count("SELECT count(*) FROM croft.job WHERE priority = 4 AND id = " + id)).isOne();
        assertThat(one.count("SELECT count(*) FROM croft.job_history WHERE priority = 4 AND id = " + id)).isOne();
    }

    /** One of the organisation's rows, changed, arrives again. */
    private static void arrive(FullOrg org, String table, String changes) {
        String row = one.read("SELECT quote_literal(jsonb_populate_record(t, '{" + changes + "}')::text) FROM croft."
                + table + " t WHERE t.org_id = '" + org.id() + "' LIMIT 1");
        String call = table.equals("job")
                ? "arrive_jobs_v1('" + org.id() + "', ARRAY['" + org.queue() + "'], ARRAY[" + row + "], '{NULL}')"
                : "arrive_rows_v1('" + org.id() + "', '" + table + "', ARRAY['" + org.queue() + "'], ARRAY[" + row
                        + "])";
        transactions.query(Access.admin(org.id()), "SELECT croft." + call, Binder.NONE, Rows.any());
    }

    /** Whatever a process believes, and whichever way it comes. */
    @ParameterizedTest
    @ValueSource(strings = {"LEAVING", "MOVED", "ARRIVING"})
    void nothing_isWrittenOfAnOrgThatIsNotInService(String state) {
        FullOrg org = FullOrg.in(shards, "one");
        String id = "'" + org.id() + "'";
        one.execute("UPDATE croft.org SET state = '" + state + "'"
                + (state.equals("ARRIVING") ? "" : ", moved_to = 'two'")
                + (state.equals("MOVED") ? ", moved_at = now()" : "") + " WHERE org_id = " + id);

        assertThatThrownBy(() -> FullOrg.jobs(shards, "one").enqueue(org.id(),
                List.of(JobRequest.of(org.kind(), "{}")))).isInstanceOf(OrgMovedException.class)
                .hasMessageContaining(state);
        for (String call : List.of("redrive_v1(" + id + ", '{1}')", "discard_v1(" + id + ", '{1}', '')",
                "cancel_v1(" + id + ", '{1}', '')", "set_lane_v1(" + id + ", '" + org.queue() + "', 1, 1, NULL, NULL)",
                "pause_lane_v1(" + id + ", '" + org.queue() + "', false)", "pause_org_v1(" + id + ", false)",
                "pause_schedule_v1(" + id + ", 'nightly')", "remove_schedule_v1(" + id + ", 'nightly')",
                "resume_schedule_v1(" + id + ", 'nightly', 1, now(), now())",
                "trigger_schedule_v1(" + id + ", 'nightly')")) {
            assertThatThrownBy(() -> transactions.query(Access.tenant(org.id()), "SELECT croft." + call, Binder.NONE,
                    Rows.any())).as(call).isInstanceOf(OrgMovedException.class);
        }
        assertThat(FullOrg.jobs(shards, "one").schedules().due(100).schedules())
                .noneMatch(due -> due.key().org().filter(org.id()::equals).isPresent());
        Object expired = transactions.query(Access.worker(), "SELECT croft.expire_dead_v1(1)", Binder.NONE, Rows.any());
        assertThat(expired).isEqualTo(true);
    }

    /** It was in service when the list was read; the others' dead letters go all the same. */
    @Test
    void expiry_passesOverAnOrgThatLeavesMeanwhile() throws Exception {
        List<FullOrg> orgs = Stream.of(FullOrg.in(shards, "one"), FullOrg.in(shards, "one"))
                .sorted(Comparator.comparing((FullOrg org) -> org.id().toString())).toList();
        for (FullOrg org : orgs) {
            one.execute("UPDATE croft.job SET updated_at = now() - interval '3 days' WHERE state = 4 AND org_id = '"
                    + org.id() + "'; UPDATE croft.org SET came_at = now() WHERE org_id = '" + org.id() + "'");
            assertThat(dead(org)).isPositive();
        }

        try (Connection holder = one.superuser();
                Statement statement = holder.createStatement();
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            holder.setAutoCommit(false);
            statement.execute("LOCK TABLE croft.job IN EXCLUSIVE MODE");
            Future<Boolean> expired = threads.submit(() -> transactions.query(Access.worker(),
                    "SELECT croft.expire_dead_v1(1)", Binder.NONE, Rows.any()));
            Await.until("the list is read", () -> one.count("SELECT count(*) FROM pg_stat_activity WHERE query"
                    + " LIKE '%expire_dead%' AND wait_event_type = 'Lock' AND datname = current_database()") > 0);
            one.execute("UPDATE croft.org SET state = 'LEAVING', moved_to = 'two' WHERE org_id = '"
                    + orgs.getLast().id() + "'");
            holder.rollback();

            assertThat(expired.get(60, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(dead(orgs.getFirst())).isZero();
        assertThat(dead(orgs.getLast())).isPositive();
    }

    private static long dead(FullOrg org) {
        return one.count("SELECT count(*) FROM croft.job WHERE state = 4 AND org_id = '" + org.id() + "'");
    }
}
