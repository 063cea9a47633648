package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.StoreUnavailableException;
import io.croft.job.Fairness;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobRetention;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.job.RateLimit;
import io.croft.pg.PgStore;
import io.croft.pg.TestDatabase;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Pausable;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Race;
import io.croft.spi.contract.Seed;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits and shares where many claim at once, and rates where the past can be set. */
final class QueueLimitsTest {

    private static final String QUEUE = "limits";
    private static final JobKind KIND = JobKind.of("test.work", QUEUE);
    private static final Outcome DONE = new Outcome.Completed(Optional.empty());

    private QueueDatabase database;
    private JobStore jobs;

    @BeforeEach
    void create() {
        database = QueueDatabase.create();
        jobs = database.jobs();
        jobs.registerQueue(QUEUE);
    }

    @AfterEach
    void drop() {
        database.close();
    }

    private OrgId lane(LaneLimits limits, int count) {
        OrgId org = database.newOrg();
        jobs.setLimits(org, QUEUE, limits);
        jobs.enqueue(org, Collections.nCopies(count, JobRequest.of(KIND, "{}")));
        return org;
    }

    private void settle() {
        Await.until("there is no more to do", () -> !jobs.maintain(1000).more());
    }

    private void finish(List<ClaimedJob> claimed) {
        if (!claimed.isEmpty()) {
            assertThat(jobs.finish(claimed.stream().map(job -> new Completion(job.lease(), DONE)).toList()))
                    .doesNotContain(false);
        }
    }

    private int claimAll() {
        int count = 0;
        for (List<ClaimedJob> some = jobs.claim(QUEUE, 100, "w", Duration.ofMinutes(5)); !some.isEmpty();
                some = jobs.claim(QUEUE, 100, "w", Duration.ofMinutes(5))) {
            count += some.size();
        }
        return count;
    }

    /** Six claimers over four lanes, whose commits take a while: most claims find most lanes held. */
    @Test
    void weights_holdThoughClaimersOutnumberLanes() throws SQLException {
        long queueId = database.number("SELECT queue_id FROM croft.queue WHERE name = '" + QUEUE + "'");
        jobs.setLimits(QUEUE, QueueLimits.DEFAULT.withFairness(Fairness.JOBS));
        Map<OrgId, Integer> weights = new HashMap<>();
        for (int weight = 1; weight <= 8; weight *= 2) {
            weights.put(lane(LaneLimits.maxRunning(10_000).withWeight(weight), 3000), weight);
        }
        settle();
        Map<OrgId, Integer> served = new ConcurrentHashMap<>();
        AtomicInteger total = new AtomicInteger();
        int enough = 3000;

        Race.of(6, number -> {
            try (Connection connection = database.connection(DbRole.WORKER);
                    Statement statement = connection.createStatement()) {
                while (total.get() < enough) {
                    int before = total.get();
                    try (ResultSet claimed = statement.executeQuery(
                            "SELECT org_id FROM croft.claim_v1(" + queueId
                                    + "::int2, 4, 1, 'w', 600000, false) WHERE id IS NOT NULL")) {
                        while (claimed.next()) {
                            served.merge(OrgId.of(claimed.getObject(1, UUID.class)), 1, Integer::sum);
                            total.incrementAndGet();
                        }
                    }
                    Await.pass(Duration.ofMillis(before == total.get() ? 1 : 3));
                    connection.commit();
                }
            }
            return number;
        });

        weights.forEach((org, weight) -> assertThat(served.getOrDefault(org, 0) * 15.0 / total.get() / weight)
                .as("share of the jobs over that of weight " + weight + " in " + served).isBetween(0.9, 1.1));
    }

    /** Eight workers, whose jobs of the lanes take quite different times. */
    @Test
    void weights_holdInExecutionTime() {
        int[] millis = {40, 10, 20, 30};
        Map<OrgId, Integer> lanes = new HashMap<>();
        for (int i = 0; i < 4; i++) {
            lanes.put(lane(LaneLimits.maxRunning(10_000).withWeight(1 << i), 2000), i);
        }
        settle();
        Map<OrgId, Long> served = new ConcurrentHashMap<>();
        AtomicInteger ended = new AtomicInteger();

        Race.of(8, number -> {
            while (ended.get() < 1_200) { // and not for a time, in which a busy machine serves too few to tell
                long began = System.nanoTime();
                for (ClaimedJob job : jobs.claim(QUEUE, 1, "worker-" + number, Duration.ofMinutes(5))) {
                    Await.pass(Duration.ofMillis(millis[lanes.getOrDefault(job.lease().org(), 0)]));
                    finish(List.of(job));
                    served.merge(job.lease().org(), System.nanoTime() - began, Long::sum);
                    ended.incrementAndGet();
                }
            }
            return number;
        });

        double total = served.values().stream().mapToLong(Long::longValue).sum();
        lanes.forEach((org, i) -> assertThat(served.getOrDefault(org, 0L) * 15.0 / total / (1 << i))
                .as("share of the time over that of weight " + (1 << i)).isBetween(0.75, 1.33));
    }

    @Test
    void rate_refillsAsTheDatabasesClockSays() throws SQLException {
        OrgId org = lane(LaneLimits.maxRunning(1000).withRate(new RateLimit(1.0 / 3600, 10)), 100);
        settle();
        assertThat(claimAll()).isEqualTo(10);

        passOn(Duration.ofHours(3));
        settle();
        assertThat(claimAll()).as("three hours later").isEqualTo(3);
        passOn(Duration.ofMinutes(59));
        settle();
        assertThat(claimAll()).as("a minute before the next").isZero();
        assertThat(jobs.maintain(100).thaws().get(QUEUE)).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(1));
        passOn(Duration.ofMinutes(1));
        settle();
        assertThat(claimAll()).isEqualTo(1);
        passOn(Duration.ofDays(2));
        settle();
        assertThat(claimAll()).as("never more than the burst").isEqualTo(10);

        jobs.setLimits(org, QUEUE, LaneLimits.maxRunning(1000).withRate(new RateLimit(1, 10)));
        passOn(Duration.ofSeconds(2));
        settle();
        assertThat(claimAll()).as("at the rate that is new").isBetween(2, 10);
    }

    /** With looks that are so far apart that 4.7 tokens come between two, a bucket of 6 never runs over. */
    @Test
    void rate_isUsedInFullIfTheBurstTakesWhatComesUntilTheNextLook() {
        for (int burst : new int[]{6, 5}) {
            OrgId org = lane(LaneLimits.maxRunning(10_000).withRate(new RateLimit(4.7 / 3600, burst)), 300);
            int started = 0;
            for (int look = 0; look < 53; look++) {
                settle();
                started += claimAll();
                passOn(Duration.ofHours(1));
            }
            settle();
            started += claimAll();

            if (burst == 6) {
                assertThat(started).isEqualTo((int) (6 + 53 * 4.7));
            } else {
                assertThat(started).isBetween(53 * 4, (int) (5 + 53 * 4.7) - 1);
            }
            jobs.setLimits(org, QUEUE, LaneLimits.maxRunning(0));
        }
    }

    /** Two seconds of claims at once, at the rate of one job each three milliseconds. */
    @Test
    void rate_isNotExceededUnderManyClaimers() throws SQLException {
        OrgId org = database.newOrg();
        jobs.enqueue(org, Collections.nCopies(3000, JobRequest.of(KIND, "{}")));
        settle();
        long began = database.number("SELECT (extract(epoch FROM clock_timestamp()) * 1e6)::bigint");
        jobs.setLimits(org, QUEUE, LaneLimits.maxRunning(10_000).withRate(new RateLimit(333, 20)));
        AtomicInteger admitted = new AtomicInteger();
        long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();

        Race.of(5, number -> {
            while (System.nanoTime() < end) {
                jobs.maintain(100);
                admitted.addAndGet(jobs.claim(QUEUE, 50, "claimer-" + number, Duration.ofMinutes(5)).size());
            }
            return number;
        });

        double seconds =
                (database.number("SELECT (extract(epoch FROM clock_timestamp()) * 1e6)::bigint") - began) / 1e6;
        assertThat((double) admitted.get()).isPositive().isLessThanOrEqualTo(20 + 333 * seconds + 1e-3);
    }

    /** Lanes take turns where more is due than a round takes, and those whose time has not come have none. */
    @Test
    void promote_givesNoTurnsToLanesOfWhichNothingIsDue() throws SQLException {
        OrgId many = database.newOrg();
        OrgId one = database.newOrg();
        JobRequest later = JobRequest.of(KIND, "{}").withDelay(Duration.ofHours(1));
        jobs.enqueue(many, Collections.nCopies(1500, later));
        jobs.enqueue(one, List.of(later));
        database.execute("UPDATE croft.scheduled SET run_at = now() - interval '1 hour'");
        database.execute("UPDATE croft.scheduled SET run_at = now() - interval '1 minute' WHERE org_id = '" + one
                + "'");
        database.execute("INSERT INTO croft.scheduled (run_at, id, org_id, queue_id, priority, attempt)"
                + " SELECT now() + interval '1 day', -n, gen_random_uuid(), q.queue_id, 2, 0"
                + " FROM croft.queue q, generate_series(1, 1500) n WHERE q.name = '" + QUEUE + "'");

        try (Connection connection = database.connection(DbRole.WORKER);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT croft.promote_v1(1000)");
            connection.commit();
        }

        assertThat(database.number("SELECT count(*) FROM croft.ready WHERE org_id = ?", one.value())).isEqualTo(1);
        assertThat(database.number("SELECT count(*) FROM croft.ready")).isEqualTo(1000);
    }

    /** Sets the past of all lanes back by this much, as if that time had gone by. */
    private void passOn(Duration time) {
        database.execute("UPDATE croft.lane SET refilled_at = refilled_at - interval '" + time.toSeconds()
                + " s', throttled_until = throttled_until - interval '" + time.toSeconds() + " s'");
    }

    @Test
    void functions_refuseAbsurdLimits() throws SQLException {
        OrgId org = database.newOrg();
        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(true);
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', false)");
            for (String limits : List.of("-1, 1, NULL, NULL", "10001, 1, NULL, NULL", "NULL, 1, NULL, NULL",
                    "1, 0, NULL, NULL", "1, 'NaN', NULL, NULL", "1, 101, NULL, NULL", "1, NULL, NULL, NULL",
                    "1, 1, 0, 1", "1, 1, -1, 1", "1, 1, 'Infinity', 1", "1, 1, 'NaN', 1", "1, 1, 1, 0",
                    "1, 1, 1, 100001", "1, 1, 1, NULL", "1, 1, NULL, 1")) {
                assertRefused(statement, "SELECT croft.set_lane_v1('" + org + "', '" + QUEUE + "', " + limits + ")");
            }
        }
        try (Connection connection = database.connection(DbRole.ADMIN);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(true);
            for (String limits : List.of("0, 1", "-1, 1", "10001, 1", "5, 0", "5, 3", "5, NULL")) {
                assertRefused(statement, "SELECT croft.set_queue_v1('" + QUEUE + "', "
                        + limits.replace(", ", ", (") + ")::smallint)");
            }
        }
    }

    private static void assertRefused(Statement statement, String sql) {
        assertThatThrownBy(() -> statement.execute(sql)).as(sql).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getSQLState()).isEqualTo("CR006"));
    }

    /**
     * Claimers that finish, are late, give back, crash and finish in their own transactions, and whose connections are
     * ended at any point, while limits of lanes and
     * of the queue and pauses change at random. What has begun before a limit was lowered may go on, so a snapshot may
     * have more than the limit only where it has not more than the one before.
     */
    @Test
    void limits_areExactWhileTheyChange() throws SQLException {
        long seed = Seed.random("limits_areExactWhileTheyChange").nextLong();
        List<OrgId> orgs = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            orgs.add(lane(LaneLimits.maxRunning(4), 500));
        }
        settle();
        AtomicInteger samples = new AtomicInteger();
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();

        Race.of(10, number -> {
            Random random = new Random(seed + number);
            Sampler sampler = new Sampler();
            while (System.nanoTime() < end) {
                try {
                    switch (number) {
                        case 0, 1, 2, 3, 4 -> work(random, number);
                        case 5 -> change(random, orgs);
                        case 6, 7 -> {
                            sampler.sample();
                            samples.incrementAndGet();
                        }
                        case 8 -> endAConnection(random);
                        default -> {
                            jobs.maintain(200);
                            Await.pass(Duration.ofMillis(2));
                        }
                    }
                } catch (StoreUnavailableException e) {
                    assertThat(e.getMessage()).containsAnyOf("did not answer", "held what this call needs");
                }
            }
            return number;
        });
        assertThat(samples).hasPositiveValue();

        // Over connections of its own: the pool may still hold one that was ended.
        try (PgStore unbroken = database.open(JobRetention.DEFAULT)) {
            jobs = unbroken.jobs();
            for (OrgId org : orgs) {
                jobs.resume(new Lane(org, QUEUE));
                jobs.resume(new Pausable.Org(org));
                jobs.setLimits(org, QUEUE, LaneLimits.maxRunning(1000));
            }
            jobs.setLimits(QUEUE, QueueLimits.DEFAULT);
            Await.until("every job has ended", () -> {
                jobs.maintain(1000);
                finish(jobs.claim(QUEUE, 500, "last", Duration.ofMinutes(5)));
                QueueStatus status = Optional.ofNullable(jobs.queues().get(QUEUE)).orElseThrow();
                return status.ready() == 0 && status.running() == 0;
            });
        }
        assertThat(database.number("SELECT count(*) FROM croft.lane WHERE running <> 0 OR queued <> 0 OR pending <> 0"))
                .isZero();
        assertThat(database.number("SELECT (SELECT count(*) FROM croft.run) + (SELECT count(*) FROM croft.wake)"))
                .isZero();
    }

    /** Looks at single snapshots, one after the other. */
    private final class Sampler {

        /** What runs, the limit, and the version of the row that says it. */
        private static final String SNAPSHOT = """
                SELECT (SELECT count(*) FROM croft.run) + q.xmin::text::bigint * 1000000000 + coalesce(max_running, 99999) * 10000
                FROM croft.queue q WHERE name = 'limits'
                """;
        private static final String WRONG_LANES = """
                WITH r AS (SELECT org_id, count(*) AS n FROM croft.run GROUP BY 1),
                w AS (SELECT org_id, sum(freed) AS freed, sum(charged) AS charged FROM croft.wake GROUP BY 1),
                c AS (SELECT org_id, sum(charge) AS n FROM croft.run GROUP BY 1)
                SELECT count(*) FROM croft.lane l LEFT JOIN r USING (org_id) LEFT JOIN w USING (org_id) LEFT JOIN c USING (org_id)
                WHERE l.running <> coalesce(r.n, 0) + coalesce(w.freed, 0)
                  OR abs(l.pending - coalesce(c.n, 0) - coalesce(w.charged, 0)) > 0.01
                """;

        private long lastRunning = Long.MAX_VALUE;
        private long lastVersion = -1;

        void sample() throws SQLException {
            long snapshot = database.number(SNAPSHOT);
            long running = snapshot % 10_000;
            long limit = snapshot / 10_000 % 100_000;
            long version = snapshot / 1_000_000_000;
            if (running > limit && version == lastVersion) {
                assertThat(running).as("above the limit of " + limit + ", and no fewer than before")
                        .isLessThanOrEqualTo(lastRunning);
            }
            lastRunning = running;
            lastVersion = version;
            assertThat(database.number(WRONG_LANES)).as("lanes whose counters are wrong").isZero();
        }
    }

    private void work(Random random, int number) throws SQLException {
        Duration lease = Duration.ofMillis(300);
        List<ClaimedJob> claimed = jobs.claim(QUEUE, 1 + random.nextInt(8), "claimer-" + number, lease);
        int way = random.nextInt(12);
        if (claimed.isEmpty()) {
            Await.pass(Duration.ofMillis(2));
        } else if (way == 0) {
            Await.pass(lease.multipliedBy(2));
            jobs.finish(claimed.stream().map(job -> new Completion(job.lease(), DONE)).toList());
        } else if (way == 1) {
            jobs.release(claimed.stream().map(ClaimedJob::lease).toList());
        } else if (way < 5) {
            for (ClaimedJob job : claimed) {
                try (Connection connection = database.transaction(job.lease().org())) {
                    jobs.completeIn(connection, job.lease(), Optional.empty());
                    if (random.nextInt(4) > 0) {
                        connection.commit();
                    }
                } catch (StaleLeaseException e) {
                    assertThat(e).hasMessageContaining(job.lease().id().toString());
                } catch (SQLException e) {
                    assertThat(e.getSQLState()).as("of a connection that was ended").matches("08...|57P01");
                }
            }
        } else if (way > 5) {
            Await.pass(Duration.ofMillis(random.nextInt(10)));
            jobs.finish(claimed.stream().map(job -> new Completion(job.lease(), DONE)).toList());
        }
    }

    /** In the middle of whatever it does. */
    private void endAConnection(Random random) throws SQLException {
        database.number("SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
                + "WHERE datname = current_database() AND usename = ? ORDER BY random() LIMIT 1) a",
                TestDatabase.LOGIN);
        Await.pass(Duration.ofMillis(random.nextInt(60)));
    }

    private void change(Random random, List<OrgId> orgs) {
        OrgId org = orgs.get(random.nextInt(orgs.size()));
        switch (random.nextInt(4)) {
            case 0 -> jobs.setLimits(org, QUEUE, LaneLimits.maxRunning(random.nextInt(6)));
            case 1 -> {
                jobs.pause(new Pausable.Org(org));
                Await.pass(Duration.ofMillis(random.nextInt(10)));
                jobs.resume(new Pausable.Org(org));
            }
            default -> {
                OptionalInt limit =
                        random.nextInt(4) == 0 ? OptionalInt.empty() : OptionalInt.of(1 + random.nextInt(12));
                jobs.setLimits(QUEUE, new QueueLimits(limit, Fairness.TIME));
            }
        }
        Await.pass(Duration.ofMillis(random.nextInt(60)));
    }
}
