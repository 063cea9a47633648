package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.StaleLeaseException;
import io.croft.UnknownOrgException;
import io.croft.flags.FlagSetting;
import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.search.Source;
import io.croft.spi.Acting;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.IndexScope.PrivateIndex;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Race;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErasureTest {

    private static TestDatabase database;
    private static PgStore store;
    private static TestContent content;

    @BeforeAll
    static void open() {
        database = TestDatabase.prepared();
        store = database.builder().poolSize(20).open();
        content = new TestContent(store);
    }

    @AfterAll
    static void close() {
        store.close();
    }

    /** Rows in every state that there is. */
    private static OrgId full() {
        OrgId org = content.newOrg();
        for (Source source : Source.values()) {
            for (int i = 0; i < 3; i++) {
                content.ready(org, source, "ready-" + i, "text");
            }
            content.claim(content.put(org, source, "running", "text"));
            content.ready(org, source, "deleted", "text");
            store.content().delete(org, source, "deleted");
        }
        store.orgs().setQuotas(TestContent.context(org), OrgQuotas.UNLIMITED.with(OrgQuotas.Resource.CHUNKS, 1000)
                .with(OrgQuotas.Resource.QUEUED_JOBS, 1000));
        content.deadLetter(org);
        content.keyed(org);
        content.searched(org, "otters");
        content.counted(org);
        store.flags().set(Acting.in(TestContent.context(org), store.orgs().find(org).orElseThrow()), Optional.of(org),
                "beta", FlagSetting.ON);
        content.file(org, "ready-0", content.blob(org, "Saddles are oiled."));
        content.crawl(org);
        content.spent(org);
        for (Source source : Source.values()) {
            content.put(org, source, "queued", "text");
        }
        store.jobs().enqueue(org, List.of(JobRequest.of(content.kind(), "{}")
                .withRunAt(Instant.now().plus(Duration.ofHours(1)))
                .withKey("later")));
        JobId there = store.jobs().enqueue(org, List.of(JobRequest.of(content.kind(), "{}"))).getFirst().id();
        store.jobs().enqueue(org, List.of(JobRequest.of(content.kind(), "{}").withAfter(After.success(there))));
        return org;
    }

    private static List<String> tablesWithRowsOf(OrgId org) {
        List<String> tables = new ArrayList<>();
        for (String table : database.read("""
                SELECT string_agg(DISTINCT table_name, ',') FROM information_schema.columns
                WHERE table_schema = 'croft' AND column_name = 'org_id'
                """).split(",", -1)) {
            if (database.count("SELECT count(*) FROM croft." + table + " WHERE org_id = '" + org + "'") > 0) {
                tables.add(table);
            }
        }
        return tables;
    }

    @Test
    void erase_leavesNoRowInAnyTableButThatItWasErasedAndTheNewsForTheMarketplacesIndexes() {
        OrgId other = full();
        OrgId org = full();
        List<String> others = tablesWithRowsOf(other);
        assertThat(tablesWithRowsOf(org)).contains("org", "change_counter", "document", "listing", "private_chunk",
                "market_chunk",
                "change", "market_change", "job", "job_key", "job_wait", "job_settle", "job_history", "job_result",
                "job_hour", "ready", "scheduled", "run", "lane",
                "search_hour", "search_text", "search_setting", "org_usage", "feature_flag", "quota", "quota_share",
                "input", "blob", "blob_part", "crawl", "crawl_page", "embed_spend");

        ErasureReceipt.Rows removed = store.orgs().erase(TestContent.context(org));

        assertThat(removed.documents()).isEqualTo(6);
        assertThat(removed.listings()).isEqualTo(6);
        assertThat(removed.chunks()).isEqualTo(6);
        assertThat(removed.changes()).isPositive();
        assertThat(removed.jobs()).isPositive();
        assertThat(removed.analytics()).isPositive();
        assertThat(removed.quotas()).isEqualTo(2);
        assertThat(removed.blobs()).isEqualTo(1);
        assertThat(tablesWithRowsOf(org)).containsExactlyInAnyOrder("audit_entry", "market_change");
        assertThat(tablesWithRowsOf(other)).isEqualTo(others);
        assertThat(store.orgs().find(org)).isEmpty();
    }

    @Test
    void erase_entersAChangeForEachListingThatWasThere() {
        OrgId org = full();
        var reader = store.changes().reader(new MarketIndex(), store.changes().head(new MarketIndex()));
        reader.next(1000);

        store.orgs().erase(TestContent.context(org));

        assertThat(((Batch.Changes) reader.next(1000)).dirty())
                .containsExactlyInAnyOrder(new ContentKey(org, "ready-0"), new ContentKey(org, "ready-1"),
                        new ContentKey(org, "ready-2"), new ContentKey(org, "queued"), new ContentKey(org, "running"));
    }

    @Test
    void erasing_isServedNoMore() {
        OrgId org = full();
        PrivateIndex scope = new PrivateIndex(org, store.orgs().find(org).orElseThrow().incarnation());
        database.execute("UPDATE croft.org SET state = 'ERASING' WHERE org_id = '" + org + "'");

        assertThat(store.orgs().find(org).orElseThrow().state()).isEqualTo(Org.State.ERASING);
        assertThat(store.orgs().create(TestContent.context(org)).state()).isEqualTo(Org.State.ERASING);
        List<Runnable> calls = List.of(
                () -> content.put(org, Source.PRIVATE, "new", "text"),
                () -> content.put(org, Source.MARKETPLACE, "ready-0", "text"),
                () -> store.content().delete(org, Source.PRIVATE, "ready-0"),
                () -> store.content().find(org, Source.PRIVATE, "ready-0"),
                () -> store.content().status(org, Source.PRIVATE, "ready-0"),
                () -> content.blob(org, "Bridles are oiled."),
                () -> content.crawl(org),
                () -> store.content().scan(scope, Optional.empty(), 10),
                () -> store.content().chunks(scope, List.of(new ContentKey(org, "ready-0"))),
                () -> store.changes().head(scope),
                () -> store.jobs().enqueue(org, List.of(JobRequest.of(content.kind(), "{}"))));
        for (Runnable call : calls) {
            assertThatThrownBy(call::run).isInstanceOf(UnknownOrgException.class).hasMessageContaining(org.toString());
        }
        store.orgs().erase(TestContent.context(org));
        assertThat(tablesWithRowsOf(org)).containsExactlyInAnyOrder("audit_entry", "market_change");
    }

    @Test
    void erase_removesWhatWritersLeaveBehindThatWereUnderWay() {
        OrgId org = content.newOrg();
        CountDownLatch begun = new CountDownLatch(6);

        Race.of(7, number -> {
            if (number == 6) {
                begun.await();
                store.orgs().erase(TestContent.context(org));
                return number;
            }
            Source source = number % 2 == 0 ? Source.PRIVATE : Source.MARKETPLACE;
            try {
                for (int i = 0; i < 1000; i++) {
                    content.put(org, source, "d-" + number + "-" + i % 7, "text");
                    content.work(org);
                    if (i == 3) {
                        begun.countDown();
                    }
                }
            } catch (UnknownOrgException | StaleLeaseException e) {
                assertThat(begun.getCount()).as("erasing has begun").isZero();
            }
            return number;
        });

        assertThat(store.orgs().find(org)).isEmpty();
        assertThat(tablesWithRowsOf(org)).containsExactlyInAnyOrder("audit_entry", "market_change");
    }

    /** How an enqueue ends that is open while its organisation is erased. */
    enum Ending {
        COMMITTED, COMMITTED_AND_DRAINED, ROLLED_BACK
    }

    /**
     * The removal of the organisation's row waits for it. Where upkeep has drained what it leaves for the lanes, it is
     * these whose foreign key tells that jobs came.
     */
    @ParameterizedTest
    @EnumSource(Ending.class)
    void erase_waitsForAnOpenEnqueueAndLeavesNothingOfIt(Ending ending) throws SQLException {
        OrgId org = OrgId.of(UUID.randomUUID());
        store.orgs().create(TestContent.context(org));

        ErasureReceipt.Rows removed;
        try (Connection host = host(); ExecutorService eraser = Executors.newSingleThreadExecutor()) {
            store.jobs().enqueue(host, org, everySort());
            if (ending == Ending.COMMITTED_AND_DRAINED) {
                try (Statement upkeep = host.createStatement()) {
                    upkeep.execute("SELECT croft.drain_v1(1000)");
                }
            }
            Future<ErasureReceipt.Rows> erased = eraser.submit(() -> store.orgs().erase(TestContent.context(org)));
            Await.until("the removal of the org waits", () -> waiting("DELETE FROM croft.org"));
            if (ending == Ending.ROLLED_BACK) {
                host.rollback();
            } else {
                host.commit();
            }
            removed = resultOf(erased);
        }

        assertThat(tablesWithRowsOf(org)).as("but for what tells of the erasure").containsExactly("audit_entry");
        if (ending == Ending.ROLLED_BACK) {
            assertThat(removed.jobs()).isZero();
        } else {
            assertThat(removed.jobs()).isGreaterThan(everySort().size());
        }
        store.orgs().create(TestContent.context(org));
        assertThat(store.jobs().counts(org)).isEmpty();
        assertThat(store.jobs().enqueue(org, everySort())).noneMatch(JobReceipt::duplicate);
    }

    /** The round that is done again takes a step for each ten thousand. */
    @Test
    void erase_removesAllThatAnOpenEnqueueLeavesHoweverMuchItIs() throws SQLException {
        OrgId org = OrgId.of(UUID.randomUUID());
        store.orgs().create(TestContent.context(org));
        int many = 10_500;

        ErasureReceipt.Rows removed;
        try (Connection host = host(); ExecutorService eraser = Executors.newSingleThreadExecutor()) {
            store.jobs().enqueue(host, org, Collections.nCopies(many, JobRequest.of(content.kind(), "{}")));
            try (Statement upkeep = host.createStatement()) {
                upkeep.execute("SELECT croft.drain_v1(1000)");
            }
            Future<ErasureReceipt.Rows> erased = eraser.submit(() -> store.orgs().erase(TestContent.context(org)));
            Await.until("the removal of the org waits", () -> waiting("DELETE FROM croft.org"));
            host.commit();
            removed = resultOf(erased);
        }

        assertThat(removed.jobs()).isGreaterThan(many);
        assertThat(tablesWithRowsOf(org)).as("but for what tells of the erasure").containsExactly("audit_entry");
    }

    /** It saw the organisation in service, and gets to add its job only when that is gone. */
    @Test
    void enqueue_thatIsOvertakenByAnErasureIsRefused() throws SQLException {
        OrgId org = OrgId.of(UUID.randomUUID());
        store.orgs().create(TestContent.context(org));

        try (Connection host = host();
                Connection other = database.superuser();
                ExecutorService enqueuer = Executors.newSingleThreadExecutor()) {
            other.setAutoCommit(false);
            try (Statement statement = other.createStatement()) {
                statement.execute(
                        "INSERT INTO croft.job_key (org_id, key, job_id, created_at, expires_at) VALUES ('" + org
                                + "', 'once', 1, now(), now())");
            }
            Future<List<JobReceipt>> late = enqueuer.submit(() -> store.jobs().enqueue(host, org, everySort()));
            Await.until("the enqueue waits for its key", () -> waiting("%enqueue_v1"));
            store.orgs().erase(TestContent.context(org));
            other.rollback();

            assertThatThrownBy(() -> resultOf(late)).isInstanceOf(UnknownOrgException.class)
                    .hasMessageContaining(org.toString());
            host.rollback();
        }
        assertThat(tablesWithRowsOf(org)).as("but for what tells of the erasure").containsExactly("audit_entry");
    }

    /**
     * An enqueue that was open left a job, whose handler has a transaction that stays open. The erasure, which waits
     * for it, does not keep the organisation's row to itself meanwhile, since upkeep wants it.
     */
    @Test
    void erase_thatWaitsForAHandlerDoesNotHoldUpUpkeep() throws SQLException {
        OrgId org = OrgId.of(UUID.randomUUID());
        store.orgs().create(TestContent.context(org));

        try (Connection host = host();
                Connection handler = database.superuser();
                ExecutorService others = Executors.newCachedThreadPool()) {
            store.jobs().enqueue(host, org, everySort());
            try (Statement upkeep = host.createStatement()) {
                upkeep.execute("SELECT croft.drain_v1(1000)");
            }
            Future<ErasureReceipt.Rows> erased = others.submit(() -> store.orgs().erase(TestContent.context(org)));
            Await.until("the removal of the org waits", () -> waiting("DELETE FROM croft.org"));
            database.execute("INSERT INTO croft.run (id, org_id, queue_id, priority, attempt, fence, started_at, "
                    + "lease_until, worker) SELECT -1, '" + org
                    + "', queue_id, 1, 1, 1, now(), now() + interval '1 hour', "
                    + "'test' FROM croft.queue LIMIT 1");
            handler.setAutoCommit(false);
            try (Statement statement = handler.createStatement()) {
                statement.execute("SELECT FROM croft.run WHERE id = -1 FOR UPDATE");
            }
            host.commit();
            database.execute(
                    "UPDATE croft.scheduled SET run_at = now() - interval '1 hour' WHERE org_id = '" + org + "'");
            Await.until("the erasure waits for the attempt", () -> waiting("SELECT croft.erase_jobs_v1"));

            assertThat(resultOf(others.submit(() -> store.jobs().maintain(1000)))).isNotNull();
            assertThat(erased.isDone()).as("the handler still holds its attempt").isFalse();
            handler.rollback();

            assertThat(resultOf(erased).jobs()).isGreaterThan(everySort().size());
        }
        assertThat(tablesWithRowsOf(org)).as("but for what tells of the erasure").containsExactly("audit_entry");
    }

    private static String makeLanes(OrgId... orgs) {
        store.jobs().registerQueue("lanes");
        return "SELECT croft.make_lanes_v1(array_fill((SELECT q.queue_id FROM croft.queue q WHERE q.name = 'lanes'),"
                + " ARRAY[" + orgs.length + "]), '{" + Stream.of(orgs).map(OrgId::toString)
                        .collect(Collectors.joining(","))
                + "}'::uuid[])";
    }

    /** Else the lane would outlive its organisation, and be paused when that is created again. */
    @Test
    void erase_takesALaneThatARoundOfUpkeepWasJustMaking() throws SQLException {
        OrgId org = content.newOrg();
        try (Connection round = database.superuser();
                Statement statement = round.createStatement();
                ExecutorService eraser = Executors.newSingleThreadExecutor()) {
            round.setAutoCommit(false);
            statement.execute(makeLanes(org));
            Future<ErasureReceipt.Rows> erased = eraser.submit(() -> store.orgs().erase(TestContent.context(org)));
            Await.until("the removal of the org waits", () -> waiting("DELETE FROM croft.org"));
            round.commit();
            resultOf(erased);
        }

        assertThat(tablesWithRowsOf(org)).as("but for what tells of the erasure").containsExactly("audit_entry");
    }

    /** The round is that of all organisations: it goes on without the one that is gone. */
    @Test
    void erase_thatARoundOfUpkeepMeetsLeavesItTheOthers() throws SQLException {
        OrgId org = content.newOrg();
        OrgId other = content.newOrg();
        String making = makeLanes(org, other);
        try (Connection removal = database.superuser();
                Statement statement = removal.createStatement();
                ExecutorService round = Executors.newSingleThreadExecutor()) {
            removal.setAutoCommit(false);
            for (String table : List.of("change_counter", "org_usage", "org")) {
                statement.execute("DELETE FROM croft." + table + " WHERE org_id = '" + org + "'");
            }
            Future<String> made = round.submit(() -> database.read(making));
            Await.until("the round waits", () -> waiting("SELECT croft.make_lanes_v1"));
            removal.commit();
            resultOf(made);
        }

        assertThat(tablesWithRowsOf(org)).doesNotContain("lane");
        assertThat(tablesWithRowsOf(other)).contains("lane");
    }

    /** With a key, without one, and for later. */
    private static List<JobRequest> everySort() {
        JobRequest now = JobRequest.of(content.kind(), "{}");
        return List.of(now.withKey("once"), now, now.withDelay(Duration.ofHours(1)));
    }

    /** A host's own transaction. */
    private static Connection host() throws SQLException {
        Connection connection = database.loginSource().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE croft_worker");
        }
        connection.setAutoCommit(false);
        return connection;
    }

    /** Whether a statement that begins so waits for a lock. */
    private static boolean waiting(String statement) {
        return database
                .count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '"
                        + statement + "%' AND wait_event_type = 'Lock'") > 0;
    }

    private static <T> T resultOf(Future<T> future) {
        try {
            return future.get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void erase_ofALifeThatIsOverLeavesTheNextOneAlone() {
        OrgId org = content.newOrg();
        UUID life = store.orgs().find(org).orElseThrow().incarnation();
        store.orgs().erase(TestContent.context(org));
        store.orgs().create(TestContent.context(org));
        content.ready(org, Source.PRIVATE, "next", "text");
        content.ready(org, Source.MARKETPLACE, "next", "text");
        List<String> before = tablesWithRowsOf(org);

        Erasure late = new Erasure(database.transactions());
        late.erase(org, life, Acting.in(TestContent.context(org), life));
        assertThat(tablesWithRowsOf(org)).isEqualTo(before).contains("org", "document", "listing", "change");
        assertThat(store.orgs().find(org).orElseThrow().state()).isEqualTo(Org.State.ACTIVE);

        database.execute("UPDATE croft.org SET state = 'ERASING' WHERE org_id = '" + org + "'");
        late.erase(org, life, Acting.in(TestContent.context(org), life));
        assertThat(tablesWithRowsOf(org)).isEqualTo(before);
    }

    @Test
    void erase_byTwoAtOnceErasesOnce() {
        OrgId org = full();

        List<Boolean> done = Race.of(2, number -> {
            try {
                store.orgs().erase(TestContent.context(org));
                return true;
            } catch (UnknownOrgException e) {
                return false;
            }
        });

        assertThat(done).contains(true);
        assertThat(tablesWithRowsOf(org)).containsExactlyInAnyOrder("audit_entry", "market_change");
    }
}
