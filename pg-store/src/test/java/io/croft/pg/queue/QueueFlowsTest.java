package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.job.After;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs that wait for others, where hosts' transactions are open and many finish at the same time. */
final class QueueFlowsTest {

    private static final String QUEUE = "flows";
    private static final JobKind KIND =
            JobKind.of("test.work", QUEUE).withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(1));
    private static final JobRequest REQUEST = JobRequest.of(KIND, "{}");
    private static final Outcome COMPLETED = new Outcome.Completed(Optional.of("1"));
    private static final long RUN_NANOS = Duration.ofSeconds(4).toNanos();

    /** What cannot be at any moment, by how often it is. */
    private static final String WRONG_WAITS = """
            SELECT (SELECT count(*) FROM croft.job j WHERE j.waits_for IS NOT NULL AND j.waits_for
                <> (SELECT count(*) FROM croft.job_wait w
                  WHERE w.org_id = j.org_id AND w.child_id = j.id AND w.state = 0))
              + (SELECT count(*) FROM croft.run r JOIN croft.job_wait w ON w.org_id = r.org_id AND w.child_id = r.id
                WHERE w.state = 0 OR w.need = 1 AND w.state <> 5)
              + (SELECT count(*) FROM croft.job WHERE state = 0) - (SELECT count(*) FROM croft.ready)
              - (SELECT count(*) FROM croft.scheduled) - (SELECT count(*) FROM croft.run)
            """;

    /** Of one lane: counters that are not what the tables say. */
    private static final String WRONG_COUNTS = """
            SELECT count(*) FROM (
              SELECT sum(waiting) AS counted, (SELECT count(*) FROM croft.job WHERE state = 7) AS there
                FROM (SELECT waiting FROM croft.lane UNION ALL SELECT waiting FROM croft.wake) x
              UNION ALL SELECT sum(scheduled), (SELECT count(*) FROM croft.scheduled)
                FROM (SELECT scheduled FROM croft.lane UNION ALL SELECT later FROM croft.wake) x
              UNION ALL SELECT sum(dead), (SELECT count(*) FROM croft.job WHERE state = 4)
                FROM (SELECT dead FROM croft.lane UNION ALL SELECT died FROM croft.wake) x
              UNION ALL SELECT sum(queued), (SELECT count(*) FROM croft.ready)
                FROM (SELECT queued FROM croft.lane UNION ALL SELECT added FROM croft.wake) x) c
            WHERE counted <> there
            """;

    private QueueDatabase database;
    private JobStore jobs;
    private OrgId org;

    @BeforeEach
    void create() {
        database = QueueDatabase.create();
        jobs = database.jobs();
        jobs.registerQueue(QUEUE);
        org = database.newOrg();
        jobs.setLimits(org, QUEUE, LaneLimits.maxRunning(10_000));
    }

    @AfterEach
    void drop() {
        database.close();
    }

    private static JobRequest after(After... after) {
        return REQUEST.withAfter(after);
    }

    private Connection hostTransaction() throws SQLException {
        Connection connection = database.connection(DbRole.APP);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', false)");
        }
        connection.commit();
        return connection;
    }

    private void settle() {
        int rounds = 0;
        while (jobs.maintain(1000).more()) {
            assertThat(++rounds).as("rounds of upkeep that all say there is more to do").isLessThan(10_000);
        }
    }

    private List<ClaimedJob> claim(int want) {
        settle();
        return jobs.claim(QUEUE, want, "w", Duration.ofMinutes(5));
    }

    private void run(JobId id, Outcome outcome) {
        List<ClaimedJob> claimed = claim(10);
        assertThat(claimed).extracting(job -> job.lease().id()).containsExactly(id);
        finish(claimed.getFirst(), outcome);
        settle();
    }

    private void finish(ClaimedJob job, Outcome outcome) {
        assertThat(jobs.finish(List.of(new Completion(job.lease(), outcome)))).containsExactly(true);
    }

    private JobState state(JobId id) {
        return jobs.find(org, id).orElseThrow().state();
    }

    @Test
    void flow_comesAndGoesWithTheHostsTransaction() throws SQLException {
        JobFlow flow = JobFlow.of("a", REQUEST).with("b", after(After.success("a")));
        try (Connection connection = hostTransaction()) {
            jobs.enqueue(connection, org, flow);
            connection.rollback();
            assertThat(database.number("SELECT (SELECT count(*) FROM croft.job) "
                    + "+ (SELECT count(*) FROM croft.job_wait) + (SELECT count(*) FROM croft.job_settle)")).isZero();

            List<JobReceipt> receipts = jobs.enqueue(connection, org, flow);
            JobId third = jobs.enqueue(connection, org,
                    List.of(after(After.success(receipts.getLast().id())))).getFirst().id();
            assertThat(jobs.find(org, receipts.getFirst().id())).isEmpty();
            assertThatThrownBy(() -> jobs.enqueue(connection, org, List.of(after(After.end("a")))))
                    .isInstanceOf(InvalidInputException.class);
            connection.commit();

            run(receipts.getFirst().id(), COMPLETED);
            run(receipts.getLast().id(), COMPLETED);
            run(third, COMPLETED);
        }
    }

    /** An open transaction that enqueues a job after one which runs holds up nothing, and the end is not missed. */
    @Test
    void end_isNotMissedByAHostsOpenTransaction() throws SQLException {
        for (int isolation : List.of(Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ)) {
            for (boolean first : List.of(true, false)) {
                JobId parent = jobs.enqueue(org, List.of(REQUEST)).getFirst().id();
                ClaimedJob running = claim(1).getFirst();
                JobId child;
                try (Connection connection = hostTransaction(); Statement statement = connection.createStatement()) {
                    connection.setTransactionIsolation(isolation);
                    statement.execute("SELECT FROM croft.job");
                    if (first) {
                        finish(running, COMPLETED);
                        settle();
                    }
                    child = jobs.enqueue(connection, org, List.of(after(After.success(parent)))).getFirst().id();
                    if (!first) {
                        finish(running, COMPLETED);
                        settle();
                    }
                    connection.commit();
                }

                run(child, COMPLETED);
            }
        }
        assertThat(database.number("SELECT (SELECT count(*) FROM croft.job_wait) "
                + "+ (SELECT count(*) FROM croft.job_settle)")).isZero();
    }

    /** A handler that completes in its own transaction lets others go with its commit. */
    @Test
    void completeIn_letsGoWithTheCommit() throws SQLException {
        List<JobReceipt> receipts =
                jobs.enqueue(org, JobFlow.of("a", REQUEST).with("b", after(After.success("a"))));
        ClaimedJob running = claim(1).getFirst();
        try (Connection connection = hostTransaction()) {
            jobs.completeIn(connection, running.lease(), Optional.of("7"));
            settle();
            assertThat(state(receipts.getLast().id())).isEqualTo(JobState.WAITING);
            connection.rollback();
            settle();
            assertThat(state(receipts.getLast().id())).isEqualTo(JobState.WAITING);
            jobs.completeIn(connection, running.lease(), Optional.of("7"));
            connection.commit();
        }
        run(receipts.getLast().id(), COMPLETED);
    }

    /** While a handler's transaction holds the row of a job, what was enqueued after it is looked at again later. */
    @Test
    void enqueue_afterAJobThatIsHeldWaitsForItsEnd() throws SQLException {
        JobId parent = jobs.enqueue(org, List.of(REQUEST)).getFirst().id();
        ClaimedJob running = claim(1).getFirst();
        JobId child;
        try (Connection connection = hostTransaction()) {
            jobs.completeIn(connection, running.lease(), Optional.empty());
            child = jobs.enqueue(org, List.of(after(After.success(parent)))).getFirst().id();
            settle();
            assertThat(database.number("SELECT count(*) FROM croft.job_settle")).isEqualTo(1);
            connection.commit();
        }
        run(child, COMPLETED);
    }

    @Test
    void end_ofAJobWithMoreThanOneCallTakesLetsAllGo() {
        JobId parent = jobs.enqueue(org, List.of(REQUEST)).getFirst().id();
        jobs.enqueue(org, Collections.nCopies(6_000, after(After.end(parent))));

        run(parent, COMPLETED);

        assertThat(Objects.requireNonNull(jobs.lanes(org).get(QUEUE)).depth().ready()).isEqualTo(6_000);
    }

    @Test
    void jobsAlone_writeNothingAboutOthers() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST, REQUEST));
        JobId parent = jobs.enqueue(org, JobFlow.of("a", REQUEST).with("b", after(After.end("a")))).getFirst().id();
        List<ClaimedJob> claimed = claim(10);

        jobs.finish(claimed.stream().map(job -> new Completion(job.lease(), COMPLETED)).toList());

        assertThat(claimed).hasSize(3);
        assertThat(database.number("SELECT count(*) FROM croft.job_settle")).isEqualTo(1);
        assertThat(database.number("SELECT parent_id FROM croft.job_settle")).isEqualTo(parent.value());
    }

    @Test
    void key_whoseJobIsForgottenIsKnownByItsEnd() {
        JobRequest done = REQUEST.withKey(JobKey.of("done").forever());
        JobRequest cancelled = REQUEST.withKey(JobKey.of("cancelled").forever());
        run(jobs.enqueue(org, List.of(done)).getFirst().id(), COMPLETED);
        jobs.discard(org, List.of(jobs.enqueue(org, List.of(cancelled)).getFirst().id()), "enough");
        database.execute("DELETE FROM croft.job_history");

        List<JobReceipt> receipts = jobs.enqueue(org, JobFlow.of("done", done).with("cancelled", cancelled)
                .with("goes on", after(After.success("done"), After.end("cancelled")))
                .with("ends", after(After.success("cancelled"))));
        settle();

        assertThat(receipts.get(2).state()).isEqualTo(JobState.READY);
        assertThat(state(receipts.getLast().id())).isEqualTo(JobState.CANCELLED);
        assertThatThrownBy(() -> jobs.enqueue(org, List.of(after(After.end(receipts.getFirst().id())))))
                .isInstanceOf(InvalidInputException.class);
    }

    /** A flow whose payloads need several statements. */
    @Test
    void flow_mayBeLargerThanAStatement() {
        String payload = "{\"text\":\"" + "x".repeat(250_000) + "\"}";
        Map<String, JobRequest> chain = new LinkedHashMap<>();
        for (int i = 0; i < 100; i++) {
            JobRequest request = JobRequest.of(KIND, payload);
            chain.put("job " + i, i == 0 ? request : request.withAfter(After.success("job " + (i - 1))));
        }

        List<JobReceipt> receipts = jobs.enqueue(org, JobFlow.of(chain));

        assertThat(receipts).hasSize(100);
        for (JobReceipt receipt : receipts) {
            run(receipt.id(), COMPLETED);
        }
    }

    /** Whoever calls the function itself, and not through the library, is held to the same limits. */
    @Test
    void enqueue_refusesWhatTheLibraryWouldNotSend() throws SQLException {
        for (String arguments : List.of("p_wait_child => '{1}', p_wait_parent => '{2}', p_wait_need => '{1}'",
                "p_wait_child => '{2}', p_wait_parent => '{2}', p_wait_need => '{1}'",
                "p_wait_child => '{3}', p_wait_parent => '{1}', p_wait_need => '{1}'",
                "p_wait_child => '{2}', p_wait_parent => '{0}', p_wait_need => '{1}'",
                "p_wait_child => '{2}', p_wait_parent => '{1}', p_wait_need => '{3}'",
                "p_wait_child => '{2}', p_wait_parent => '{1}'",
                "p_wait_child => '{2}', p_wait_need => '{1}'",
                "p_wait_child => '{2}', p_wait_parent => '{1}', p_wait_id => '{1}', p_wait_need => '{1}'",
                "p_wait_child => '{2,2}', p_wait_parent => '{1}', p_wait_need => '{1,1}'",
                "p_wait_child => '{2}', p_wait_parent => '{1}', p_wait_need => '{1}', p_wait_name => '{\"\"}'",
                "p_wait_child => '{2}', p_wait_parent => '{1}', p_wait_need => '{1}', p_key => '{a,b}', "
                        + "p_repeat => '{0,1}'",
                "p_wait_child => array_fill(2, ARRAY[1001]), p_wait_parent => array_fill(1, ARRAY[1001]), "
                        + "p_wait_need => array_fill(1::smallint, ARRAY[1001])")) {
            try (Connection connection = hostTransaction(); Statement statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.execute("SELECT croft.enqueue_v1(ARRAY['" + org + "', '" + org
                        + "']::uuid[], '{" + QUEUE + "," + QUEUE + "}', '{test.work,test.work}', "
                        + "ARRAY['{}', '{}']::jsonb[], '{3,3}', " + arguments + ")")).as(arguments)
                        .isInstanceOfSatisfying(SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("CR006"));
            }
        }
    }

    /** Flows that cross one another, ended by many at once in every way, while others cancel, redrive and enqueue. */
    @Test
    void flows_areExactWhateverEndsAtOnce() throws SQLException {
        long seed = Seed.random("flows_areExactWhateverEndsAtOnce").nextLong();
        Crowd crowd = new Crowd();
        long end = System.nanoTime() + RUN_NANOS;

        Race.of(10, number -> {
            Random random = new Random(seed + number);
            while (System.nanoTime() < end) {
                switch (number) {
                    case 0, 1 -> crowd.enqueue(random);
                    case 2 -> crowd.repair(random);
                    case 3 -> {
                        assertThat(database.number(WRONG_WAITS)).as("wrong waits").isZero();
                        assertThat(database.number(WRONG_COUNTS)).as("wrong counts").isZero();
                    }
                    case 4, 5 -> jobs.maintain(1 + random.nextInt(100));
                    default -> crowd.work(random);
                }
            }
            return number;
        });
        Await.until("every job has ended", crowd::finishRest);

        assertThat(crowd.completed).isNotEmpty();
        assertThat(crowd.completed.values()).as("completions of a job").containsOnly(1);
        assertThat(database.number("SELECT (SELECT count(*) FROM croft.job) + (SELECT count(*) FROM croft.job_wait) "
                + "+ (SELECT count(*) FROM croft.job_settle) + (SELECT count(*) FROM croft.wake)")).isZero();
        assertThat(database.number("SELECT count(*) FROM croft.job_history")).isEqualTo(crowd.parents.size());
        crowd.check();
    }

    /** Who works on random flows; what they were is kept. */
    private final class Crowd {
        private final Map<JobId, Map<JobId, After.Need>> parents = new ConcurrentHashMap<>();
        private final List<JobId> recent = new CopyOnWriteArrayList<>();
        private final Map<JobId, Integer> completed = new ConcurrentHashMap<>();
        private final AtomicInteger open = new AtomicInteger();

        void enqueue(Random random) throws SQLException {
            if (open.get() > 400) {
                Await.pass(Duration.ofMillis(5));
                return;
            }
            Map<String, JobRequest> members = new LinkedHashMap<>();
            for (int i = random.nextInt(8); i >= 0; i--) {
                List<After> after = new ArrayList<>();
                for (int n = random.nextInt(4); n > 0; n--) {
                    After.Need need = random.nextInt(3) == 0 ? After.Need.END : After.Need.SUCCESS;
                    if (!members.isEmpty() && random.nextInt(3) > 0) {
                        after.add(new After.Member("" + random.nextInt(members.size()), need));
                    } else if (!recent.isEmpty()) {
                        after.add(new After.Existing(pick(random), need));
                    }
                }
                members.put("" + members.size(), REQUEST.withAfter(after));
            }
            JobFlow flow = JobFlow.of(members);
            if (random.nextBoolean()) {
                remember(flow, jobs.enqueue(org, flow));
                return;
            }
            try (Connection connection = hostTransaction()) {
                List<JobReceipt> receipts = jobs.enqueue(connection, org, flow);
                Await.pass(Duration.ofMillis(random.nextInt(10)));
                connection.commit();
                remember(flow, receipts);
            }
        }

        private JobId pick(Random random) {
            List<JobId> now = List.copyOf(recent);
            return now.get(random.nextInt(now.size()));
        }

        private void remember(JobFlow flow, List<JobReceipt> receipts) {
            Map<String, JobId> ids = new HashMap<>();
            flow.ordered().forEach((name, job) -> {
                JobId id = receipts.get(ids.size()).id();
                ids.put(name, id);
                Map<JobId, After.Need> before = new HashMap<>();
                for (After after : job.after()) {
                    JobId parent = switch (after) {
                        case After.Member member -> Objects.requireNonNull(ids.get(member.name()));
                        case After.Existing existing -> existing.id();
                    };
                    before.merge(parent, after.need(),
                            (one, other) -> one == After.Need.SUCCESS ? one : other);
                }
                parents.put(id, before);
                recent.add(id);
                if (recent.size() > 30) {
                    recent.removeFirst();
                }
            });
            open.addAndGet(receipts.size());
        }

        void repair(Random random) throws SQLException {
            if (!recent.isEmpty() && random.nextBoolean()) {
                jobs.discard(org, List.of(pick(random), pick(random)), "enough");
            }
            jobs.redrive(org, jobs.deadLetterIds(org, DeadLetterFilter.ALL, Optional.empty(), 5));
            open.set((int) database.number("SELECT count(*) FROM croft.job"));
            Await.pass(Duration.ofMillis(20));
        }

        void work(Random random) throws SQLException {
            List<ClaimedJob> claimed = jobs.claim(QUEUE, 1 + random.nextInt(8), "w", Duration.ofMillis(300));
            if (claimed.isEmpty()) {
                Await.pass(Duration.ofMillis(2));
            } else if (random.nextInt(4) == 0) {
                for (ClaimedJob job : claimed) {
                    completeIn(random, job);
                }
            } else {
                List<Completion> ends = claimed.stream().map(job -> new Completion(job.lease(),
                        switch (random.nextInt(12)) {
                            case 0, 1 -> new Outcome.Failed(Duration.ZERO, "java.io.IOException", "no saddle");
                            case 2 -> new Outcome.Cancelled("enough");
                            default -> COMPLETED;
                        })).toList();
                List<Boolean> accepted = jobs.finish(ends);
                for (int i = 0; i < ends.size(); i++) {
                    if (accepted.get(i) && ends.get(i).outcome() instanceof Outcome.Completed) {
                        completed.merge(ends.get(i).lease().id(), 1, Integer::sum);
                    }
                }
            }
        }

        private void completeIn(Random random, ClaimedJob job) throws SQLException {
            try (Connection connection = database.transaction(job.lease().org())) {
                jobs.completeIn(connection, job.lease(), Optional.of("2"));
                Await.pass(Duration.ofMillis(random.nextInt(3)));
                if (random.nextInt(5) > 0) {
                    connection.commit();
                    completed.merge(job.lease().id(), 1, Integer::sum);
                }
            } catch (StaleLeaseException e) {
                assertThat(e).hasMessageContaining(job.lease().id().toString());
            }
        }

        boolean finishRest() {
            settle();
            jobs.redrive(org, jobs.deadLetterIds(org, DeadLetterFilter.ALL, Optional.empty(), 1000));
            List<ClaimedJob> claimed = claim(500);
            assertThat(jobs.finish(claimed.stream().map(job -> new Completion(job.lease(), COMPLETED)).toList()))
                    .doesNotContain(false);
            claimed.forEach(job -> completed.merge(job.lease().id(), 1, Integer::sum));
            settle();
            try {
                return database.number("SELECT count(*) FROM croft.job") == 0;
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }

        /** Everything has ended: what completed did so after what it needed, and what was cancelled had a reason. */
        void check() {
            Map<JobId, Job> all = new HashMap<>();
            parents.keySet().forEach(id -> all.put(id, jobs.find(org, id).orElseThrow()));
            all.forEach((id, job) -> {
                boolean stopped = false;
                for (Map.Entry<JobId, After.Need> need : Objects.requireNonNull(parents.get(id)).entrySet()) {
                    Job parent = Objects.requireNonNull(all.get(need.getKey()));
                    stopped |= need.getValue() == After.Need.SUCCESS && parent.state() == JobState.CANCELLED;
                    if (need.getValue() == After.Need.SUCCESS && job.firstRunAt().isPresent()) {
                        assertThat(parent.state()).as("job " + parent.id() + " before " + id)
                                .isEqualTo(JobState.COMPLETED);
                        assertThat(parent.finishedAt().orElseThrow()).as("job " + id + " began after " + parent.id())
                                .isBeforeOrEqualTo(job.firstRunAt().orElseThrow());
                    }
                }
                if (job.state() == JobState.CANCELLED) {
                    assertThat(stopped || job.note().filter("enough"::equals).isPresent())
                            .as("job " + id + " was cancelled: " + job.note()).isTrue();
                } else {
                    assertThat(stopped).as("job " + id + " completed although what it needs was cancelled").isFalse();
                }
            });
        }
    }
}
