package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.StaleLeaseException;
import io.croft.job.JobContext;
import io.croft.job.JobError;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.JobTimeoutException;
import io.croft.job.RetryPolicy;
import io.croft.job.WorkerSettings;
import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Handlers whose time is over: those that end when they are told, and those that do not. */
class TimeoutTest {

    /** One attempt, which soon has run for long enough. */
    private static final JobKind BRIEF = KIND.withRetry(RetryPolicy.attempts(1))
            .withTimeout(Duration.ofMillis(20));

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    /** Handlers that hang are soon given up. */
    private static WorkerSettings quick() {
        return Workers.settings().withTimeoutGrace(Duration.ofMillis(20));
    }

    @Test
    void handlerThatIsInterrupted_hasFailedForItsTimeout() {
        AtomicReference<JobContext> context = new AtomicReference<>();
        JobEngine engine = workers.start(Map.of(BRIEF, job -> {
            context.set(job);
            new CountDownLatch(1).await();
            return JobResult.completed();
        }));

        JobId id = enqueue(engine, BRIEF);

        JobError error = workers.await(id, JobState.DEAD).error().orElseThrow();
        assertThat(error.type()).isEqualTo(JobTimeoutException.class.getName());
        assertThat(error.message())
                .contains("ran longer than the timeout of job kind test.work, PT0.02S", "InterruptedException");
        assertThat(context.get().isCancelled()).isTrue();
        assertThat(engine.queue().admin().workers().timedOut()).isEqualTo(1);
        assertThat(engine.queue().admin().workers().hung()).isZero();
    }

    /** Also that of one that hangs. */
    @Test
    void timeout_isRetriedAsTheKindSaysOfIt() {
        RetryPolicy never = KIND.retry().neverRetrying(JobTimeoutException.class);
        JobKind waits = JobKind.of("test.waits", "test").withRetry(never).withTimeout(Duration.ofMillis(20));
        JobKind hangs = JobKind.of("test.hangs", "test").withRetry(never).withTimeout(Duration.ofMillis(20));
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobEngine engine = workers.start(quick(), Map.of(waits, job -> {
            new CountDownLatch(1).await();
            return JobResult.completed();
        }, hangs, job -> {
            Workers.eventually("it may end", () -> mayEnd.getCount() == 0);
            return JobResult.completed();
        }));

        assertThat(workers.await(enqueue(engine, waits), JobState.DEAD).attempts()).isEqualTo(1);
        assertThat(workers.await(enqueue(engine, hangs), JobState.DEAD).attempts()).isEqualTo(1);
        mayEnd.countDown();
    }

    @Test
    void resultThatComesTooLate_isDropped() {
        JobEngine engine = workers.start(Map.of(BRIEF, job -> {
            Workers.eventually("its time is over", job::isCancelled);
            return JobResult.completed("\"late\"");
        }));

        JobId id = enqueue(engine, BRIEF);

        assertThat(workers.await(id, JobState.DEAD).error().orElseThrow().type())
                .isEqualTo(JobTimeoutException.class.getName());
        assertThat(workers.job(id).result()).isEmpty();
    }

    @Test
    void whatWasCompletedInItsTransaction_counts() {
        JobEngine engine = workers.start(Map.of(BRIEF, job -> {
            Workers.eventually("its time is over", job::isCancelled);
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.of("7"));
            transaction.commit();
            return JobResult.completed();
        }));

        JobId id = enqueue(engine, BRIEF);

        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("7");
        Workers.eventually("the worker told the store", () -> !workers.store.finishes().isEmpty());
        assertThat(workers.job(id).state()).isEqualTo(JobState.COMPLETED);
    }

    /** A transaction that a handler has begun to commit is not interrupted. */
    @Test
    void completing_isNotDisturbed() {
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        AtomicReference<JobEngine> running = new AtomicReference<>();
        JobEngine engine = workers.engine(Workers.settings(), Map.of(BRIEF, job -> {
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.empty());
            Workers.eventually("its time is over", () -> running.get().queue().admin().workers().timedOut() == 1);
            interrupted.set(Thread.currentThread().isInterrupted());
            transaction.commit();
            return JobResult.completed();
        }));
        running.set(engine);
        engine.start();

        JobId id = enqueue(engine, BRIEF);

        workers.await(id, JobState.COMPLETED);
        assertThat(interrupted).hasValue(false);
    }

    @Test
    void handlersInTime_areLeftAlone() {
        JobKind ample = KIND.withTimeout(JobKind.MAX_TIMEOUT);
        AtomicInteger disturbed = new AtomicInteger();
        workers.unlimited("test");
        JobEngine engine = workers.start(Map.of(ample, job -> {
            if (job.isCancelled() || Thread.currentThread().isInterrupted()) {
                disturbed.incrementAndGet();
            }
            return JobResult.completed();
        }));

        Stream.generate(() -> enqueue(engine, ample)).limit(200).toList()
                .forEach(id -> workers.await(id, JobState.COMPLETED));

        assertThat(disturbed).hasValue(0);
        assertThat(engine.queue().admin().workers().timedOut()).isZero();
    }

    @Test
    void handlerThatHangs_losesItsJobAndKeepsItsSlot() {
        CountDownLatch mayEnd = new CountDownLatch(1);
        Queue<JobContext> contexts = new ConcurrentLinkedQueue<>();
        JobEngine engine = workers.start(quick().withSlots(1), Map.of(BRIEF, job -> {
            contexts.add(job);
            if (contexts.size() == 1) {
                Workers.eventually("the test lets it end", () -> mayEnd.getCount() == 0); // whatever interrupts it
            }
            return JobResult.completed("\"late\"");
        }));
        JobId hanging = enqueue(engine, BRIEF);
        JobError error = workers.await(hanging, JobState.DEAD).error().orElseThrow();
        assertThat(error.type()).isEqualTo(JobTimeoutException.class.getName());
        assertThat(error.message()).contains("did not end within PT0.02S");
        Workers.eventually("its failure is stored", () -> workers.store.finishes().size() == 1);

        JobId next = enqueue(engine, BRIEF.withRetry(KIND.retry()));
        long claims = workers.store.calls("claim");
        long rounds = workers.store.calls("maintain");
        Workers.eventually("some time has gone by", () -> workers.store.calls("maintain") > rounds + 3);

        assertThat(engine.queue().admin().workers().hung()).isEqualTo(1);
        JobContext context = contexts.element();
        assertThat(context.isCancelled()).isTrue();
        assertThatThrownBy(() -> context.completeIn(workers.store.transaction(), Optional.empty()))
                .isInstanceOf(StaleLeaseException.class);
        assertThat(workers.store.calls("claim")).isEqualTo(claims);
        assertThat(workers.job(next).state()).isEqualTo(JobState.READY);
        mayEnd.countDown();
        workers.await(next, JobState.COMPLETED);
        Workers.eventually("none hangs", () -> engine.queue().admin().workers().hung() == 0);
        assertThat(workers.job(hanging).state()).isEqualTo(JobState.DEAD);
    }

    @Test
    void handlerThatHangs_isFollowedByTheNextAttempt() {
        CountDownLatch mayEnd = new CountDownLatch(1);
        Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
        JobKind twice = KIND.withTimeout(Duration.ofMillis(20));
        JobEngine engine = workers.start(quick(), Map.of(twice, job -> {
            attempts.add(job.attempt());
            if (job.attempt() == 1) {
                Workers.eventually("the test lets it end", () -> mayEnd.getCount() == 0);
            }
            return JobResult.completed("\"" + job.attempt() + "\"");
        }));

        JobId id = enqueue(engine, twice);

        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("\"2\"");
        assertThat(attempts).containsExactly(1, 2);
        assertThat(engine.queue().admin().workers().hung()).isEqualTo(1);
        mayEnd.countDown();
        Workers.eventually("none hangs", () -> engine.queue().admin().workers().hung() == 0);
        assertThat(workers.job(id).result()).contains("\"2\"");
    }

    /** Its lease is prolonged until it has been given up, whatever the store does meanwhile. */
    @Test
    void givenUpWhileTheStoreIsAway_isToldWhenItIsBack() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobEngine engine = workers.start(quick(), Map.of(BRIEF, job -> {
            started.countDown();
            Workers.eventually("the test lets it end", () -> mayEnd.getCount() == 0);
            return JobResult.completed();
        }));
        JobId id = enqueue(engine, BRIEF);
        Workers.await(started);
        workers.store.goAway();
        Workers.eventually("it hangs", () -> engine.queue().admin().workers().hung() == 1);
        assertThat(workers.job(id).state()).isEqualTo(JobState.RUNNING);

        workers.store.comeBack();

        assertThat(workers.await(id, JobState.DEAD).error().orElseThrow().type())
                .isEqualTo(JobTimeoutException.class.getName());
        mayEnd.countDown();
    }

    @Test
    void stop_doesNotGiveBackWhatWasGivenUp() throws InterruptedException {
        CountDownLatch mayEnd = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        JobEngine engine = workers.start(quick().withStopDeadline(Duration.ofMillis(50)), Map.of(BRIEF, job -> {
            Workers.eventually("the test lets it end", () -> mayEnd.getCount() == 0);
            ended.countDown();
            return JobResult.completed();
        }));
        JobId id = enqueue(engine, BRIEF);
        workers.await(id, JobState.DEAD);

        engine.close();

        assertThat(workers.job(id).state()).isEqualTo(JobState.DEAD);
        assertThat(workers.store.calls("release")).isZero();
        mayEnd.countDown();
        Workers.await(ended);
    }
}
