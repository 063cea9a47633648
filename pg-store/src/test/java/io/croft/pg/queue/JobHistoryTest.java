package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobParent;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobRetention;
import io.croft.job.JobState;
import io.croft.job.JobSummary;
import io.croft.pg.PgStore;
import io.croft.pg.tx.DbRole;
import io.croft.spi.AttemptBatch;
import io.croft.spi.AttemptBatch.OrgCounts;
import io.croft.spi.JobReading.Listed;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.KindCounts;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Race;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Finished jobs lie in a partition for each day; upkeep makes those ahead and drops the old ones. */
final class JobHistoryTest {

    private static final String QUEUE = "history";
    private static final JobKind KIND = JobKind.of("test.work", QUEUE);
    private static final String PARTITIONS = """
            SELECT count(*) FROM pg_inherits WHERE inhparent IN ('croft.job_completed'::regclass,
              'croft.job_cancelled'::regclass, 'croft.job_result'::regclass)
            """;
    /** The default one, today's and three ahead, of each of three tables. */
    private static final int ALL = 3 * 5;

    private QueueDatabase database;
    private JobStore jobs;
    private OrgId org;

    @BeforeEach
    void create() {
        database = QueueDatabase.create();
        jobs = database.jobs();
        jobs.registerQueue(QUEUE);
        org = database.newOrg();
    }

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void finish_writesIntoTodaysPartition() throws SQLException {
        finishOne();

        assertThat(database.number("SELECT count(*) FROM croft.job_completed_default")).isZero();
        assertThat(database.number("SELECT count(*) FROM croft.job_history")).isEqualTo(1);
    }

    @Test
    void expire_makesWhatIsMissingAndMovesRowsThere() throws SQLException {
        dropPartitions();
        JobId id = finishOne();
        assertThat(database.number("SELECT count(*) FROM croft.job_completed_default")).isEqualTo(1);

        database.store().expire();

        assertThat(database.number("SELECT count(*) FROM croft.job_completed_default")).isZero();
        assertThat(jobs.find(org, id).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        assertThat(database.number(PARTITIONS)).isEqualTo(ALL);
    }

    @Test
    void expire_leavesEveryPartitionUnderForcedRowSecurity() throws SQLException {
        dropPartitions();
        database.store().expire();

        assertThat(database.number("""
                SELECT count(*) FROM pg_class c WHERE c.relname ~ '^job_(history|completed|cancelled|result)'
                  AND c.relkind IN ('r', 'p')
                  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                """)).isZero();
        assertThat(database.number("""
                SELECT count(*) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
                WHERE c.relname ~ '^job_(completed|cancelled|result_)'
                """)).as("policies of partitions").isZero();
    }

    @Test
    void expire_dropsWhatIsOlderThanItsRetention() throws SQLException {
        JobId id = finishOne();
        for (String table : List.of("job_completed", "job_cancelled", "job_result")) {
            day(table, 7);
            day(table, 8);
            day(table, 37);
        }
        long before = database.number(PARTITIONS);

        database.store().expire();

        assertThat(before - database.number(PARTITIONS)).isEqualTo(6);
        assertThat(jobs.find(org, id)).isPresent();
    }

    @Test
    void expire_keepsWhatEndedHowSoEverAsLongAsIsSaidForIt() throws SQLException {
        for (long daysAgo : List.of(3L, 10L, 40L)) {
            day("job_completed", daysAgo);
            day("job_cancelled", daysAgo);
            day("job_result", daysAgo);
        }
        JobId id = finishOne(Optional.of("{\"stall\": 7}"));
        JobId cancelled = jobs.enqueue(org, List.of(JobRequest.of(KIND, "{}"))).getFirst().id();
        jobs.discard(org, List.of(cancelled), "no");
        ago("job_history", 10);
        ago("job_result", 10);

        try (PgStore store = database.open(JobRetention.DEFAULT.withCompleted(Duration.ofDays(30))
                .withCancelled(Duration.ofDays(15)).withResults(Duration.ofDays(2)))) {
            store.expire();
        }

        assertThat(jobs.find(org, id).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        assertThat(jobs.find(org, id).orElseThrow().result()).as("a result that went before its record").isEmpty();
        assertThat(jobs.find(org, cancelled)).isPresent();
        assertThat(database.number(PARTITIONS)).as("of 9 days 1 is too old for completed and cancelled each, 3 for "
                + "results").isEqualTo(ALL + 9 - 5);
        database.store().expire();
        assertThat(jobs.find(org, id)).isEmpty();
        assertThat(jobs.find(org, cancelled)).isEmpty();
    }

    @Test
    void find_givesTheResultWithTheJob() {
        JobId id = finishOne(Optional.of("{\"stall\": 7}"));

        assertThat(jobs.find(org, id).orElseThrow().result()).contains("{\"stall\": 7}");
    }

    /** A drop waits for whoever holds the table, and while it waits nobody else gets at it. */
    @Test
    void expire_whileSomebodyHoldsTheHistoryGivesUpSoonAndTriesAgain() throws Exception {
        day("job_completed", 30);
        long before = database.number(PARTITIONS);

        try (Connection holder = database.connection(DbRole.ADMIN); Statement statement = holder.createStatement()) {
            statement.execute("SELECT count(*) FROM croft.job_history");
            long start = System.nanoTime();
            database.store().expire();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as("with a statement's patience it would be 30 s")
                    .isLessThan(Duration.ofSeconds(10));
            assertThat(database.number(PARTITIONS)).isEqualTo(before);
            finishOne();
        }
        database.store().expire();

        assertThat(database.number(PARTITIONS)).isEqualTo(before - 1);
    }

    @Test
    void expire_endsDeadLettersThatAreOlderThanTheirRetention() throws SQLException {
        JobId old = die();
        JobId young = die();
        database.execute("UPDATE croft.job SET updated_at = updated_at - interval '40 days' WHERE id = " + old.value());

        database.store().expire();
        assertThat(jobs.find(org, old).orElseThrow().state()).as("for ever by default").isEqualTo(JobState.DEAD);
        try (PgStore store = database.open(JobRetention.DEFAULT.withDeadLetters(Duration.ofDays(30)))) {
            store.expire();
        }

        assertThat(jobs.find(org, old).orElseThrow().state()).isEqualTo(JobState.CANCELLED);
        assertThat(jobs.find(org, old).orElseThrow().note().orElseThrow()).contains("30 days");
        assertThat(jobs.find(org, young).orElseThrow().state()).isEqualTo(JobState.DEAD);
        jobs.maintain(1000);
        assertThat(jobs.counts(QUEUE).dead()).isEqualTo(1);
    }

    /** What waits for a dead letter to complete cannot any more; what waits for its end has gone on before. */
    @Test
    void expire_ofADeadLetterCancelsWhatNeedsIt() throws SQLException {
        List<JobId> flow = ids(jobs.enqueue(org, JobFlow.of("a", JobRequest.of(KIND, "{}"))
                .with("needs", JobRequest.of(KIND, "{}").withAfter(After.success("a")))
                .with("follows", JobRequest.of(KIND, "{}").withAfter(After.end("a")))
                .with("last", JobRequest.of(KIND, "{}").withAfter(After.success("needs")))));
        fail(claim(1).getFirst());
        settle();
        database.execute("UPDATE croft.job SET updated_at = updated_at - interval '40 days' WHERE state = 4");
        assertThat(states(flow)).containsExactly(JobState.DEAD, JobState.WAITING, JobState.READY, JobState.WAITING);

        try (PgStore store = database.open(JobRetention.DEFAULT.withDeadLetters(Duration.ofDays(30)))) {
            store.expire();
        }
        settle();

        assertThat(states(flow)).containsExactly(JobState.CANCELLED, JobState.CANCELLED, JobState.READY,
                JobState.CANCELLED);
        assertThat(jobs.find(org, flow.get(1)).orElseThrow().note().orElseThrow()).contains(flow.getFirst().toString());
        assertThat(jobs.counts(QUEUE)).isEqualTo(
                new JobCounts(0, 0, 1, 0, 0, jobs.counts(QUEUE).oldestReady()));
    }

    /** The jobs of a flow are kept as each ended, and one that goes on later knows how, also without their records. */
    @Test
    void expire_takesTheJobsOfAFlowByTheirOwnEnds() throws SQLException {
        day("job_cancelled", 10);
        day("job_completed", 10);
        day("job_result", 10);
        List<JobId> flow = ids(jobs.enqueue(org, JobFlow.of("a", JobRequest.of(KIND, "{}"))
                .with("b", JobRequest.of(KIND, "{}"))
                .with("needs", JobRequest.of(KIND, "{}").withAfter(After.success("b")))
                .with("report", JobRequest.of(KIND, "{}").withDelay(Duration.ofHours(1))
                        .withAfter(After.end("a"), After.end("b")))));
        for (ClaimedJob job : claim(2)) {
            if (job.lease().id().equals(flow.getFirst())) {
                complete(job, Optional.of("7"));
            } else {
                jobs.finish(List.of(new Completion(job.lease(), new Outcome.Cancelled("sold"))));
            }
        }
        settle();
        ago("job_history", 10);
        ago("job_result", 10);
        assertThat(states(flow)).containsExactly(JobState.COMPLETED, JobState.CANCELLED, JobState.CANCELLED,
                JobState.SCHEDULED);

        try (PgStore store = database.open(JobRetention.DEFAULT.withCompleted(Duration.ofDays(30))
                .withResults(Duration.ofDays(2)))) {
            store.expire();
        }

        assertThat(jobs.find(org, flow.getFirst()).orElseThrow().result()).as("a result that went before its record")
                .isEmpty();
        assertThat(jobs.find(org, flow.get(1))).isEmpty();
        assertThat(jobs.find(org, flow.get(2))).as("cancelled for want of b").isEmpty();
        assertThat(jobs.parents(org, flow.getLast())).extracting(JobParent::end)
                .containsExactly(Optional.of(JobState.COMPLETED), Optional.of(JobState.CANCELLED));
    }

    private static List<JobId> ids(List<JobReceipt> receipts) {
        return receipts.stream().map(JobReceipt::id).toList();
    }

    private List<JobState> states(List<JobId> ids) {
        return ids.stream().map(id -> jobs.find(org, id).orElseThrow().state()).toList();
    }

    private void settle() {
        Await.until("there is no more to do", () -> !jobs.maintain(1000).more());
    }

    @Test
    void expire_removesOldCountsOfAttempts() throws SQLException {
        AttemptBatch batch = new AttemptBatch(UUID.randomUUID(), 1, List.of(new OrgCounts(org, Instant.now(),
                new KindCounts(QUEUE, "test.work", 1, 0, 0, LatencyHistogram.none()))));
        jobs.count(batch);
        database.execute("UPDATE croft.job_hour SET hour = hour - interval '9 days'");
        jobs.count(new AttemptBatch(batch.writer(), 2, batch.counts()));

        database.store().expire();

        assertThat(database.number("SELECT count(*) FROM croft.job_hour")).isEqualTo(1);
        assertThat(database.number("SELECT sum(completed) FROM croft.job_kind_hour")).isEqualTo(2);
    }

    /** A list of the jobs of some time begins at its marks, and finds the same as without them. */
    @Test
    void list_ofATimeBeginsWhereItsMarksAre() throws SQLException {
        JobId first = finishOne();
        database.store().expire();
        JobId second = finishOne();
        database.execute("UPDATE croft.job_history SET created_at = created_at - interval '3 hours' WHERE id = "
                + first.value());
        database.execute("UPDATE croft.job_mark SET at = at - interval '2 hours'");
        database.execute("INSERT INTO croft.job_mark (at, id) VALUES (now() - interval '1 hour', "
                + second.value() + ")");
        Instant middle = Instant.now().minus(Duration.ofMinutes(90));

        assertThat(ids(JobFilter.ALL.withCreatedBefore(middle))).containsExactly(first);
        assertThat(ids(JobFilter.ALL.withCreatedFrom(middle))).containsExactly(second);
        assertThat(ids(JobFilter.ALL)).containsExactly(second, first);
    }

    /** A page has a bound on what it looks at, and says where to go on although it found nothing. */
    @Test
    void list_looksAtABoundedNumberOfJobsAPage() {
        JobId first = finishOne();
        database.execute("""
                INSERT INTO croft.job_history (finished_at, org_id, id, queue_id, kind, priority, outcome, attempts,
                    max_attempts, past_attempts, run_at, created_at, first_run_at, accepted_fence, payload)
                  SELECT h.finished_at, h.org_id, h.id + n, h.queue_id, 'test.other', h.priority, 5 + n % 2, 1, 3, 0,
                    h.run_at, h.created_at, h.first_run_at, h.accepted_fence, '{}'
                  FROM croft.job_history h, generate_series(1, 5000) n
                """);
        JobFilter filter = JobFilter.ALL.withKind("test.work");

        List<JobId> found = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        Optional<JobId> before = Optional.empty();
        do {
            Listed page = jobs.list(org, filter, before, 10);
            page.jobs().forEach(job -> found.add(job.id()));
            sizes.add(page.jobs().size());
            before = page.next();
        } while (before.isPresent());

        assertThat(found).containsExactly(first);
        assertThat(sizes).as("5,001 jobs, 1,000 a page").containsExactly(0, 0, 0, 0, 0, 1);
    }

    /** However many there are between those that are wanted, no statement looks at more than a thousand. */
    @Test
    void deadLetters_areLookedAtAThousandAtATime() throws SQLException {
        JobId first = die();
        database.execute("""
                INSERT INTO croft.job (org_id, id, queue_id, kind, priority, state, attempt, max_attempts, run_at,
                    created_at, updated_at, first_run_at, payload)
                  SELECT j.org_id, j.id + n, j.queue_id, CASE WHEN n IN (1500, 2500) THEN j.kind ELSE 'test.other' END,
                    j.priority, 4, 1, 1, j.run_at, j.created_at, j.updated_at, j.first_run_at, '{}'
                  FROM croft.job j, generate_series(1, 2600) n
                """);
        JobId second = new JobId(first.value() + 1500);
        JobId third = new JobId(first.value() + 2500);
        DeadLetterFilter filter = DeadLetterFilter.ALL.withKind("test.work");

        assertThat(jobs.deadLetterIds(org, filter, Optional.empty(), 10)).containsExactly(first, second, third);
        assertThat(jobs.deadLetterIds(org, filter, Optional.empty(), 2)).containsExactly(first, second);
        assertThat(jobs.deadLetterIds(org, filter, Optional.of(second), 2)).containsExactly(third);
        assertThat(jobs.deadLetterIds(org, filter, Optional.of(third), 2)).isEmpty();
        assertThat(jobs.deadLetters(org, filter, Optional.of(first), 10)).extracting(Job::id)
                .containsExactly(second, third);
        assertThat(jobs.deadLetterIds(org, DeadLetterFilter.ALL, Optional.of(first), 1000)).hasSize(1000);
        try (Connection connection = database.transaction(org);
                PreparedStatement page =
                        connection.prepareStatement(JobSql.DEAD_LETTER_IDS.replace("${schema}", "croft"));
                Statement statement = connection.createStatement()) {
            for (int i = 1; i <= 9; i++) {
                page.setString(i, i == 3 ? "test.work" : null);
            }
            page.setObject(10, org.value());
            page.setLong(11, first.value());
            page.setInt(12, 10);
            try (ResultSet rows = page.executeQuery()) {
                assertThat(rows.next() && rows.getBoolean("goes_on") && !rows.getBoolean("matches")).isTrue();
                assertThat(rows.next()).isFalse();
            }
            assertThat(read(statement, "job_dead")).isBetween(1L, 1100L);
        }
    }

    /** The keys of jobs that live, or are dead letters, may have expired long ago. */
    @Test
    void expire_readsNoKeysWhoseJobsHaveNotEnded() throws SQLException {
        database.execute("INSERT INTO croft.job_key (org_id, key, job_id, created_at, expires_at) SELECT '" + org
                + "', 'k-' || n, n, now(), now() - interval '1 day' FROM generate_series(1, 500) n");
        database.execute("UPDATE croft.job_key SET state = 5 WHERE key = 'k-7'");
        try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT croft.purge_keys_v1(1000)");

            assertThat(read(statement, "job_key_expiry")).isEqualTo(1);
            assertThat(read(statement, "job_key_pkey")).isZero();
            connection.commit();
        }
        assertThat(database.number("SELECT count(*) FROM croft.job_key")).isEqualTo(499);
    }

    /** Entries of an index that this transaction has read. */
    private static long read(Statement statement, String index) throws SQLException {
        try (ResultSet read = statement.executeQuery(
                "SELECT pg_stat_get_xact_tuples_returned('croft." + index + "'::regclass)")) {
            assertThat(read.next()).isTrue();
            return read.getLong(1);
        }
    }

    private List<JobId> ids(JobFilter filter) {
        return jobs.list(org, filter, Optional.empty(), 10).jobs().stream().map(JobSummary::id).toList();
    }

    private JobId die() {
        JobId id = jobs.enqueue(org, List.of(JobRequest.of(KIND, "{}"))).getFirst().id();
        fail(claim(1).getFirst());
        return id;
    }

    private void fail(ClaimedJob job) {
        assertThat(jobs.finish(List.of(new Completion(job.lease(),
                new Outcome.Failed(Optional.empty(), "E", "m", ""))))).containsExactly(true);
    }

    /** Lets everything in the table have ended that many days ago. */
    private void ago(String table, long days) {
        database.execute("UPDATE croft." + table + " SET finished_at = finished_at - interval '" + days + " days'");
    }

    @Test
    void expire_removesOldRowsThatNoPartitionWasThereFor() throws SQLException {
        dropPartitions();
        finishOne();
        JobId young = finishOne();
        database.execute("UPDATE croft.job_completed_default SET finished_at = finished_at - interval '40 days' "
                + "WHERE id <> " + young.value());
        assertThat(database.number("SELECT count(*) FROM croft.job_history")).isEqualTo(2);

        database.store().expire();

        assertThat(database.number("SELECT count(*) FROM croft.job_history")).isEqualTo(1);
        assertThat(jobs.find(org, young)).isPresent();
    }

    @Test
    void expire_byManyAtOnceDoesItOnce() throws SQLException {
        dropPartitions();

        Race.of(4, number -> {
            database.store().expire();
            return number;
        });

        assertThat(database.number(PARTITIONS)).isEqualTo(ALL);
    }

    @Test
    void expire_whileJobsFinishLosesNone() throws SQLException {
        dropPartitions();
        long each = 40;

        Race.of(3, number -> {
            if (number == 0) {
                database.store().expire();
            } else {
                for (int i = 0; i < each; i++) {
                    finishOne();
                }
            }
            return number;
        });

        assertThat(database.number("SELECT count(*) FROM croft.job_history")).isEqualTo(2 * each);
        assertThat(database.number(PARTITIONS)).isEqualTo(ALL);
    }

    @Test
    void expire_removesKeysThatHaveExpiredAndWhoseJobHasEnded() throws SQLException {
        JobRequest request = JobRequest.of(KIND, "{}");
        Duration second = Duration.ofSeconds(1);
        jobs.enqueue(org, List.of(request.withKey(JobKey.of("done").lasting(second)),
                request.withKey(JobKey.of("kept").lasting(Duration.ofDays(1))),
                request.withKey(JobKey.of("ever").forever()),
                request.withKey(JobKey.of("live").whileLive()),
                request.withKey(JobKey.of("waiting").lasting(second)).withRunAt(Instant.now().plusSeconds(3600)),
                request.withKey(JobKey.of("later").whileLive()).withRunAt(Instant.now().plusSeconds(3600))));
        claim(4).forEach(this::complete);
        database.execute("UPDATE croft.job_key SET expires_at = expires_at - interval '2 seconds'");

        database.store().expire();

        assertThat(database.number("SELECT count(*) FROM croft.job_key WHERE key = 'done'")).isZero();
        assertThat(
                database.number("SELECT count(*) FROM croft.job_key WHERE key IN ('kept', 'ever', 'waiting', 'later')"))
                .isEqualTo(4);
        assertThat(database.number("SELECT count(*) FROM croft.job_key")).isEqualTo(4);
    }

    private JobId finishOne() {
        return finishOne(Optional.empty());
    }

    private JobId finishOne(Optional<String> result) {
        JobId id = jobs.enqueue(org, List.of(JobRequest.of(KIND, "{}"))).getFirst().id();
        int ended = 0;
        while (ended == 0) {
            List<ClaimedJob> claimed = claim(1);
            claimed.forEach(job -> complete(job, result));
            ended = claimed.size();
        }
        return id;
    }

    private List<ClaimedJob> claim(int want) {
        jobs.maintain(1000);
        return jobs.claim(QUEUE, want, "w", Duration.ofMinutes(1));
    }

    private void complete(ClaimedJob job) {
        complete(job, Optional.empty());
    }

    private void complete(ClaimedJob job, Optional<String> result) {
        assertThat(jobs.finish(List.of(new Completion(job.lease(), new Outcome.Completed(result)))))
                .containsExactly(true);
    }

    /** A partition of that many days ago, as upkeep would have made it. */
    private void day(String table, long daysAgo) {
        database.execute("""
                DO $do$
                DECLARE
                  d date := (clock_timestamp() AT TIME ZONE 'UTC')::date - %1$d;
                BEGIN
                  EXECUTE format('CREATE TABLE croft.%%I PARTITION OF croft.%2$s FOR VALUES FROM (%%L) TO (%%L)',
                    '%2$s_p' || to_char(d, 'YYYYMMDD'), d || ' 00:00:00+00', (d + 1) || ' 00:00:00+00');
                  EXECUTE format('ALTER TABLE croft.%%I OWNER TO croft_owner', '%2$s_p' || to_char(d, 'YYYYMMDD'));
                END $do$
                """.formatted(daysAgo, table));
    }

    private void dropPartitions() {
        database.execute("""
                DO $do$
                DECLARE
                  r regclass;
                BEGIN
                  FOR r IN SELECT i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                      WHERE i.inhparent IN ('croft.job_completed'::regclass, 'croft.job_cancelled'::regclass,
                        'croft.job_result'::regclass) AND c.relname !~ '_default$' LOOP
                    EXECUTE format('DROP TABLE %s', r);
                  END LOOP;
                END $do$
                """);
    }
}
