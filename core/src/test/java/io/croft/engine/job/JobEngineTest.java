package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Role;
import io.croft.job.Job;
import io.croft.job.JobContext;
import io.croft.job.JobError;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.job.RetryPolicy;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.contract.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The life of a job in one process: what handlers get, and what becomes of what they return and throw. */
class JobEngineTest {

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    @Test
    void completed_keepsTheResult() {
        JobEngine engine = workers.start(job -> JobResult.completed("{\"pages\":3}"));

        JobId id = enqueue(engine);

        Job done = workers.await(id, JobState.COMPLETED);
        assertThat(done.result()).contains("{\"pages\":3}");
        assertThat(done.attempts()).isEqualTo(1);
        assertThat(engine.queue().find(CONTEXT, id)).contains(done);
    }

    @Test
    void context_tellsTheHandlerWhatItRuns() {
        AtomicReference<String> thread = new AtomicReference<>("none");
        AtomicReference<JobContext> seen = new AtomicReference<>();
        JobEngine engine = workers.start(job -> {
            seen.set(job);
            thread.set(Thread.currentThread().isVirtual() + " " + Thread.currentThread().getName());
            assertThat(job.isCancelled()).isFalse();
            return JobResult.completed();
        });

        JobId id = engine.queue().enqueue(CONTEXT, JobRequest.of(KIND, "{\"a\":1}")).id();

        workers.await(id, JobState.COMPLETED);
        JobContext context = seen.get();
        assertThat(context.tenant().org()).isEqualTo(ORG);
        assertThat(context.tenant().actor().id()).isEqualTo("croft-worker");
        assertThat(context.tenant().actor().role()).isEqualTo(Role.SERVICE);
        assertThat(context.tenant().requestId()).isEqualTo("job-" + id);
        assertThat(context.id()).isEqualTo(id);
        assertThat(context.kind()).isEqualTo(KIND);
        assertThat(context.payload()).isEqualTo("{\"a\":1}");
        assertThat(context.attempt()).isEqualTo(1);
        assertThat(context.maxAttempts()).isEqualTo(3);
        assertThat(context.fence()).isPositive();
        assertThat(thread.get()).isEqualTo("true croft-job-" + id);
    }

    @Test
    void thrown_isTriedAgainWithAGreaterFence() {
        Queue<Long> fences = new ConcurrentLinkedQueue<>();
        JobEngine engine = workers.start(job -> {
            fences.add(job.fence());
            if (job.attempt() < 3) {
                throw new IOException("no saddle");
            }
            return JobResult.completed();
        });

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(3);
        assertThat(List.copyOf(fences)).hasSize(3).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void thrown_threeTimesIsADeadLetterWithItsReason() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(job -> {
            runs.incrementAndGet();
            throw new IOException("no saddle", new IllegalStateException("stolen"));
        });

        JobId id = enqueue(engine);

        Job dead = workers.await(id, JobState.DEAD);
        assertThat(dead.attempts()).isEqualTo(3);
        JobError error = dead.error().orElseThrow();
        assertThat(error.type()).isEqualTo("java.io.IOException");
        assertThat(error.message()).isEqualTo("no saddle; caused by java.lang.IllegalStateException: stolen");
        assertThat(error.stackTrace())
                .startsWith("java.io.IOException: no saddle\n\tat io.croft.engine.job.JobEngineTest")
                .contains("Caused by: java.lang.IllegalStateException: stolen\n\tat ");
        assertThat(runs).hasValue(3);
        assertThat(engine.queue().admin().deadLetters(CONTEXT, Optional.empty(), 10)).containsExactly(dead);
    }

    @Test
    void redriven_runsAgainWithAllItsAttempts() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(job -> {
            if (runs.incrementAndGet() <= 5) {
                throw new IOException("no saddle");
            }
            return JobResult.completed();
        });
        JobId id = enqueue(engine);
        workers.await(id, JobState.DEAD);

        List<JobId> redriven = engine.queue().admin().redrive(CONTEXT, List.of(id));

        assertThat(redriven).containsExactly(id);
        assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(3);
        assertThat(runs).hasValue(6);
    }

    @Test
    void thrown_waitsAsItsKindSays() {
        JobKind patient = JobKind.of("test.patient", "test").withRetry(RetryPolicy.fixed(Duration.ofSeconds(7)));
        JobEngine engine = workers.start(Map.of(patient, job -> {
            throw new IOException("no saddle");
        }));
        Instant before = Instant.now();

        JobId id = enqueue(engine, patient);

        Workers.eventually("it failed once", () -> workers.job(id).error().isPresent());
        Job waiting = workers.job(id);
        assertThat(waiting.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(waiting.runAt().orElseThrow()).isBetween(before.plusSeconds(7),
                Instant.now().plusSeconds(7));
    }

    @Test
    void thrown_ofAClassThatIsNeverRetriedIsADeadLetterAtOnce() {
        JobKind strict = JobKind.of("test.strict", "test")
                .withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(9).neverRetrying(IOException.class));
        JobEngine engine = workers.start(Map.of(strict, job -> {
            throw job.attempt() == 1 ? new IllegalStateException("again") : new UncheckedIOException(new IOException());
        }));

        JobId id = enqueue(engine, strict);

        Job dead = workers.await(id, JobState.DEAD);
        assertThat(dead.attempts()).isEqualTo(2);
        assertThat(dead.error().orElseThrow().type()).isEqualTo("java.io.UncheckedIOException");
    }

    @Test
    void retryFunction_thatFailsIsReplacedByTheDefault() {
        JobKind odd = JobKind.of("test.odd", "test").withRetry(RetryPolicy.custom((attempt, failure) -> {
            throw new IllegalArgumentException("a bug");
        }));
        JobEngine engine = workers.start(Map.of(odd, job -> {
            throw new IOException("no saddle");
        }));

        JobId id = enqueue(engine, odd);

        Workers.eventually("it failed once", () -> workers.store.outcome(id).isPresent());
        assertThat(workers.store.outcome(id).orElseThrow()).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.retryAfter().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(10)));
        assertThat(workers.job(id).error().orElseThrow().message()).isEqualTo("no saddle");
    }

    @Test
    void deadlineThatHasPassed_cancelsWithoutCallingTheHandler() {
        AtomicInteger runs = new AtomicInteger();
        JobKind strange = JobKind.of("test.strange", "test");
        Instant past = Instant.now().minusSeconds(1);
        JobEngine engine = workers.start(job -> {
            runs.incrementAndGet();
            assertThat(job.deadline()).isPresent();
            assertThat(job.tags()).containsExactly("spring");
            return JobResult.completed();
        });

        JobId late = engine.queue().enqueue(CONTEXT, JobRequest.of(KIND, "{}").withDeadline(past)).id();
        JobId nobodys = engine.queue().enqueue(CONTEXT, JobRequest.of(strange, "{}").withDeadline(past)).id();
        JobId inTime = engine.queue().enqueue(CONTEXT,
                JobRequest.of(KIND, "{}").withTags("spring").withDeadline(Instant.now().plusSeconds(600))).id();

        workers.await(inTime, JobState.COMPLETED);
        for (JobId id : List.of(late, nobodys)) {
            Job cancelled = workers.await(id, JobState.CANCELLED);
            assertThat(cancelled.attempts()).isZero();
            assertThat(cancelled.note().orElseThrow()).contains(past.toString());
        }
        assertThat(runs).hasValue(1);
        assertThat(engine.queue().admin().lanes(CONTEXT)).hasEntrySatisfying("test",
                lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(0, 0)));
    }

    @Test
    void snoozed_isNotCounted() {
        AtomicInteger runs = new AtomicInteger();
        Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
        JobEngine engine = workers.start(job -> {
            attempts.add(job.attempt());
            return runs.incrementAndGet() < 6 ? JobResult.snooze(Duration.ZERO) : JobResult.completed();
        });

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(1);
        assertThat(attempts).hasSize(6).containsOnly(1);
    }

    @Test
    void snoozed_saysWhyUntilItsNextAttemptHasEnded() {
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobEngine engine = workers.start(job -> mayEnd.getCount() > 0
                ? JobResult.snooze(Duration.ofMillis(50), "the horse\u0000 rests" + "z".repeat(2_000))
                : JobResult.completed());

        JobId id = enqueue(engine);

        Await.until("it says why", () -> workers.job(id).note().isPresent());
        assertThat(workers.job(id).note().orElseThrow()).startsWith("the horse\uFFFD rests").hasSize(1024);
        mayEnd.countDown();
        assertThat(workers.await(id, JobState.COMPLETED).note()).isEmpty();
    }

    @Test
    void cancelled_endsWithItsReason() {
        JobEngine engine = workers.start(job -> JobResult.cancel("the horse\u0000 was sold"));

        JobId id = enqueue(engine);

        Job cancelled = workers.await(id, JobState.CANCELLED);
        assertThat(cancelled.note()).contains("the horse\uFFFD was sold");
        assertThat(workers.store.calls("finish")).isEqualTo(1);
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_countsAsAFailure() {
        JobEngine engine = workers.start(job -> null);

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.DEAD).error().orElseThrow().message())
                .contains("the handler returned null");
    }

    static Stream<JobHandler> throwing() {
        return Stream.of(job -> {
            throw new OutOfMemoryError("not really");
        }, job -> {
            throw new AssertionError("longer than any array can be: " + new long[Integer.MAX_VALUE].length);
        }, job -> {
            throw new AssertionError("deeper than any stack: " + deep(job.attempt()));
        }, job -> {
            throw new StackOverflowError();
        }, job -> {
            throw new NoClassDefFoundError("io/croft/Horse");
        }, job -> {
            throw new AssertionError("a horse has four legs");
        }, job -> {
            throw new SQLTransientException("later");
        }, job -> {
            throw new InterruptedException("the handler's own");
        }, job -> JobResult.completed("x".repeat(JobResult.MAX_RESULT_BYTES + 1)), job -> {
            throw new RuntimeException() {
                @Override
                public String getMessage() {
                    throw new IllegalStateException("cannot even say why");
                }
            };
        });
    }

    @ParameterizedTest
    @MethodSource("throwing")
    void anythingThrown_failsItsAttemptAndNothingElse(JobHandler handler) {
        JobKind other = JobKind.of("test.other", "test");
        JobEngine engine = workers.start(Map.of(KIND, handler, other, job -> JobResult.completed()));

        JobId failing = enqueue(engine);
        JobId fine = enqueue(engine, other);

        assertThat(workers.await(failing, JobState.DEAD).attempts()).isEqualTo(3);
        workers.await(fine, JobState.COMPLETED);
        assertThat(enqueue(engine, other)).satisfies(id -> workers.await(id, JobState.COMPLETED));
    }

    @Test
    void interruptFlag_leftByAHandlerDoesNotLoseItsResult() {
        JobEngine engine = workers.start(job -> {
            Thread.currentThread().interrupt();
            return JobResult.completed("1");
        });

        JobId id = enqueue(engine);

        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("1");
    }

    @Test
    void unknownKind_isPutOffForOthersAndReported() {
        JobKind strange = JobKind.of("test.strange", "test");
        JobEngine engine = workers.start(job -> JobResult.completed());
        Instant before = Instant.now();

        JobId id = enqueue(engine, strange);
        JobId known = enqueue(engine);

        workers.await(known, JobState.COMPLETED);
        Workers.eventually("it is put off", () -> workers.store.outcome(id).isPresent());
        Job waiting = workers.job(id);
        assertThat(waiting.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(waiting.attempts()).isZero();
        assertThat(waiting.runAt().orElseThrow()).isAfterOrEqualTo(before.plusSeconds(30));
        assertThat(workers.store.outcome(id).orElseThrow()).isInstanceOfSatisfying(Outcome.Snoozed.class,
                put -> assertThat(put.note()).startsWith("no handler for kind test.strange in worker "));
        assertThat(engine.queue().admin().unhandledKinds()).containsExactly("test.strange");
    }

    @Test
    void enqueued_startsWithoutWaitingForThePoll() throws InterruptedException {
        CountDownLatch polled = new CountDownLatch(1);
        workers.store.watch((method, argument) -> {
            if (method.equals("claim")) {
                polled.countDown();
            }
        });
        JobEngine engine = workers.start(Workers.settings().withPoll(Duration.ofMinutes(1), Duration.ofMinutes(1)),
                Map.of(KIND, job -> JobResult.completed()));
        Workers.await(polled);

        for (int i = 0; i < 20; i++) {
            workers.await(enqueue(engine), JobState.COMPLETED);
        }
    }

    @Test
    void wake_looksAtOnceForWhatCameByOtherMeans() throws InterruptedException {
        CountDownLatch polled = new CountDownLatch(1);
        workers.store.watch((method, argument) -> {
            if (method.equals("claim")) {
                polled.countDown();
            }
        });
        JobEngine engine = workers.start(Workers.settings().withPoll(Duration.ofMinutes(1), Duration.ofMinutes(1)),
                Map.of(KIND, job -> JobResult.completed()));
        Workers.await(polled);

        JobId id = workers.jobs.enqueue(ORG, List.of(JobRequest.of(KIND, "{}"))).getFirst().id();
        engine.wake(KIND.queue());

        workers.await(id, JobState.COMPLETED);
    }

    /** Fills the stack, whatever its size. */
    private static long deep(long depth) {
        return depth == Long.MAX_VALUE ? depth : deep(depth + 1) + 1;
    }

    @Test
    void start_isOnce() {
        JobEngine engine = workers.start(job -> JobResult.completed());

        assertThatThrownBy(engine::start).isInstanceOf(IllegalStateException.class).hasMessageContaining("started");
        engine.close();
        assertThatThrownBy(engine::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void start_registersTheQueuesOfTheHandlers() {
        workers.start(
                Map.of(KIND, job -> JobResult.completed(), JobKind.of("b", "second"), job -> JobResult.completed()));

        assertThat(workers.store.calls("registerQueue")).isEqualTo(2);
        assertThat(Workers.threads()).containsExactly("croft-alerts", "croft-finish", "croft-finish-slow",
                "croft-heartbeat", "croft-job-counts",
                "croft-poll-second",
                "croft-poll-test", "croft-progress", "croft-schedule", "croft-timeouts", "croft-upkeep");
    }
}
