package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.contract.Race;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Finished jobs lie in a partition for each day; upkeep makes those ahead and drops the old ones. */
final class JobHistoryTest {

    private static final String QUEUE = "history";
    private static final String PARTITIONS = """
            SELECT count(*) FROM pg_inherits WHERE inhparent = 'croft.job_history'::regclass
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
    }

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void finish_writesIntoTodaysPartition() throws SQLException {
        finishOne();

        assertThat(database.number("SELECT count(*) FROM croft.job_history_default")).isZero();
        assertThat(database.number("SELECT count(*) FROM croft.job_history")).isEqualTo(1);
    }

    @Test
    void expire_makesWhatIsMissingAndMovesRowsThere() throws SQLException {
        dropPartitions();
        JobId id = finishOne();
        assertThat(database.number("SELECT count(*) FROM croft.job_history_default")).isEqualTo(1);

        database.store().expire();

        assertThat(database.number("SELECT count(*) FROM croft.job_history_default")).isZero();
        assertThat(jobs.find(org, id).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        assertThat(database.number(PARTITIONS)).as("default, today and three ahead").isEqualTo(5);
    }

    @Test
    void expire_leavesEveryPartitionUnderForcedRowSecurity() throws SQLException {
        dropPartitions();
        database.store().expire();

        assertThat(database.number("""
                SELECT count(*) FROM pg_class c WHERE c.relname LIKE 'job_history%' AND c.relkind IN ('r', 'p')
                  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                """)).isZero();
        assertThat(database.number("""
                SELECT count(*) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
                WHERE c.relname LIKE 'job\\_history\\_%'
                """)).as("policies of partitions").isZero();
    }

    @Test
    void expire_dropsWhatIsOlderThanItsRetention() throws SQLException {
        JobId id = finishOne();
        day(PgJobStore.RETENTION.toDays());
        day(PgJobStore.RETENTION.toDays() + 1);
        day(PgJobStore.RETENTION.toDays() + 30);
        long before = database.number(PARTITIONS);

        database.store().expire();

        assertThat(before - database.number(PARTITIONS)).isEqualTo(2);
        assertThat(jobs.find(org, id)).isPresent();
    }

    @Test
    void expire_removesOldRowsThatNoPartitionWasThereFor() throws SQLException {
        dropPartitions();
        finishOne();
        JobId young = finishOne();
        database.execute("UPDATE croft.job_history_default SET finished_at = finished_at - interval '40 days' "
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

        assertThat(database.number(PARTITIONS)).isEqualTo(5);
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
        assertThat(database.number(PARTITIONS)).isEqualTo(5);
    }

    @Test
    void expire_removesKeysThatHaveExpiredAndWhoseJobHasEnded() throws SQLException {
        JobRequest request = JobRequest.of(JobKind.of("test.work", QUEUE), "{}");
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
        JobId id = jobs.enqueue(org, List.of(JobRequest.of(JobKind.of("test.work", QUEUE), "{}"))).getFirst().id();
        int ended = 0;
        while (ended == 0) {
            List<ClaimedJob> claimed = claim(1);
            claimed.forEach(this::complete);
            ended = claimed.size();
        }
        return id;
    }

    private List<ClaimedJob> claim(int want) {
        jobs.maintain(1000);
        return jobs.claim(QUEUE, want, "w", Duration.ofMinutes(1));
    }

    private void complete(ClaimedJob job) {
        assertThat(jobs.finish(List.of(new Completion(job.lease(), new Outcome.Completed(Optional.empty())))))
                .containsExactly(true);
    }

    /** A partition of that many days ago, as upkeep would have made it. */
    private void day(long daysAgo) {
        database.execute("""
                DO $do$
                DECLARE
                  d date := (clock_timestamp() AT TIME ZONE 'UTC')::date - %d;
                BEGIN
                  EXECUTE format('CREATE TABLE croft.%%I PARTITION OF croft.job_history FOR VALUES FROM (%%L) TO (%%L)',
                    'job_history_p' || to_char(d, 'YYYYMMDD'), d || ' 00:00:00+00', (d + 1) || ' 00:00:00+00');
                  EXECUTE format('ALTER TABLE croft.%%I OWNER TO croft_owner', 'job_history_p' || to_char(d, 'YYYYMMDD'));
                END $do$
                """.formatted(daysAgo));
    }

    private void dropPartitions() {
        database.execute("""
                DO $do$
                DECLARE
                  r regclass;
                BEGIN
                  FOR r IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'croft.job_history'::regclass
                      AND inhrelid <> 'croft.job_history_default'::regclass LOOP
                    EXECUTE format('DROP TABLE %s', r);
                  END LOOP;
                END $do$
                """);
    }
}
