package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.CancelReceipt;
import io.croft.job.Job;
import io.croft.job.JobContext;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Jobs that a person cancels while their handlers run. */
class CancelTest {

    private static final String REASON = "the horse was sold";
    private static final JobKind SHORT = KIND.withLease(Duration.ofSeconds(1));

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    private static CancelReceipt cancel(JobEngine engine, JobId... ids) {
        return engine.queue().admin().cancel(CONTEXT, List.of(ids), REASON);
    }

    private Job awaitCancelled(JobId id) {
        Job job = workers.await(id, JobState.CANCELLED);
        assertThat(job.note()).contains(REASON);
        return job;
    }

    @Test
    void handlerOfThisProcess_isInterruptedAtOnce() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        AtomicReference<JobContext> context = new AtomicReference<>();
        JobEngine engine = workers.start(job -> {
            context.set(job);
            started.countDown();
            new CountDownLatch(1).await();
            return JobResult.completed();
        });
        JobId id = enqueue(engine);
        Workers.await(started);
        assertThat(context.get().isCancelled()).isFalse();

        CancelReceipt receipt = cancel(engine, id);

        assertThat(receipt).isEqualTo(new CancelReceipt(List.of(), List.of(id), List.of()));
        assertThat(context.get().isCancelled()).isTrue();
        assertThat(awaitCancelled(id).attempts()).isEqualTo(1);
    }

    @Test
    void handlerOfAnotherProcess_isToldByItsHeartbeat() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        JobEngine engine = workers.start(Map.of(SHORT, job -> {
            started.countDown();
            new CountDownLatch(1).await();
            return JobResult.completed();
        }));
        JobEngine other = workers.start(Map.of());
        JobId id = enqueue(engine, SHORT);
        Workers.await(started);

        assertThat(cancel(other, id).told()).containsExactly(id);

        awaitCancelled(id);
    }

    @Test
    void whatWaits_isCancelledWithoutAHandler() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, job -> {
            runs.incrementAndGet();
            return JobResult.completed();
        }));
        JobId id = enqueue(engine);

        assertThat(cancel(engine, id)).isEqualTo(new CancelReceipt(List.of(id), List.of(), List.of()));

        awaitCancelled(id);
        engine.start();
        JobId next = enqueue(engine);
        workers.await(next, JobState.COMPLETED);
        assertThat(runs).hasValue(1);
    }

    @Test
    void handlerThatCompletesAllTheSame_hasDoneItsWork() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(2);
        JobKind transactional = JobKind.of("test.transactional", "test");
        JobEngine engine = workers.start(Map.of(KIND, job -> {
            started.countDown();
            Workers.eventually("it is cancelled", job::isCancelled);
            return JobResult.completed("\"done\"");
        }, transactional, job -> {
            started.countDown();
            Workers.eventually("it is cancelled", job::isCancelled);
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.of("\"committed\""));
            transaction.commit();
            return JobResult.completed();
        }));
        JobId plain = enqueue(engine);
        JobId inTransaction = enqueue(engine, transactional);
        Workers.await(started);

        assertThat(cancel(engine, plain, inTransaction).told()).containsExactlyInAnyOrder(plain, inTransaction);

        assertThat(workers.await(plain, JobState.COMPLETED).result()).contains("\"done\"");
        assertThat(workers.await(inTransaction, JobState.COMPLETED).result()).contains("\"committed\"");
    }

    @Test
    void handlerThatEndsInAnyOtherWay_isCancelledAndNotRepeated() throws InterruptedException {
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(4);
        JobEngine engine = workers.start(job -> {
            int run = runs.incrementAndGet();
            started.countDown();
            Workers.eventually("it is cancelled", job::isCancelled);
            return switch (run) {
                case 1 -> throw new IOException("no saddle");
                case 2 -> JobResult.snooze(Duration.ZERO);
                case 3 -> JobResult.cancel("by itself");
                default -> throw new StackOverflowError();
            };
        });
        List<JobId> ids = Stream.generate(() -> enqueue(engine)).limit(4).toList();
        Workers.await(started);

        engine.queue().admin().cancel(CONTEXT, ids, REASON);

        ids.forEach(this::awaitCancelled);
        assertThat(runs).hasValue(4);
    }

    @Test
    void processThatDies_doesNotBringTheJobBack() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobEngine engine = workers.start(job -> {
            started.countDown();
            Workers.await(mayEnd);
            return JobResult.completed("\"too late\"");
        });
        JobId id = enqueue(engine);
        Workers.await(started);

        workers.jobs.cancel(ORG, List.of(id), REASON);
        workers.loseLeases();

        awaitCancelled(id);
        mayEnd.countDown();
        Workers.eventually("its end was refused", () -> !workers.store.finishes().isEmpty());
        assertThat(workers.store.finishes().getFirst().answers()).containsExactly(false);
        awaitCancelled(id);
    }

    @Test
    void processThatStops_doesNotGiveTheJobBack() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        JobEngine engine = workers.start(Workers.settings().withStopDeadline(Duration.ZERO), Map.of(KIND, job -> {
            started.countDown();
            Workers.eventually("the test lets it end", () -> mayEnd.getCount() == 0);
            ended.countDown();
            return JobResult.completed();
        }));
        JobId id = enqueue(engine);
        Workers.await(started);
        cancel(engine, id);

        engine.close();

        awaitCancelled(id);
        mayEnd.countDown();
        Workers.await(ended);
    }

    @Test
    void cancelledAmongEnds_leavesNoneThatGoesOnAndDisturbsNoOther() {
        workers.unlimited("test");
        JobEngine engine = workers.start(Workers.settings().withSlots(20), Map.of(KIND, job -> {
            if (Thread.currentThread().isInterrupted() && !job.isCancelled()) {
                throw new AssertionError("interrupted for another job");
            }
            return JobResult.completed();
        }));
        List<JobId> ids = Stream.generate(() -> enqueue(engine)).limit(300).toList();

        ids.forEach(id -> cancel(engine, id));

        ids.forEach(id -> {
            Workers.eventually("job " + id + " has ended", () -> workers.job(id).state().hasEnded());
            Job job = workers.job(id);
            assertThat(job.state()).isIn(JobState.COMPLETED, JobState.CANCELLED);
            if (job.state() == JobState.CANCELLED) {
                assertThat(job.note()).contains(REASON);
            }
        });
    }

    @Test
    void cancel_refusesWhatIsNoInput() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobId id = new JobId(1);

        assertThatThrownBy(() -> engine.queue().admin().cancel(CONTEXT, List.of(), REASON))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("0 jobs to cancel");
        assertThatThrownBy(() -> engine.queue().admin().cancel(CONTEXT, Collections.nCopies(1001, id), REASON))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1001 jobs to cancel");
        assertThatThrownBy(() -> engine.queue().admin().cancel(
                TenantContext.of(Workers.NOBODY, CONTEXT.actor()), List.of(id), REASON))
                .isInstanceOf(UnknownOrgException.class);
        assertThat(cancel(engine, id)).isEqualTo(new CancelReceipt(List.of(), List.of(), List.of()));
    }

    @Test
    void reason_isCut() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobId id = enqueue(engine);

        engine.queue().admin().cancel(CONTEXT, List.of(id), "x\u0000" + "y".repeat(2000));

        assertThat(workers.job(id).note()).contains("x\uFFFD" + "y".repeat(1022));
    }
}
