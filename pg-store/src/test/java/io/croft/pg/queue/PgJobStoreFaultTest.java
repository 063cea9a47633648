package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import io.croft.job.JobError;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.pg.tx.DbRole;
import io.croft.pg.tx.Schema;
import io.croft.pg.tx.Transactions;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.contract.Race;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the contract cannot bring about: lost replies, erasure, requests at the limits of a statement. */
final class PgJobStoreFaultTest {

    private static final String QUEUE = "fault";
    private static final JobKind KIND = JobKind.of("test.work", QUEUE);

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

    @Test
    void finish_isAcceptedAgainAfterTheReplyToItsCommitWasLost() {
        OrgId org = database.newOrg();
        JobId id = database.jobs().enqueue(org, List.of(JobRequest.of(KIND, "{}"))).getFirst().id();
        ClaimedJob claimed = claimOne(id);
        AtomicBoolean lose = new AtomicBoolean(true);
        PgJobStore unlucky = new PgJobStore(
                new Transactions(new LossyDataSource(database.dataSource(), lose), new Schema(Schema.DEFAULT_NAME)));
        List<Completion> completion = List.of(new Completion(claimed.lease(), new Outcome.Completed(Optional.of("7"))));

        assertThatThrownBy(() -> unlucky.finish(completion)).isInstanceOf(StoreUnavailableException.class);
        assertThat(database.jobs().find(org, id).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        lose.set(false);

        assertThat(unlucky.finish(completion)).containsExactly(true);
        assertThat(database.jobs().find(org, id).orElseThrow().result()).contains("7");
        assertThat(database.jobs().lanes(org)).hasEntrySatisfying(QUEUE,
                lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(0, 0)));
    }

    @Test
    void finish_refusesAResultThatIsNoJsonAndEndsNothing() {
        OrgId org = database.newOrg();
        JobId id = database.jobs().enqueue(org, List.of(JobRequest.of(KIND, "{}"))).getFirst().id();
        ClaimedJob claimed = claimOne(id);

        assertThatThrownBy(() -> database.jobs()
                .finish(List.of(new Completion(claimed.lease(), new Outcome.Completed(Optional.of("no json"))))))
                .isInstanceOf(InvalidInputException.class).hasMessageNotContaining("no json");

        assertThat(database.jobs().find(org, id).orElseThrow().state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    void finish_keepsAnErrorThatPostgresCouldNotHold() {
        OrgId org = database.newOrg();
        JobId id = database.jobs().enqueue(org, List.of(JobRequest.of(KIND, "{}"))).getFirst().id();
        Outcome failed = new Outcome.Failed(Optional.of(Duration.ofHours(1)), "E".repeat(1000),
                "nul \0 half \ud83d " + "x".repeat(100_000), "馬\n".repeat(50_000) + "\0");

        assertThat(database.jobs().finish(List.of(new Completion(claimOne(id).lease(), failed)))).containsExactly(true);

        JobError error = database.jobs().find(org, id).orElseThrow().error().orElseThrow();
        assertThat(error.type()).isEqualTo("E".repeat(255));
        assertThat(error.message()).startsWith("nul \uFFFD half \uFFFD xxx").hasSize(8192);
        assertThat(error.stackTrace().getBytes(StandardCharsets.UTF_8)).hasSize(JobError.MAX_STACK_BYTES);
    }

    @Test
    void enqueue_splitsWhatIsTooLargeForOneStatement() {
        OrgId org = database.newOrg();
        String payload = "{\"a\":\"" + "x".repeat(250_000) + "\"}";
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i < 140; i++) {
            requests.add(
                    JobRequest.of(KIND, payload).withRunAt(Instant.now().plusSeconds(3600)).withKey("k" + i % 130));
        }

        List<JobReceipt> receipts = database.jobs().enqueue(org, requests);

        assertThat(receipts).hasSize(140);
        assertThat(receipts).filteredOn(JobReceipt::duplicate).hasSize(10);
        assertThat(receipts.get(139).id()).isEqualTo(receipts.get(9).id());
    }

    @Test
    void enqueue_takesRunAtsOutsideTheDatabasesCalendar() {
        OrgId org = database.newOrg();

        JobReceipt receipt = database.jobs()
                .enqueue(org, List.of(JobRequest.of(KIND, "{}").withRunAt(Instant.MIN))).getFirst();

        assertThat(receipt.state()).isEqualTo(JobState.READY);
        claimOne(receipt.id());
    }

    @Test
    void enqueue_refusesAKeyThatPostgresCannotHold() {
        OrgId org = database.newOrg();

        assertThatThrownBy(() -> database.jobs().enqueue(org, List.of(JobRequest.of(KIND, "{}").withKey("a\0b"))))
                .isInstanceOf(InvalidInputException.class);
    }

    /** Whatever the order of an erasure and of enqueues, claims and completions at the same time: nothing is left. */
    @Test
    void erase_leavesNothingOfAnOrgThatIsBusy() throws SQLException {
        OrgId org = database.newOrg();

        Race.of(6, number -> {
            for (int i = 0; i < 30; i++) {
                if (number == 0 && i == 10) {
                    database.erase(org);
                } else if (number < 3) {
                    enqueueSome(org, i);
                } else {
                    database.jobs().maintain(100);
                    List<ClaimedJob> claimed = database.jobs().claim(QUEUE, 5, "w" + number, Duration.ofSeconds(30));
                    database.jobs().finish(claimed.stream().filter(job -> job.lease().org().equals(org))
                            .map(job -> new Completion(job.lease(), outcome(job))).toList());
                }
            }
            return number;
        });

        for (String table : List.of("org", "job", "job_key", "job_history", "job_result", "lane", "ready", "scheduled",
                "run",
                "wake", "move")) {
            assertThat(database.number("SELECT count(*) FROM croft." + table + " WHERE org_id = ?", org.value()))
                    .as(table).isZero();
        }
    }

    private static void enqueueSome(OrgId org, int round) throws SQLException {
        List<JobRequest> requests = List.of(JobRequest.of(KIND, "{}"), JobRequest.of(KIND, "{}").withKey("k" + round),
                JobRequest.of(KIND, "{}").withKey(JobKey.of("r").replacing()).withDelay(Duration.ofMillis(round % 3)),
                JobRequest.of(KIND, "{}").withRunAt(Instant.now().plusMillis(20)));
        try (Connection connection = database.connection(DbRole.APP);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            database.jobs().enqueue(connection, org, requests);
            connection.commit();
        } catch (UnknownOrgException e) {
            assertThat(e).hasMessageContaining(org.toString());
        }
    }

    private static Outcome outcome(ClaimedJob job) {
        return job.lease().id().value() % 2 == 0
                ? new Outcome.Completed(Optional.empty())
                : new Outcome.Failed(Duration.ofMillis(5), "E", "m");
    }

    /** Claims this job; what else is claimed on the way is given back. */
    private static ClaimedJob claimOne(JobId id) {
        database.jobs().maintain(1000);
        List<ClaimedJob> claimed = database.jobs().claim(QUEUE, 1000, "w", Duration.ofMinutes(5));
        database.jobs()
                .release(claimed.stream().map(ClaimedJob::lease).filter(lease -> !lease.id().equals(id)).toList());
        return claimed.stream().filter(job -> job.lease().id().equals(id)).findFirst().orElseThrow();
    }
}
