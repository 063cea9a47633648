package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What tables refuse of the states of jobs, whoever writes them. */
class JobStateRowsTest {

    private static final String REFUSED = "23514";
    private static final String FORBIDDEN = "42501";
    private static final JobKind KIND = JobKind.of("test.work", "test");

    private QueueDatabase database;
    private OrgId org;

    @BeforeEach
    void open() {
        database = QueueDatabase.create();
        database.jobs().registerQueue("test");
        org = database.newOrg();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private JobId enqueue(JobRequest request) {
        return database.jobs().enqueue(org, List.of(request)).getFirst().id();
    }

    /** Claims the only job and ends its attempt. */
    private void run(Outcome outcome) {
        database.jobs().maintain(1000);
        List<ClaimedJob> claimed = database.jobs().claim("test", 1, "test", Duration.ofMinutes(1));
        assertThat(claimed).hasSize(1);
        assertThat(database.jobs().finish(List.of(new Completion(claimed.getFirst().lease(), outcome))))
                .containsExactly(true);
    }

    /** The SQL state of the error that this meets; empty if there is none. It is rolled back. */
    private Optional<String> errorOf(String sql) throws SQLException {
        return errorOf(sql, "none");
    }

    private Optional<String> errorOf(String sql, String role) throws SQLException {
        try (Connection connection = database.superuser(); Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + role);
            connection.setAutoCommit(false);
            try {
                assertThat(statement.executeUpdate(sql)).as(sql).isEqualTo(1);
                return Optional.empty();
            } catch (SQLException e) {
                return Optional.of(e.getSQLState());
            } finally {
                connection.rollback();
            }
        }
    }

    /** The numbers that a column may have. */
    private Set<Integer> admitted(IntFunction<String> update) throws SQLException {
        Set<Integer> admitted = new HashSet<>();
        for (int number = -1; number <= 9; number++) {
            Optional<String> error = errorOf(update.apply(number));
            if (error.isEmpty()) {
                admitted.add(number);
            } else {
                assertThat(error).contains(REFUSED);
            }
        }
        return admitted;
    }

    private static Set<Integer> numbers(Set<JobState> states) {
        return IntStream.rangeClosed(1, JobState.values().length).filter(n -> states.contains(JobRows.state(n)))
                .boxed().collect(Collectors.toSet());
    }

    @Test
    void states_haveNumbersOfTheirOwn() {
        assertThat(numbers(Set.of(JobState.values()))).hasSize(JobState.values().length);
    }

    @Test
    void tables_admitTheStatesThatTheyAreFor() throws SQLException {
        enqueue(JobRequest.of(KIND, "{}").withKey(JobKey.of("one")));
        run(new Outcome.Completed(Optional.of("1")));
        enqueue(JobRequest.of(KIND, "{}"));

        assertThat(admitted(n -> "UPDATE croft.job SET state = " + n + ", waits_for = " + (n == 7 ? "1" : "NULL")
                + ", first_run_at = " + (n == 4 ? "now()" : "NULL"))).as("live jobs and dead letters")
                .isEqualTo(withZero(numbers(Set.of(JobState.DEAD, JobState.WAITING))));
        assertThat(admitted(n -> "UPDATE croft.job_history SET outcome = " + n)).as("finished jobs")
                .isEqualTo(numbers(Set.of(JobState.COMPLETED, JobState.CANCELLED)));
        assertThat(admitted(n -> "UPDATE croft.job_key SET state = " + n)).as("keys")
                .isEqualTo(withZero(numbers(Set.of(JobState.COMPLETED, JobState.CANCELLED))));
    }

    private static Set<Integer> withZero(Set<Integer> numbers) {
        numbers.add(0);
        return numbers;
    }

    @Test
    void jobThatNeverRan_cannotDieNorComplete() throws SQLException {
        enqueue(JobRequest.of(KIND, "{}"));

        assertThat(errorOf("UPDATE croft.job SET state = 4")).contains(REFUSED);
        assertThat(errorOf(finished(5, "NULL"))).contains(REFUSED);
        assertThat(errorOf(finished(5, "now()"))).as("without an accepted attempt").contains(REFUSED);
        assertThat(errorOf(finished(6, "NULL"))).as("cancelled").isEmpty();
    }

    private static String finished(int outcome, String firstRunAt) {
        return "INSERT INTO croft.job_history (finished_at, org_id, id, queue_id, kind, priority, outcome, attempts, "
                + "max_attempts, past_attempts, run_at, created_at, first_run_at, accepted_fence, payload) "
                + "SELECT now(), org_id, id, queue_id, kind, priority, " + outcome + ", attempt, max_attempts, "
                + "past_attempts, run_at, created_at, " + firstRunAt + ", accepted_fence, payload FROM croft.job";
    }

    @Test
    void jobThatRan_cannotWaitForOthers() throws SQLException {
        enqueue(JobRequest.of(KIND, "{}"));
        run(new Outcome.Failed(Duration.ofHours(1), "java.io.IOException", "no saddle"));

        assertThat(errorOf("UPDATE croft.job SET state = 7, waits_for = 1")).contains(REFUSED);
    }

    @Test
    void jobThatWaitsForOthers_isWaitingAsLongAsItDoes() throws SQLException {
        JobId before = enqueue(JobRequest.of(KIND, "{}"));
        JobId waiting = enqueue(JobRequest.of(KIND, "{}").withAfter(After.success(before)));
        String where = " WHERE id = " + waiting.value();

        assertThat(errorOf("UPDATE croft.job SET state = 0" + where)).contains(REFUSED);
        assertThat(errorOf("UPDATE croft.job SET waits_for = 0" + where)).contains(REFUSED);
        assertThat(errorOf("UPDATE croft.job SET state = 4, waits_for = 0" + where)).contains(REFUSED);
        assertThat(errorOf("UPDATE croft.job SET state = 0, waits_for = 0" + where)).isEmpty();
    }

    @Test
    void finishedJob_isNotChangedByThoseWhoFinish() throws SQLException {
        enqueue(JobRequest.of(KIND, "{}"));
        run(new Outcome.Completed(Optional.empty()));

        assertThat(errorOf("UPDATE croft.job_history SET outcome = 6", "croft_dispatch")).contains(FORBIDDEN);
        assertThat(errorOf("UPDATE croft.job_completed SET outcome = 6", "croft_dispatch")).contains(FORBIDDEN);
    }
}
