package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.contract.Await;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An end that had to wait for somebody goes by what that one has done. */
final class FinishWaitTest {

    private static final String QUEUE = "waits";
    private static final JobRequest REQUEST = JobRequest.of(JobKind.of("test.work", QUEUE), "{}");
    private static final Outcome COMPLETED = new Outcome.Completed(Optional.of("1"));
    private static final Outcome FAILED = new Outcome.Failed(Duration.ofHours(1), "java.io.IOException", "no saddle");
    private static final Outcome DEADLY = new Outcome.Failed(Optional.empty(), "java.io.IOException", "no saddle", "");

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

    private static List<ClaimedJob> claimed(OrgId org, int jobs) {
        for (int i = 0; i < jobs; i++) {
            database.jobs().enqueue(org, List.of(REQUEST));
        }
        while (database.jobs().maintain(JobStore.MAX_BATCH).more()) {
            // until the jobs can be claimed
        }
        List<ClaimedJob> claimed = database.jobs().claim(QUEUE, jobs, "test", Duration.ofMinutes(5));
        assertThat(claimed).hasSize(jobs).extracting(job -> job.lease().org()).containsOnly(org);
        return claimed;
    }

    private static Completion end(ClaimedJob job, Outcome outcome) {
        return new Completion(job.lease(), outcome);
    }

    /** Ends them while the transaction has done its part, which is committed once the end waits for it. */
    private static List<Boolean> finishAfter(Connection open, List<Completion> completions) throws SQLException {
        return finishAfter(open, completions, () -> true);
    }

    private static List<Boolean> finishAfter(Connection open, List<Completion> completions, Callable<?> meanwhile)
            throws SQLException {
        try (ExecutorService finisher = Executors.newSingleThreadExecutor()) {
            AtomicBoolean over = new AtomicBoolean();
            Future<List<Boolean>> finished = finisher.submit(() -> finish(completions, over));
            Await.until("the end waits", FinishWaitTest::isWaiting);
            meanwhile.call();
            over.set(true);
            open.commit();
            return finished.get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (SQLException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** An end waits for 2 seconds and is then told again, as processes do it. */
    private static List<Boolean> finish(List<Completion> completions, AtomicBoolean over) {
        while (true) {
            boolean last = over.get();
            try {
                return database.jobs().finish(completions);
            } catch (CroftException e) {
                if (last) {
                    throw e;
                }
            }
        }
    }

    private static boolean isWaiting() {
        try {
            return database.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND query LIKE '%finish_v1%' AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()") > 0;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static Connection opened(OrgId org, String sql) throws SQLException {
        Connection connection = database.connection(DbRole.APP);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            statement.execute(sql);
        }
        return connection;
    }

    /** The same past all rights, as the functions that run as the dispatcher do. */
    private static Connection openedByUpkeep(String sql) throws SQLException {
        Connection connection = database.superuser();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
        return connection;
    }

    private static Job job(ClaimedJob job) {
        return database.jobs().find(job.lease().org(), job.lease().id()).orElseThrow();
    }

    @Test
    void cancellation_isSeenByAnEndThatWaitedForIt() throws SQLException {
        OrgId org = database.newOrg();
        List<ClaimedJob> jobs = claimed(org, 2);
        String ids = jobs.get(0).lease().id() + ", " + jobs.get(1).lease().id();

        try (Connection person = opened(org,
                "SELECT croft.cancel_v1('" + org + "', ARRAY[" + ids + "]::bigint[], 'sold')")) {
            assertThat(finishAfter(person, List.of(end(jobs.get(0), FAILED), end(jobs.get(1), COMPLETED))))
                    .containsExactly(true, true);
        }

        assertThat(job(jobs.get(0)).state()).isEqualTo(JobState.CANCELLED);
        assertThat(job(jobs.get(0)).note()).contains("sold");
        assertThat(job(jobs.get(0)).error()).isEmpty();
        assertThat(job(jobs.get(1)).state()).isEqualTo(JobState.COMPLETED);
        assertThat(database.jobs().finish(List.of(end(jobs.get(0), FAILED), end(jobs.get(1), COMPLETED))))
                .as("told again").containsExactly(true, true);
    }

    /** Who waits for a job may have said so while the job was ending. */
    @Test
    void thatOthersWaitForIt_isSeenByAnEndThatWaitedForIt() throws SQLException {
        OrgId org = database.newOrg();
        List<ClaimedJob> jobs = claimed(org, 3);

        try (Connection upkeep =
                openedByUpkeep("UPDATE croft.job SET has_children = true WHERE org_id = '" + org + "'")) {
            assertThat(finishAfter(upkeep, List.of(end(jobs.get(0), COMPLETED), end(jobs.get(1), DEADLY),
                    end(jobs.get(2), FAILED)))).containsExactly(true, true, true);
        }

        assertThat(database.number("SELECT count(*) FROM croft.job_settle WHERE org_id = ? AND outcome = 5"
                + " AND parent_id = ?", org.value(), jobs.get(0).lease().id().value())).isEqualTo(1);
        assertThat(database.number("SELECT count(*) FROM croft.job_settle WHERE org_id = ? AND outcome = 4"
                + " AND parent_id = ?", org.value(), jobs.get(1).lease().id().value())).isEqualTo(1);
        assertThat(database.number("SELECT count(*) FROM croft.job_settle WHERE org_id = ?", org.value())).isEqualTo(2);
    }

    @Test
    void lease_thatWasTakenMeanwhileLeavesNothingToEnd() throws SQLException {
        OrgId org = database.newOrg();
        List<ClaimedJob> jobs = claimed(org, 3);
        JobId taken = jobs.get(1).lease().id();
        database.execute("UPDATE croft.run SET lease_until = now() - interval '1 second' WHERE id = " + taken);

        try (Connection upkeep = openedByUpkeep("SELECT croft.rescue_v1(1)")) {
            assertThat(finishAfter(upkeep, jobs.stream().map(job -> end(job, COMPLETED)).toList()))
                    .containsExactly(true, false, true);
        }

        assertThat(job(jobs.get(1)).state()).as("tried again").isIn(JobState.SCHEDULED, JobState.READY);
        assertThat(job(jobs.get(1)).attempts()).isEqualTo(1);
        assertThat(job(jobs.get(1)).result()).isEmpty();
        assertThat(database.number("SELECT running FROM croft.lane WHERE org_id = ?", org.value())).isZero();
    }

    /** An end reads this before it waits for its attempt. */
    @Test
    void jobThatRuns_keepsWhatItsEndCountsBy() throws SQLException {
        OrgId org = database.newOrg();
        JobStore jobs = database.jobs();
        JobRequest keyed = REQUEST.withKey(JobKey.of("k").replacing());
        JobId id = jobs.enqueue(org, List.of(keyed)).getFirst().id();
        while (jobs.maintain(JobStore.MAX_BATCH).more()) {
            // until it can be claimed
        }
        assertThat(jobs.claim(QUEUE, 1, "test", Duration.ofMinutes(5))).hasSize(1);
        long before = counted(id);

        assertThat(jobs.enqueue(org, List.of(keyed.withMaxAttempts(9).withDelay(Duration.ofHours(1))
                .withDeadline(Instant.now().plus(Duration.ofDays(1)))))).noneMatch(JobReceipt::replaced);
        assertThat(jobs.redrive(org, List.of(id))).isEmpty();
        assertThat(jobs.discard(org, List.of(id), "sold")).isEmpty();
        assertThat(jobs.cancel(org, List.of(id), "sold").told()).containsExactly(id);
        jobs.maintain(JobStore.MAX_BATCH);

        assertThat(counted(id)).isEqualTo(before);
    }

    private static long counted(JobId id) throws SQLException {
        return database.number("SELECT hashtext((j.attempt, j.max_attempts, j.deadline, j.run_at)::text)"
                + " FROM croft.job j WHERE j.id = ?", id.value());
    }

    /** Else two ends of several attempts, told in opposite orders, could wait for one another. */
    @Test
    void attempts_areTakenByTheirIdsHoweverTheyAreNamed() throws SQLException {
        for (int others : new int[]{0, 20_000}) { // Postgres plans by how many there are
            database.execute("INSERT INTO croft.run (id, org_id, queue_id, priority, attempt, fence, started_at, "
                    + "lease_until, worker) SELECT -n, gen_random_uuid(), q.queue_id, 1, 1, 0, now(), "
                    + "now() + interval '1 hour', 'test' FROM croft.queue q, generate_series(1, " + others
                    + ") n WHERE q.name = '" + QUEUE + "'");
            database.execute("ANALYZE croft.run");
            for (int held = 0; held < 3; held++) {
                OrgId org = database.newOrg();
                List<ClaimedJob> jobs = new ArrayList<>(claimed(org, 3));
                jobs.sort(Comparator.comparingLong(job -> job.lease().id().value()));
                String free = "SELECT count(*) FROM (SELECT FROM croft.run WHERE org_id = '" + org
                        + "' FOR UPDATE SKIP LOCKED) r";
                List<Completion> ends = jobs.reversed().stream().map(job -> end(job, COMPLETED)).toList();

                List<Long> seen = new ArrayList<>();
                String hold = "SELECT FROM croft.run WHERE id = " + jobs.get(held).lease().id() + " FOR UPDATE";
                try (Connection holder = openedByUpkeep(hold)) {
                    assertThat(finishAfter(holder, ends, () -> seen.add(database.number(free)))).containsOnly(true);
                }

                assertThat(seen).as("free after " + held + ", among " + others).containsExactly(2L - held);
            }
            database.execute("DELETE FROM croft.run WHERE id < 0");
        }
    }

    @Test
    void erasure_leavesNothingToEnd() throws SQLException {
        OrgId org = database.newOrg();
        List<ClaimedJob> jobs = claimed(org, 2);
        database.execute("UPDATE croft.org SET state = 'ERASING' WHERE org_id = '" + org + "'");

        try (Connection eraser = openedByUpkeep("SELECT croft.erase_jobs_v1('" + org + "', 10)")) {
            assertThat(finishAfter(eraser, jobs.stream().map(job -> end(job, COMPLETED)).toList()))
                    .containsExactly(false, false);
        }
        for (String table : List.of("run", "job", "job_history", "job_result", "wake", "lane")) {
            assertThat(database.number("SELECT count(*) FROM croft." + table + " WHERE org_id = ?", org.value()))
                    .as(table).isZero();
        }
    }
}
