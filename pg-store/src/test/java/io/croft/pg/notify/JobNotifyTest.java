package io.croft.pg.notify;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.job.Job;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.Waking;
import io.croft.job.WorkerSettings;
import io.croft.pg.PgStore;
import io.croft.pg.TestDatabase;
import io.croft.spi.contract.Await;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Processes that tell each other of jobs. */
class JobNotifyTest {

    /** Half of it is the soonest that a worker looks by itself. */
    private static final Duration SELDOM = Duration.ofMinutes(1);
    private static final JobKind KIND = JobKind.of("test.work", "work").withLease(Duration.ofHours(1));
    private static final String LISTENERS = "SELECT count(*) FROM pg_stat_activity "
            + "WHERE datname = current_database() AND query = 'LISTEN croft_jobs'";
    private static final String LISTENER = "SELECT coalesce(max(pid), 0) FROM pg_stat_activity "
            + "WHERE datname = current_database() AND query = 'LISTEN croft_jobs'";

    private final TestDatabase database = TestDatabase.prepared();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    @BeforeEach
    void migrate() {
        try (PgStore store = database.open()) {
            store.orgs().create(acme);
        }
    }

    private static Croft worker(PgStore store, WorkerSettings settings, JobHandler handler) {
        return Croft.builder().store(store).workers(settings).handler(KIND, handler).start();
    }

    private static WorkerSettings seldom() {
        return WorkerSettings.defaults().withPoll(SELDOM, SELDOM).withStopDeadline(Duration.ZERO);
    }

    private Job awaitEnd(Croft croft, JobId id) throws InterruptedException {
        return croft.jobs().await(acme, id, Await.LIMIT).orElseThrow();
    }

    private JobId enqueue(Croft croft) {
        return croft.jobs().enqueue(acme, JobRequest.of(KIND, "{}")).id();
    }

    @Test
    @Timeout(value = 80, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void jobOfAnotherProcess_startsLongBeforeThePoll() throws InterruptedException {
        try (Croft asking = Croft.builder().store(database.open()).start();
                Croft working = worker(database.open(), seldom(), job -> JobResult.completed("7"))) {
            Await.until("it listens", () -> database.read(LISTENERS).equals("1"));
            assertThat(awaitEnd(asking, enqueue(working)).result()).contains("7");

            for (int i = 0; i < 4; i++) { // four polls would take two minutes
                assertThat(awaitEnd(asking, enqueue(asking)).state()).isEqualTo(JobState.COMPLETED);
            }
        }
    }

    @Test
    void jobCancelledInAnotherProcess_isEndedLongBeforeItsHeartbeat() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        try (Croft asking = Croft.builder().store(database.open()).start();
                Croft working = worker(database.open(), seldom(), job -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                    return JobResult.completed();
                })) {
            Await.until("it listens", () -> database.read(LISTENERS).equals("1"));
            JobId id = enqueue(working);
            assertThat(started.await(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();

            assertThat(asking.jobs().admin().cancel(acme, List.of(id), "sold").told()).containsExactly(id);

            assertThat(awaitEnd(asking, id).state()).isEqualTo(JobState.CANCELLED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void workerThatCannotHear_looksByItself(DeafDataSource.Reason reason) throws InterruptedException {
        DeafDataSource deaf = new DeafDataSource(database.loginSource(), reason);
        try (Croft asking = Croft.builder().store(database.open()).start();
                Croft working = worker(PgStore.open(deaf.source()),
                        WorkerSettings.defaults().withPoll(Duration.ofMillis(20), Duration.ofMillis(50)),
                        job -> JobResult.completed())) {
            Await.until("it has tried", () -> deaf.tried.get() > 0);

            assertThat(awaitEnd(asking, enqueue(asking)).state()).isEqualTo(JobState.COMPLETED);

            assertThat(awaitEnd(asking, enqueue(working)).state()).isEqualTo(JobState.COMPLETED);
            assertThat(database.read(LISTENERS)).isEqualTo("0");
        }
    }

    @Test
    void processThatPolls_holdsNoConnectionToListen() throws InterruptedException {
        WorkerSettings polling = WorkerSettings.defaults().withPoll(Duration.ofMillis(20), Duration.ofMillis(50))
                .withWaking(Waking.POLL);
        try (Croft asking = Croft.builder().store(database.open()).workers(polling).start();
                Croft working = worker(database.open(), polling, job -> JobResult.completed())) {

            assertThat(awaitEnd(asking, enqueue(asking)).state()).isEqualTo(JobState.COMPLETED);
            assertThat(awaitEnd(asking, enqueue(working)).state()).isEqualTo(JobState.COMPLETED);

            assertThat(database.read(LISTENERS)).isEqualTo("0");
        }
    }

    @Test
    @Timeout(value = 80, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void connectionThatIsLost_isReplacedAndNothingStaysUnseen() throws InterruptedException {
        try (Croft asking = Croft.builder().store(database.open()).start();
                Croft working = worker(database.open(), seldom(), job -> JobResult.completed())) {
            Await.until("it listens", () -> database.read(LISTENERS).equals("1"));
            String before = database.read(LISTENER);
            assertThat(awaitEnd(asking, enqueue(working)).state()).isEqualTo(JobState.COMPLETED);

            database.execute("SELECT pg_terminate_backend(" + before + ")");
            for (int i = 0; i < 4; i++) {
                assertThat(awaitEnd(asking, enqueue(asking)).state()).isEqualTo(JobState.COMPLETED);
            }

            Await.until("another listens", () -> !Set.of(before, "0").contains(database.read(LISTENER)));
        }
    }
}
