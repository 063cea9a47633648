package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.Waking;
import io.croft.job.WorkerSettings;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Signal;
import io.croft.spi.contract.Await;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What processes tell each other, and what they do about it. */
class SignalsTest {

    /** Half of it is the soonest that a poller looks by itself. */
    private static final Duration SELDOM = Duration.ofMinutes(1);

    private final Workers workers = new Workers();
    private final Queue<Signal> told = new ConcurrentLinkedQueue<>();
    private final CountDownLatch polled = new CountDownLatch(1);
    private final AtomicInteger rounds = new AtomicInteger();

    @BeforeEach
    void keepSignals() {
        workers.store.watch((method, argument) -> {
            if (method.equals("signal")) {
                told.add((Signal) argument);
            } else if (method.equals("claim")) {
                polled.countDown();
            } else if (method.equals("maintain")) {
                rounds.incrementAndGet();
            }
        });
    }

    @AfterEach
    void close() {
        workers.close();
    }

    private static WorkerSettings seldom() {
        return Workers.settings().withPoll(SELDOM, SELDOM);
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void jobEnqueuedElsewhere_startsLongBeforeThePoll() throws InterruptedException {
        workers.start(seldom(), Map.of(KIND, job -> JobResult.completed()));
        JobEngine other = workers.start(Map.of());
        Workers.await(polled);

        for (int i = 0; i < 4; i++) { // four polls would take two minutes
            workers.await(enqueue(other), JobState.COMPLETED);
        }

        assertThat(told).containsOnly(new Signal.Enqueued("test")).hasSize(4);
    }

    @Test
    @Timeout(value = 25, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void jobInALaneThatAnothersRoundIsAt_startsWhenThatHasEnded() throws InterruptedException {
        JobEngine engine = workers.start(seldom(), Map.of(KIND, job -> JobResult.completed()));
        Workers.await(polled);
        workers.store.hold(true);
        JobId id = enqueue(engine);
        int since = rounds.get();
        Await.until("rounds were made in vain", () -> rounds.get() > since + 2);

        workers.store.hold(false);

        workers.await(id, JobState.COMPLETED);
    }

    @Test
    void whatFindsFreeSlotsHere_isNotTold() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(2);
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobEngine engine = workers.start(Workers.settings().withSlots(2), Map.of(KIND, job -> {
            started.countDown();
            Workers.await(mayEnd);
            return JobResult.completed();
        }));

        enqueue(engine);
        enqueue(engine);
        Workers.await(started);
        assertThat(told).isEmpty();

        enqueue(engine);
        assertThat(told).containsExactly(new Signal.Enqueued("test"));
        engine.queue().enqueueAll(CONTEXT, List.of(JobRequest.of(KIND, "{}"),
                JobRequest.of(JobKind.of("test.other", "elsewhere"), "{}")));
        assertThat(told).containsExactlyInAnyOrder(new Signal.Enqueued("test"), new Signal.Enqueued("test"),
                new Signal.Enqueued("elsewhere"));
        mayEnd.countDown();
    }

    @Test
    void whatIsForLater_isNotTold() {
        JobEngine engine = workers.start(Map.of());
        Duration hour = Duration.ofHours(1);
        JobRequest request = JobRequest.of(KIND, "{}");

        engine.queue().enqueueAll(CONTEXT, List.of(request.withRunAt(Instant.now().plus(hour)),
                request.withDelay(hour), request.withKey(JobKey.of("quiet").debouncing(hour, hour))));
        assertThat(told).isEmpty();

        engine.queue().enqueue(CONTEXT, request.withRunAt(Instant.now().minus(hour)));
        assertThat(told).containsExactly(new Signal.Enqueued("test"));
    }

    @Test
    void duplicates_areToldWhereTheyLetAJobRunNow() {
        JobEngine engine = workers.start(Map.of());
        JobRequest request = JobRequest.of(KIND, "{}").withKey(JobKey.of("stable").replacing());
        engine.queue().enqueue(CONTEXT, request.withDelay(Duration.ofHours(1)));
        assertThat(told).isEmpty();

        engine.queue().enqueue(CONTEXT, request);
        assertThat(told).containsExactly(new Signal.Enqueued("test"));

        engine.queue().enqueue(CONTEXT, request.withKey("stable"));
        assertThat(told).as("one that changes nothing").hasSize(1);
    }

    /** When it commits is not known to whoever enqueues. */
    @Test
    void whatIsEnqueuedInATransaction_isToldOnceItIsFound() throws SQLException {
        JobEngine engine = workers.start(Map.of());
        Connection transaction = workers.store.transaction();

        engine.queue().in(transaction).enqueue(CONTEXT, JobRequest.of(KIND, "{}"));
        assertThat(told).isEmpty();
        transaction.commit();

        tells(1);
    }

    /** This is told for the so manieth time. */
    private void tells(int times) {
        Workers.eventually("signal " + times, () -> told.size() >= times);
        assertThat(told).hasSize(times).containsOnly(new Signal.Enqueued("test"));
    }

    @Test
    void whatBecomesReadyByItself_isTold() {
        JobEngine engine = workers.start(Map.of());
        workers.unlimited("test");
        JobId first = enqueue(engine);
        tells(1);
        engine.queue().enqueue(CONTEXT, JobRequest.of(KIND, "{}").withAfter(After.success(first)));
        end(new Outcome.Completed(Optional.empty()));
        tells(2);

        JobId second = end(new Outcome.Failed(Optional.empty(), "E", "m", ""));
        engine.queue().admin().redrive(CONTEXT, List.of(second));
        tells(3);

        end(new Outcome.Completed(Optional.empty()));
        engine.queue().enqueue(CONTEXT, JobRequest.of(KIND, "{}").withDelay(Duration.ofHours(1)));
        workers.pass(Duration.ofHours(2));
        tells(4);
    }

    /** Claims the only job there is and ends it, past all engines. */
    private JobId end(Outcome outcome) {
        JobLease lease = workers.jobs.claim("test", 2, "test", Duration.ofMinutes(5)).getFirst().lease();
        assertThat(workers.jobs.finish(List.of(new Completion(lease, outcome)))).containsExactly(true);
        return lease.id();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatBecomesReadyByItself_isNotToldWhereItFindsFreeSlots() throws InterruptedException {
        workers.start(seldom(), Map.of(KIND, job -> JobResult.completed()));
        Workers.await(polled);

        for (int i = 0; i < 4; i++) { // four polls would take two minutes
            JobId id = workers.jobs.enqueue(ORG, List.of(JobRequest.of(KIND, "{}").withDelay(Duration.ofMinutes(1))))
                    .getFirst().id();
            workers.pass(Duration.ofMinutes(1));
            workers.await(id, JobState.COMPLETED);
        }

        assertThat(told).isEmpty();
    }

    /** The lease is long, and so its heartbeats are far between. */
    @Test
    void jobCancelledElsewhere_isEndedLongBeforeItsHeartbeat() throws InterruptedException {
        JobKind patient = KIND.withLease(Duration.ofHours(1));
        CountDownLatch started = new CountDownLatch(1);
        workers.start(Map.of(patient, job -> {
            started.countDown();
            new CountDownLatch(1).await();
            return JobResult.completed();
        }));
        JobEngine other = workers.start(Map.of());
        JobId id = enqueue(other, patient);
        Workers.await(started);

        other.queue().admin().cancel(CONTEXT, List.of(id), "sold");

        assertThat(workers.await(id, JobState.CANCELLED).note()).contains("sold");
        assertThat(told).contains(new Signal.Cancelled());
    }

    @Test
    void jobCancelledHere_isNotTold() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        JobEngine engine = workers.start(job -> {
            started.countDown();
            new CountDownLatch(1).await();
            return JobResult.completed();
        });
        JobId id = enqueue(engine);
        Workers.await(started);

        engine.queue().admin().cancel(CONTEXT, List.of(id), "sold");

        workers.await(id, JobState.CANCELLED);
        assertThat(told).isEmpty();
    }

    @Test
    void processThatPolls_neitherTellsNorListens() {
        WorkerSettings polling = Workers.settings().withWaking(Waking.POLL);
        JobEngine asking = workers.start(polling, Map.of());
        JobId first = enqueue(asking);
        assertThat(told).isEmpty();
        workers.start(polling, Map.of(KIND, job -> JobResult.completed()));

        workers.await(first, JobState.COMPLETED);
        workers.await(enqueue(asking), JobState.COMPLETED);

        assertThat(told).isEmpty();
    }
}
