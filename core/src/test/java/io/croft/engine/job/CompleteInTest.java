package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.StaleLeaseException;
import io.croft.StoreUnavailableException;
import io.croft.job.Job;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Completing inside the handler's own transaction: the job is done if and only if that commits. */
class CompleteInTest {

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    @Test
    void committed_isDoneWithTheTransactionsResult() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(job -> {
            runs.incrementAndGet();
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.of("\"in the transaction\""));
            transaction.commit();
            return JobResult.completed("\"not kept\"");
        });

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("\"in the transaction\"");
        Workers.eventually("the worker asked what became of it", () -> workers.store.finishes().size() == 1);
        assertThat(workers.store.finishes().getFirst().answers()).containsExactly(true);
        assertThat(workers.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(workers.job(id).error()).isEmpty();
        assertThat(runs).hasValue(1);
    }

    @Test
    void notCommitted_isAFailedAttempt() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(job -> {
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.empty());
            if (runs.incrementAndGet() < 2) {
                transaction.rollback();
            } else {
                assertThat(workers.job(job.id()).error().orElseThrow().message()).contains(Runner.NOT_COMMITTED);
                transaction.commit();
            }
            return JobResult.completed();
        });

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(2);
    }

    @Test
    void refusedByTheStore_leavesTheAttemptRunning() {
        JobEngine engine = workers.start(job -> {
            try {
                job.completeIn(WatchedJobs.brokenTransaction(), Optional.of("1"));
            } catch (StoreUnavailableException e) {
                return JobResult.completed("2");
            }
            return JobResult.completed("3");
        });

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("2");
        assertThat(workers.job(id).attempts()).isEqualTo(1);
    }

    @Test
    void thrownAfterTheCommit_changesNothing() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(job -> {
            runs.incrementAndGet();
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.of("1"));
            transaction.commit();
            throw new IOException("the answer to the commit got lost");
        });

        JobId id = enqueue(engine);

        workers.await(id, JobState.COMPLETED);
        Workers.eventually("the worker told the store", () -> workers.store.finishes().size() == 1);
        assertThat(workers.job(id).result()).contains("1");
        assertThat(workers.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(runs).hasValue(1);
    }

    @Test
    void thrownBeforeTheCommit_isTriedAgain() {
        JobEngine engine = workers.start(job -> {
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.of("1"));
            if (job.attempt() == 1) {
                throw new IOException("the commit failed");
            }
            transaction.commit();
            return JobResult.completed();
        });

        JobId id = enqueue(engine);

        Job done = workers.await(id, JobState.COMPLETED);
        assertThat(done.attempts()).isEqualTo(2);
        assertThat(done.error().orElseThrow().message()).contains("the commit failed");
    }

    @Test
    void rolledBackAndSnoozed_isSnoozed() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(job -> {
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.empty());
            if (runs.incrementAndGet() == 1) {
                transaction.rollback();
                return JobResult.snooze(Duration.ZERO);
            }
            transaction.commit();
            return JobResult.completed();
        });

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(1);
    }

    @Test
    void stale_throwsAndTheNextAttemptDoesIt() throws InterruptedException {
        CountDownLatch refused = new CountDownLatch(1);
        JobHandler handler = job -> {
            Connection transaction = workers.store.transaction();
            if (job.attempt() == 1) {
                workers.loseLeases();
                assertThatThrownBy(() -> job.completeIn(transaction, Optional.of("\"late\"")))
                        .isInstanceOf(StaleLeaseException.class);
                refused.countDown();
                return JobResult.completed();
            }
            job.completeIn(transaction, Optional.of("\"in time\""));
            transaction.commit();
            return JobResult.completed();
        };
        JobEngine engine = workers.start(handler);

        JobId id = enqueue(engine);

        Workers.await(refused);
        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("\"in time\"");
        assertThat(workers.job(id).attempts()).isEqualTo(2);
    }

    /** The database makes a completion wait for the transaction that has the job's row. */
    @Test
    void transactionLeftOpen_keepsNoOtherJobWaiting() throws InterruptedException {
        JobKind forgetful = JobKind.of("test.forgetful", "test");
        CountDownLatch waiting = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        workers.store.watch((method, argument) -> {
            if (method.equals("finish") && saysNotCommitted((List<?>) argument)) {
                waiting.countDown();
                Workers.eventually("the transaction has ended", () -> ended.getCount() == 0);
            }
        });
        JobEngine engine = workers.start(Map.of(KIND, job -> JobResult.completed(), forgetful, job -> {
            job.completeIn(workers.store.transaction(), Optional.empty());
            return JobResult.completed();
        }));

        JobId forgotten = enqueue(engine, forgetful);
        Workers.await(waiting);
        JobId other = enqueue(engine);

        workers.await(other, JobState.COMPLETED);
        ended.countDown();
        workers.await(forgotten, JobState.SCHEDULED);
    }

    private static boolean saysNotCommitted(List<?> completions) {
        return completions.stream().anyMatch(one -> one instanceof Completion completion
                && completion.outcome() instanceof Outcome.Failed failed
                && failed.message().contains(Runner.NOT_COMMITTED));
    }

    @Test
    void result_isLimited() {
        JobEngine engine = workers.start(job -> {
            assertThatThrownBy(() -> job.completeIn(workers.store.transaction(),
                    Optional.of("x".repeat(JobResult.MAX_RESULT_BYTES + 1)))).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(Integer.toString(JobResult.MAX_RESULT_BYTES));
            return JobResult.completed("2");
        });

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("2");
    }
}
