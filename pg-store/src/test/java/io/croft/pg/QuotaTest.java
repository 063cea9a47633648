package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.QuotaExceededException;
import io.croft.StoreUnavailableException;
import io.croft.job.JobRequest;
import io.croft.search.Source;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Race;
import io.croft.spi.contract.Seed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Limits among transactions that stay open, and what the shares of limits say. */
class QuotaTest {

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

    private static OrgId limited(Resource resource, long limit) {
        OrgId org = content.newOrg();
        store.orgs().setQuotas(TestContent.context(org), OrgQuotas.UNLIMITED.with(resource, limit));
        return org;
    }

    private static List<JobRequest> jobs(int count) {
        return Collections.nCopies(count, JobRequest.of(content.kind(), "{}"));
    }

    /** A host's own transaction. */
    private static Connection host() throws SQLException {
        Connection connection = database.loginSource().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE croft_admin");
        }
        connection.setAutoCommit(false);
        return connection;
    }

    private static long queued(OrgId org) {
        while (store.jobs().maintain(1000).more()) {
            Thread.onSpinWait();
        }
        return store.orgs().summary(org).orElseThrow().queuedJobs();
    }

    private static <T> T resultOf(Future<T> future) throws Exception {
        return future.get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Whether somebody waits for the row of a limit, or for a share. */
    private static boolean somebodyWaits() {
        return database.count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND query LIKE '%enqueue_v1%' AND wait_event_type = 'Lock'") > 0;
    }

    @Test
    void openTransactions_holdUpNobodyWhileThereIsRoom() throws Exception {
        OrgId org = limited(Resource.QUEUED_JOBS, 100_000);

        try (Connection first = host(); Connection second = host()) {
            store.jobs().enqueue(first, org, jobs(1));
            store.jobs().enqueue(second, org, jobs(1));
            store.jobs().enqueue(first, org, jobs(1));
            for (int i = 0; i < 50; i++) {
                store.jobs().enqueue(org, jobs(1));
            }
            second.commit();
            first.rollback();
        }

        assertThat(queued(org)).isEqualTo(51);
    }

    @Test
    void atTheLimit_whatIsOnItsWayIsWaitedFor() throws Exception {
        for (boolean committed : new boolean[]{true, false}) {
            OrgId org = limited(Resource.QUEUED_JOBS, 2);
            try (Connection host = host(); ExecutorService others = Executors.newSingleThreadExecutor()) {
                store.jobs().enqueue(host, org, jobs(2));
                Future<Integer> other = others.submit(() -> store.jobs().enqueue(org, jobs(2)).size());
                Await.until("the other enqueue waits", QuotaTest::somebodyWaits);
                if (committed) {
                    host.commit();
                    assertThatThrownBy(() -> resultOf(other)).cause().isInstanceOfSatisfying(
                            QuotaExceededException.class, refusal -> assertThat(refusal.used()).isEqualTo(2));
                } else {
                    host.rollback();
                    assertThat(resultOf(other)).isEqualTo(2);
                }
            }
            assertThat(queued(org)).isEqualTo(2);
        }
    }

    @Test
    void shareOfAnOpenTransaction_isWaitedForBeforeAnythingIsRefused() throws Exception {
        OrgId org = limited(Resource.QUEUED_JOBS, 320); // ten in each of sixteen shares
        try (Connection host = host(); ExecutorService others = Executors.newSingleThreadExecutor()) {
            store.jobs().enqueue(host, org, jobs(1)); // could take nine more without being seen
            Future<Integer> other = others.submit(() -> store.jobs().enqueue(org, jobs(315)).size());
            Await.until("the other enqueue waits", QuotaTest::somebodyWaits);
            host.commit();

            assertThat(resultOf(other)).isEqualTo(315);
        }
        assertThat(queued(org)).isEqualTo(316);
        store.jobs().enqueue(org, jobs(4));
        assertThatThrownBy(() -> store.jobs().enqueue(org, jobs(1))).isInstanceOf(QuotaExceededException.class);
    }

    @Test
    void transactionOfAHost_seesItsOwnJobs() throws Exception {
        OrgId org = limited(Resource.QUEUED_JOBS, 3);
        try (Connection host = host()) {
            store.jobs().enqueue(host, org, jobs(2));
            store.jobs().enqueue(host, org, jobs(1));
            assertThatThrownBy(() -> store.jobs().enqueue(host, org, jobs(1)))
                    .isInstanceOfSatisfying(QuotaExceededException.class,
                            refusal -> assertThat(refusal.used()).isEqualTo(3));
            host.rollback();
        }
        assertThat(queued(org)).isZero();
        store.jobs().enqueue(org, jobs(3));
    }

    /** Its snapshot shows room that is no more: it must not count by that. */
    @Test
    void transactionWithAnOlderSnapshot_doesNotTakeWhatIsGone() throws Exception {
        OrgId org = limited(Resource.QUEUED_JOBS, 1);
        try (Connection host = host(); Statement statement = host.createStatement()) {
            host.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT count(*) FROM croft.org");
            store.jobs().enqueue(org, jobs(1));

            assertThatThrownBy(() -> store.jobs().enqueue(host, org, jobs(1)))
                    .isInstanceOf(StoreUnavailableException.class).hasMessageContaining("40001");
            host.rollback();
        }
        assertThat(queued(org)).isEqualTo(1);
    }

    @Test
    void enqueueForSeveralOrgs_isHeldToEachOnesLimit() throws Exception {
        OrgId limited = limited(Resource.QUEUED_JOBS, 2);
        OrgId free = content.newOrg();
        String enqueue = "SELECT croft.enqueue_v1(ARRAY['%1$s', '%2$s', '%1$s', '%2$s', '%2$s']::uuid[],"
                + " array_fill('%3$s'::text, ARRAY[5]), array_fill('k'::text, ARRAY[5]),"
                + " array_fill('{}'::jsonb, ARRAY[5]), array_fill(2::smallint, ARRAY[5]))";
        try (Connection host = host(); Statement statement = host.createStatement()) {
            statement.execute(enqueue.formatted(limited, free, content.kind().queue()));
            host.commit();
            assertThatThrownBy(() -> statement.execute(enqueue.formatted(limited, free, content.kind().queue())))
                    .isInstanceOfSatisfying(SQLException.class,
                            refusal -> assertThat(refusal.getSQLState()).isEqualTo("CR011"))
                    .hasMessageContaining(limited.toString());
            host.rollback();
        }
        assertThat(queued(limited)).isEqualTo(2);
        assertThat(queued(free)).isEqualTo(3);
    }

    @Test
    void setQuotas_doesNotWaitLongForOpenTransactions() throws Exception {
        OrgId org = limited(Resource.QUEUED_JOBS, 10);
        try (Connection host = host()) {
            store.jobs().enqueue(host, org, jobs(9));

            assertThatThrownBy(() -> store.orgs().setQuotas(TestContent.context(org), OrgQuotas.UNLIMITED))
                    .isInstanceOf(StoreUnavailableException.class);
            host.commit();
        }
        store.orgs().setQuotas(TestContent.context(org), OrgQuotas.UNLIMITED);
        store.jobs().enqueue(org, jobs(9));
    }

    @Test
    void otherOrgs_areNotConcerned() throws Exception {
        OrgId org = limited(Resource.QUEUED_JOBS, 1);
        OrgId other = limited(Resource.QUEUED_JOBS, 1);
        OrgId free = content.newOrg();
        try (Connection host = host()) {
            store.jobs().enqueue(host, org, jobs(1));

            store.jobs().enqueue(other, jobs(1));
            store.jobs().enqueue(free, jobs(100));
            host.rollback();
        }
    }

    /** What is there and what the shares hold is never more than the limit, at whatever moment one looks. */
    @Test
    void shares_neverHoldMoreThanIsLeft() {
        long seed = Seed.random("QuotaTest").nextLong();
        OrgId org = content.newOrg();
        store.orgs().setQuotas(TestContent.context(org), OrgQuotas.UNLIMITED.with(Resource.DOCUMENTS, 60)
                .with(Resource.BYTES, 3_000).with(Resource.QUEUED_JOBS, 90));
        String beyond = """
                SELECT count(*) FROM croft.quota q
                WHERE q.org_id = '%1$s' AND q.most < croft.quota_used_v1(q.org_id, q.resource)
                  + (SELECT sum(s.free) FROM croft.quota_share s WHERE s.org_id = q.org_id AND s.resource = q.resource)
                """.formatted(org);

        List<Integer> refusals = Race.of(7, number -> {
            Random random = new Random(seed + number);
            int refused = 0;
            for (int i = 0; i < 120; i++) {
                if (number == 6) {
                    assertThat(database.count(beyond)).isZero();
                    store.jobs().maintain(1000);
                } else {
                    refused += write(org, random, number) ? 0 : 1;
                }
            }
            return refused;
        });

        assertThat(database.count(beyond)).isZero();
        assertThat(refusals.stream().mapToInt(Integer::intValue).sum()).isPositive();
    }

    private static boolean write(OrgId org, Random random, int number) {
        String id = "d-" + number + "-" + random.nextInt(15);
        List<Runnable> writes = new ArrayList<>();
        writes.add(() -> content.put(org, Source.PRIVATE, id, "x".repeat(1 + random.nextInt(60))));
        writes.add(() -> store.content().delete(org, Source.PRIVATE, id));
        writes.add(() -> store.jobs().enqueue(org, jobs(1 + random.nextInt(5))));
        writes.add(() -> store.jobs().claim(content.kind().queue(), 3, "test", Duration.ofMinutes(5)));
        try {
            writes.get(random.nextInt(writes.size())).run();
            return true;
        } catch (QuotaExceededException e) {
            return false;
        }
    }
}
