package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.LaneLimits;
import io.croft.job.RetryPolicy;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Race;
import io.croft.spi.contract.Seed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Claimers that are late, give back, crash and finish in their own transactions, watched in single snapshots. */
final class QueueExactnessTest {

    private static final String QUEUE = "exact";
    private static final int ORGS = 12;
    private static final int CLAIMERS = 6;
    private static final int ENQUEUERS = 2;
    private static final Duration LEASE = Duration.ofMillis(300);
    private static final long RUN_NANOS = Duration.ofSeconds(4).toNanos();

    /** Lanes over their limit, and lanes whose counters are not what the tables say. */
    private static final String WRONG_LANES = """
            WITH r AS (SELECT org_id, count(*) AS n FROM croft.run GROUP BY 1),
            w AS (SELECT org_id, sum(freed) AS freed, sum(added) AS added, sum(later) AS later, sum(died) AS died,
                sum(waiting) AS waiting
              FROM croft.wake GROUP BY 1),
            q AS (SELECT org_id, count(*) AS n FROM croft.ready GROUP BY 1),
            s AS (SELECT org_id, count(*) AS n FROM croft.scheduled GROUP BY 1),
            d AS (SELECT org_id, count(*) AS n FROM croft.job WHERE state = 4 GROUP BY 1)
            SELECT count(*) FROM croft.lane l LEFT JOIN r USING (org_id) LEFT JOIN w USING (org_id)
              LEFT JOIN q USING (org_id) LEFT JOIN s USING (org_id) LEFT JOIN d USING (org_id)
            WHERE coalesce(r.n, 0) > l.max_running OR l.running <> coalesce(r.n, 0) + coalesce(w.freed, 0)
              OR l.queued + coalesce(w.added, 0) <> coalesce(q.n, 0)
              OR l.scheduled + coalesce(w.later, 0) <> coalesce(s.n, 0)
              OR l.dead + coalesce(w.died, 0) <> coalesce(d.n, 0) OR l.waiting + coalesce(w.waiting, 0) <> 0
            """;
    /** Live jobs that are in no line, or in two. */
    private static final String MISPLACED_JOBS = """
            SELECT (SELECT count(*) FROM croft.job WHERE state = 0) - (SELECT count(*) FROM croft.ready)
              - (SELECT count(*) FROM croft.scheduled) - (SELECT count(*) FROM croft.run)
            """;

    private final Map<JobId, OrgId> enqueued = new ConcurrentHashMap<>();
    private final Map<JobId, Integer> ended = new ConcurrentHashMap<>();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final AtomicInteger samples = new AtomicInteger();
    private final AtomicInteger acceptances = new AtomicInteger();
    private final List<OrgId> orgs = new ArrayList<>();
    private QueueDatabase database;
    private JobStore jobs;
    private long endNanos;

    @BeforeEach
    void create() {
        database = QueueDatabase.create();
        jobs = database.jobs();
        jobs.registerQueue(QUEUE);
        for (int i = 0; i < ORGS; i++) {
            OrgId org = database.newOrg();
            jobs.setLimits(org, QUEUE, LaneLimits.maxRunning(1 + i % 4).withWeight(1 + i % 3));
            orgs.add(org);
        }
    }

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void queue_isExactUnderClaimersThatFailInEveryWay() throws SQLException {
        long seed = Seed.random("queue_isExactUnderClaimersThatFailInEveryWay").nextLong();
        endNanos = System.nanoTime() + RUN_NANOS;

        Race.of(CLAIMERS + ENQUEUERS + 3, number -> {
            Random random = new Random(seed + number);
            while (System.nanoTime() < endNanos) {
                if (number < CLAIMERS) {
                    work(random, number);
                } else if (number < CLAIMERS + ENQUEUERS) {
                    enqueue(random);
                } else if (number == CLAIMERS + ENQUEUERS) {
                    sample();
                } else {
                    jobs.maintain(200);
                    Await.pass(Duration.ofMillis(2));
                }
            }
            return number;
        });
        Await.until("every job has ended", this::finishRest);

        assertThat(samples).hasPositiveValue();
        assertThat(accepted).as("each attempt is accepted once").hasSize(acceptances.get());
        assertThat(ended.values()).as("each job ends once").containsOnly(1);
        assertThat(database.number("SELECT count(*) FROM croft.job WHERE state = 4")
                + database.number("SELECT count(*) FROM croft.job_history")).isEqualTo(enqueued.size());
        assertThat(ended).hasSize((int) database.number("SELECT count(*) FROM croft.job_history"));
        assertThat(database.number("SELECT count(*) FROM croft.lane WHERE running <> 0 OR queued <> 0 OR st <> 0"))
                .isZero();
        assertThat(database.number("SELECT (SELECT count(*) FROM croft.run) + (SELECT count(*) FROM croft.wake) "
                + "+ (SELECT count(*) FROM croft.move)"))
                .isZero();
    }

    private void sample() throws SQLException {
        assertThat(database.number(WRONG_LANES)).as("wrong lanes").isZero();
        assertThat(database.number(MISPLACED_JOBS)).as("misplaced jobs").isZero();
        samples.incrementAndGet();
    }

    private void enqueue(Random random) throws SQLException {
        JobKind kind = JobKind.of("test.work", QUEUE).withRetry(RetryPolicy.attempts(1 + random.nextInt(5)));
        OrgId org = orgs.get(random.nextInt(ORGS));
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(8); i++) {
            JobRequest request = JobRequest.of(kind, "{\"horse\":" + i + "}")
                    .withPriority(JobPriority.ofLevel(1 + random.nextInt(4)));
            requests.add(switch (random.nextInt(6)) {
                case 0 -> request.withKey("k" + random.nextInt(200));
                case 1 -> request.withRunAt(Instant.now().plusMillis(random.nextInt(300)));
                case 2 -> request.withKey(JobKey.of("r" + random.nextInt(8)).replacing())
                        .withDelay(Duration.ofMillis(Math.max(0, random.nextInt(300) - 150)));
                case 3 -> request.withKey(JobKey.of("d" + random.nextInt(8)).debouncing(
                        Duration.ofMillis(1 + random.nextInt(20)), Duration.ofMillis(200)));
                default -> request;
            });
        }
        if (random.nextInt(4) > 0) {
            remember(org, jobs.enqueue(org, requests));
        } else {
            try (Connection connection = database.connection(DbRole.APP);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
                List<JobReceipt> receipts = jobs.enqueue(connection, org, requests);
                if (random.nextBoolean()) {
                    connection.commit();
                    remember(org, receipts);
                } else {
                    connection.rollback();
                }
            }
        }
        Await.pass(Duration.ofMillis(random.nextInt(15)));
    }

    private void remember(OrgId org, List<JobReceipt> receipts) {
        receipts.forEach(receipt -> enqueued.put(receipt.id(), org));
    }

    private void work(Random random, int number) throws SQLException {
        List<ClaimedJob> claimed = jobs.claim(QUEUE, 1 + random.nextInt(12), "claimer-" + number, LEASE);
        int way = random.nextInt(20);
        if (claimed.isEmpty()) {
            Await.pass(Duration.ofMillis(5));
        } else if (way == 0) {
            Await.pass(LEASE.multipliedBy(2));
            finish(random, claimed);
        } else if (way == 1) {
            jobs.release(claimed.stream().map(ClaimedJob::lease).toList());
        } else if (way == 2) {
            jobs.heartbeat(claimed.stream().map(ClaimedJob::lease).toList(), LEASE);
            finish(random, claimed);
        } else if (way < 7) {
            finishInTransaction(random, claimed);
        } else if (way > 7) {
            Await.pass(Duration.ofMillis(random.nextInt(40)));
            finish(random, claimed);
        }
    }

    private void finish(Random random, List<ClaimedJob> claimed) {
        List<Completion> completions =
                claimed.stream().map(job -> new Completion(job.lease(), outcome(random))).toList();
        List<Boolean> answers = jobs.finish(completions);
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i)) {
                accept(claimed.get(i), completions.get(i).outcome());
            }
        }
    }

    private static Outcome outcome(Random random) {
        Duration delay = Duration.ofMillis(random.nextInt(100));
        return switch (random.nextInt(8)) {
            case 0, 1 -> new Outcome.Failed(delay, "java.io.IOException", "no saddle");
            case 2 -> new Outcome.Snoozed(delay, "later");
            case 3 -> new Outcome.Cancelled("enough");
            default -> new Outcome.Completed(Optional.of("1"));
        };
    }

    private void finishInTransaction(Random random, List<ClaimedJob> claimed) throws SQLException {
        for (ClaimedJob job : claimed) {
            try (Connection connection = database.transaction(job.lease().org())) {
                jobs.completeIn(connection, job.lease(), Optional.of("2"));
                if (random.nextInt(5) > 0) {
                    connection.commit();
                    accept(job, new Outcome.Completed(Optional.empty()));
                }
            } catch (StaleLeaseException e) {
                assertThat(e).hasMessageContaining(job.lease().id().toString());
            }
        }
    }

    private void accept(ClaimedJob job, Outcome outcome) {
        acceptances.incrementAndGet();
        accepted.add(job.lease().id() + "/" + job.lease().fence());
        if (outcome instanceof Outcome.Completed || outcome instanceof Outcome.Cancelled) {
            ended.merge(job.lease().id(), 1, Integer::sum);
        }
    }

    private boolean finishRest() {
        jobs.maintain(1000);
        List<ClaimedJob> claimed = jobs.claim(QUEUE, 100, "last", Duration.ofMinutes(1));
        if (!claimed.isEmpty()) {
            Outcome done = new Outcome.Completed(Optional.empty());
            assertThat(jobs.finish(claimed.stream().map(job -> new Completion(job.lease(), done)).toList()))
                    .containsOnly(true);
            claimed.forEach(job -> accept(job, done));
        }
        try {
            return database.number("SELECT (SELECT count(*) FROM croft.job WHERE state = 0) "
                    + "+ (SELECT count(*) FROM croft.wake) + (SELECT count(*) FROM croft.move)") == 0;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
