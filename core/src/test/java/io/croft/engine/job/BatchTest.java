package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.job.BatchedHandler;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.JobTimeoutException;
import io.croft.job.LaneLimits;
import io.croft.job.RetryPolicy;
import io.croft.job.WorkerSettings;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handlers that are called once for several jobs. */
class BatchTest {

    /** One attempt. */
    private static final JobKind ONCE = KIND.withRetry(RetryPolicy.attempts(1));
    private static final OrgId OTHER = OrgId.named("another school");

    private final Workers workers = new Workers();

    @BeforeEach
    void prepare() {
        workers.unlimited("test");
    }

    @AfterEach
    void close() {
        workers.close();
    }

    private static WorkerSettings slots(int slots) {
        return Workers.settings().withSlots(slots);
    }

    private static Map<JobId, JobResult> all(List<JobContext> jobs, JobResult result) {
        return jobs.stream().collect(Collectors.toMap(JobContext::id, job -> result));
    }

    private List<JobId> enqueueAll(JobEngine engine, OrgId org, JobKind kind, int count) {
        return engine.queue().enqueueAll(TenantContext.of(org, CONTEXT.actor()),
                Collections.nCopies(count, JobRequest.of(kind, "{}"))).stream().map(JobReceipt::id).toList();
    }

    @Test
    void batches_areFullAndOfOneKindAndOrganisation() {
        workers.create(OTHER);
        workers.jobs.setLimits(OTHER, "test", LaneLimits.maxRunning(100));
        JobKind second = JobKind.of("test.second", "test");
        Queue<List<JobContext>> calls = new ConcurrentLinkedQueue<>();
        JobHandler handler = JobHandler.batched(10, jobs -> {
            calls.add(List.copyOf(jobs));
            return all(jobs, JobResult.completed());
        });
        JobEngine engine = workers.engine(slots(100), Map.of(KIND, handler, second, handler));
        List<JobId> ids = new ArrayList<>(enqueueAll(engine, ORG, KIND, 20));
        ids.addAll(enqueueAll(engine, ORG, second, 5));
        List<JobId> others = enqueueAll(engine, OTHER, KIND, 10);

        engine.start();

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        others.forEach(id -> Workers.eventually("theirs are done",
                () -> workers.jobs.find(OTHER, id).orElseThrow().state() == JobState.COMPLETED));
        assertThat(calls).extracting(List::size).containsExactlyInAnyOrder(10, 10, 5, 10);
        assertThat(calls).allSatisfy(jobs -> {
            assertThat(jobs).extracting(job -> job.tenant().org()).containsOnly(jobs.getFirst().tenant().org());
            assertThat(jobs).extracting(JobContext::kind).containsOnly(jobs.getFirst().kind());
        });
        assertThat(calls.stream().flatMap(List::stream).map(JobContext::id).toList()).doesNotHaveDuplicates()
                .hasSize(35);
    }

    @Test
    void eachJob_endsAsTheHandlerSays() {
        Map<JobId, Integer> numbers = new HashMap<>();
        JobHandler handler = JobHandler.batched(10, jobs -> {
            Map<JobId, JobResult> results = new HashMap<>();
            for (JobContext job : jobs) {
                switch (numbers.getOrDefault(job.id(), -1)) {
                    case 0 -> results.put(job.id(), JobResult.completed("\"done\""));
                    case 1 -> results.put(job.id(), JobResult.cancel("no horse"));
                    case 2 -> results.put(job.id(), JobResult.snooze(Duration.ofDays(1)));
                    case 3 -> putNull(results, job.id());
                    case 4 -> {
                        Connection transaction = workers.store.transaction();
                        job.completeIn(transaction, Optional.of("\"committed\""));
                        transaction.commit();
                        results.put(job.id(), JobResult.completed());
                    }
                    default -> results.put(new JobId(Long.MAX_VALUE), JobResult.completed()); // of no job of the batch
                }
            }
            return results;
        });
        JobEngine engine = workers.engine(slots(10), Map.of(ONCE, handler));
        List<JobId> ids = enqueueAll(engine, ORG, ONCE, 6);
        for (int i = 0; i < ids.size(); i++) {
            numbers.put(ids.get(i), i);
        }

        engine.start();

        assertThat(workers.await(ids.get(0), JobState.COMPLETED).result()).contains("\"done\"");
        assertThat(workers.await(ids.get(1), JobState.CANCELLED).note()).contains("no horse");
        assertThat(workers.await(ids.get(2), JobState.SCHEDULED).attempts()).isZero();
        for (int missing : List.of(3, 5)) {
            assertThat(workers.await(ids.get(missing), JobState.DEAD).error().orElseThrow().message())
                    .contains("gave no result for job " + ids.get(missing));
        }
        assertThat(workers.await(ids.get(4), JobState.COMPLETED).result()).contains("\"committed\"");
    }

    @SuppressWarnings("NullAway")
    private static void putNull(Map<JobId, JobResult> results, JobId id) {
        results.put(id, null);
    }

    @Test
    void thrown_failsAllAndRepeatsThem() {
        AtomicInteger calls = new AtomicInteger();
        JobEngine engine = workers.engine(slots(10), Map.of(KIND, JobHandler.batched(10, jobs -> {
            if (calls.incrementAndGet() == 1) {
                throw new IOException("no saddle");
            }
            return all(jobs, JobResult.completed());
        })));
        List<JobId> ids = enqueueAll(engine, ORG, KIND, 4);

        engine.start();

        ids.forEach(id -> assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(2));
        ids.forEach(id -> assertThat(workers.job(id).error().orElseThrow().message()).contains("no saddle"));
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_failsAll() {
        JobEngine engine = workers.engine(slots(10), Map.of(ONCE, JobHandler.batched(10, jobs -> null)));
        List<JobId> ids = enqueueAll(engine, ORG, ONCE, 3);

        engine.start();

        ids.forEach(id -> assertThat(workers.await(id, JobState.DEAD).error().orElseThrow().message())
                .contains("the batch handler returned null"));
    }

    @Test
    void jobsOfABatch_takeASlotEach() throws InterruptedException {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger peak = new AtomicInteger();
        CountDownLatch full = new CountDownLatch(5);
        Semaphore mayEnd = new Semaphore(0);
        JobEngine engine = workers.engine(slots(5), Map.of(KIND, JobHandler.batched(3, jobs -> {
            peak.accumulateAndGet(running.addAndGet(jobs.size()), Math::max);
            jobs.forEach(job -> full.countDown());
            mayEnd.acquire();
            running.addAndGet(-jobs.size());
            return all(jobs, JobResult.completed());
        }), JobKind.of("test.plain", "test"), job -> {
            peak.accumulateAndGet(running.incrementAndGet(), Math::max);
            running.decrementAndGet();
            return JobResult.completed();
        }));
        List<JobId> ids = new ArrayList<>(enqueueAll(engine, ORG, KIND, 20));
        ids.addAll(enqueueAll(engine, ORG, JobKind.of("test.plain", "test"), 20));

        engine.start();
        Workers.await(full);
        assertThat(engine.queue().admin().workers().running()).isEqualTo(5);
        mayEnd.release(100);

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        assertThat(peak).hasValue(5);
    }

    @Test
    void batchThatLingers_takesWhatComesMeanwhile() {
        Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
        JobEngine engine = workers.start(slots(10), Map.of(KIND, JobHandler.batched(3, jobs -> {
            sizes.add(jobs.size());
            return all(jobs, JobResult.completed());
        }).withLinger(BatchedHandler.MAX_LINGER)));
        List<JobId> ids = new ArrayList<>(enqueueAll(engine, ORG, KIND, 2));
        ids.forEach(id -> workers.await(id, JobState.RUNNING));

        ids.add(enqueue(engine));

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        assertThat(sizes).containsExactly(3);
    }

    @Test
    void batchThatIsNotFull_isCalledWhenItsLingerIsOver() {
        Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
        JobEngine engine = workers.engine(slots(10), Map.of(KIND, JobHandler.batched(3, jobs -> {
            sizes.add(jobs.size());
            return all(jobs, JobResult.completed());
        }).withLinger(Duration.ofMillis(30))));
        List<JobId> ids = enqueueAll(engine, ORG, KIND, 2);

        engine.start();

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        assertThat(sizes).containsExactly(2);
    }

    /** Nothing more could join them. */
    @Test
    void batchThatLingers_isCalledWhenNoSlotIsLeft() {
        JobEngine engine = workers.engine(slots(2), Map.of(KIND,
                JobHandler.batched(3, jobs -> all(jobs, JobResult.completed("\"" + jobs.size() + "\"")))
                        .withLinger(BatchedHandler.MAX_LINGER)));
        List<JobId> ids = enqueueAll(engine, ORG, KIND, 8);

        engine.start();

        ids.forEach(id -> assertThat(workers.await(id, JobState.COMPLETED).result()).contains("\"2\""));
    }

    @Test
    void stop_givesBackABatchThatLingers() {
        AtomicInteger calls = new AtomicInteger();
        JobEngine engine = workers.start(slots(10), Map.of(KIND, JobHandler.batched(3, jobs -> {
            calls.incrementAndGet();
            return all(jobs, JobResult.completed());
        }).withLinger(BatchedHandler.MAX_LINGER)));
        List<JobId> ids = enqueueAll(engine, ORG, KIND, 2);
        ids.forEach(id -> workers.await(id, JobState.RUNNING));

        engine.close();

        ids.forEach(id -> {
            assertThat(workers.job(id).state()).isEqualTo(JobState.READY);
            assertThat(workers.job(id).attempts()).isZero();
        });
        assertThat(calls).hasValue(0);
        assertThat(engine.queue().admin().workers().running()).isZero();
    }

    @Test
    void stop_givesBackABatchThatRuns() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        JobEngine engine = workers.engine(slots(10).withStopDeadline(Duration.ZERO), Map.of(KIND,
                JobHandler.batched(3, jobs -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                    return all(jobs, JobResult.completed());
                })));
        List<JobId> ids = enqueueAll(engine, ORG, KIND, 3);
        engine.start();
        Workers.await(started);

        engine.close();

        ids.forEach(id -> {
            assertThat(workers.job(id).state()).isEqualTo(JobState.READY);
            assertThat(workers.job(id).attempts()).isZero();
        });
    }

    @Test
    void oneCancelledJob_doesNotInterruptTheOthers() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Set<JobId> told = new HashSet<>();
        JobEngine engine = workers.engine(slots(10), Map.of(KIND, JobHandler.batched(3, jobs -> {
            started.countDown();
            Workers.eventually("the test has cancelled one", () -> cancelled.getCount() == 0);
            interrupted.set(Thread.currentThread().isInterrupted());
            Map<JobId, JobResult> results = new HashMap<>();
            for (JobContext job : jobs) {
                if (job.isCancelled()) {
                    told.add(job.id());
                } else {
                    results.put(job.id(), JobResult.completed());
                }
            }
            return results;
        })));
        List<JobId> ids = enqueueAll(engine, ORG, KIND, 3);
        engine.start();
        Workers.await(started);

        engine.queue().admin().cancel(CONTEXT, ids.subList(1, 2), "sold");
        cancelled.countDown();

        workers.await(ids.get(0), JobState.COMPLETED);
        assertThat(workers.await(ids.get(1), JobState.CANCELLED).note()).contains("sold");
        workers.await(ids.get(2), JobState.COMPLETED);
        assertThat(interrupted).isFalse();
        assertThat(told).containsExactly(ids.get(1));
    }

    @Test
    void allCancelled_areInterrupted() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        JobEngine engine = workers.engine(slots(10), Map.of(KIND, JobHandler.batched(3, jobs -> {
            started.countDown();
            new CountDownLatch(1).await();
            return all(jobs, JobResult.completed());
        })));
        List<JobId> ids = enqueueAll(engine, ORG, KIND, 3);
        engine.start();
        Workers.await(started);

        engine.queue().admin().cancel(CONTEXT, ids.subList(0, 1), "sold");
        engine.queue().admin().cancel(CONTEXT, ids.subList(1, 3), "sold as well");

        assertThat(workers.await(ids.get(0), JobState.CANCELLED).note()).contains("sold");
        ids.subList(1, 3)
                .forEach(id -> assertThat(workers.await(id, JobState.CANCELLED).note()).contains("sold as well"));
    }

    @Test
    void timeout_isThatOfTheCall() {
        JobKind brief = ONCE.withTimeout(Duration.ofMillis(20));
        JobEngine engine = workers.engine(slots(10), Map.of(brief, JobHandler.batched(3, jobs -> {
            new CountDownLatch(1).await();
            return all(jobs, JobResult.completed());
        })));
        List<JobId> ids = enqueueAll(engine, ORG, brief, 3);

        engine.start();

        ids.forEach(id -> assertThat(workers.await(id, JobState.DEAD).error().orElseThrow().type())
                .isEqualTo(JobTimeoutException.class.getName()));
        assertThat(engine.queue().admin().workers().timedOut()).isEqualTo(1);
    }

    @Test
    void batchThatHangs_losesItsJobsAndKeepsTheirSlots() {
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobKind brief = ONCE.withTimeout(Duration.ofMillis(20));
        JobKind plain = JobKind.of("test.plain", "test");
        JobEngine engine = workers.engine(slots(3).withTimeoutGrace(Duration.ZERO), Map.of(brief,
                JobHandler.batched(3, jobs -> {
                    Workers.eventually("the test lets it end", () -> mayEnd.getCount() == 0);
                    return all(jobs, JobResult.completed());
                }), plain, job -> JobResult.completed()));
        List<JobId> ids = enqueueAll(engine, ORG, brief, 3);
        engine.start();
        ids.forEach(id -> assertThat(workers.await(id, JobState.DEAD).error().orElseThrow().message())
                .contains("did not end within PT0S"));

        JobId next = enqueue(engine, plain);
        long rounds = workers.store.calls("maintain");
        Workers.eventually("some time has gone by", () -> workers.store.calls("maintain") > rounds + 3);

        assertThat(workers.job(next).state()).isEqualTo(JobState.READY);
        assertThat(engine.queue().admin().workers().hung()).isEqualTo(1);
        mayEnd.countDown();
        workers.await(next, JobState.COMPLETED);
    }

    @Test
    void tenThousandJobs_areEachCalledOnce() {
        Queue<JobId> called = new ConcurrentLinkedQueue<>();
        JobEngine engine = workers.engine(slots(200), Map.of(KIND, JobHandler.batched(32, jobs -> {
            jobs.forEach(job -> called.add(job.id()));
            return all(jobs, JobResult.completed());
        }).withLinger(Duration.ofMillis(1))));
        List<JobId> ids = enqueueAll(engine, ORG, KIND, 10_000);

        engine.start();

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        assertThat(called).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void settings_haveTheirLimits() {
        assertThatThrownBy(() -> JobHandler.batched(0, jobs -> Map.of())).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("a batch of 0 jobs");
        assertThatThrownBy(() -> JobHandler.batched(1001, jobs -> Map.of())).isInstanceOf(InvalidInputException.class);
        BatchedHandler greatest = JobHandler.batched(1000, jobs -> Map.of());
        for (Duration linger : List.of(Duration.ofMillis(-1), BatchedHandler.MAX_LINGER.plusNanos(1))) {
            assertThatThrownBy(() -> greatest.withLinger(linger)).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("lingers");
        }
    }

    @Test
    void batchHandler_canBeCalledForOneJob() throws Exception {
        workers.jobs.enqueue(ORG, List.of(JobRequest.of(KIND, "{}")));
        workers.jobs.maintain(10);
        JobContext job = Stream.of(workers.jobs.claim("test", 1, "test", Duration.ofMinutes(1)).getFirst())
                .map(claimed -> new Attempt(workers.store, claimed, KIND, "test", said -> {
                })).findFirst().orElseThrow();

        assertThat(JobHandler.batched(5, jobs -> all(jobs, JobResult.completed("1"))).handle(job))
                .isEqualTo(JobResult.completed("1"));
        assertThatThrownBy(() -> JobHandler.batched(5, jobs -> Map.of()).handle(job))
                .isInstanceOf(NullPointerException.class).hasMessageContaining("no result");
    }
}
