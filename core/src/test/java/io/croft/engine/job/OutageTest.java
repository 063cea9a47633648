package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.StoreUnavailableException;
import io.croft.job.JobId;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The store goes away and comes back: nothing is lost, and workers return by themselves. */
class OutageTest {

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    @Test
    void storeAwayWhileHandlersRun_losesNoCompletion() throws InterruptedException {
        int count = 50;
        workers.unlimited("test");
        CountDownLatch started = new CountDownLatch(count);
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(Workers.settings().withSlots(count), Map.of(KIND, job -> {
            runs.incrementAndGet();
            started.countDown();
            Workers.await(end);
            return JobResult.completed();
        }));
        List<JobId> ids = Stream.generate(() -> enqueue(engine)).limit(count).toList();
        Workers.await(started);

        workers.store.goAway();
        end.countDown();
        long before = workers.store.calls("finish");
        Workers.eventually("the finisher has tried in vain", () -> workers.store.calls("finish") >= before + 2);
        workers.store.comeBack();

        ids.forEach(id -> assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(1));
        assertThat(runs).hasValue(count);
    }

    @Test
    void storeAwayAndBack_workersReturn() {
        JobEngine engine = workers.start(job -> JobResult.completed());
        workers.await(enqueue(engine), JobState.COMPLETED);

        workers.store.goAway();
        assertThatThrownBy(() -> enqueue(engine)).isInstanceOf(StoreUnavailableException.class);
        long claims = workers.store.calls("claim");
        long rounds = workers.store.calls("maintain");
        Workers.eventually("pollers and upkeep have tried in vain", () -> workers.store.calls("claim") >= claims + 2
                && workers.store.calls("maintain") >= rounds + 2);
        workers.store.comeBack();

        workers.await(enqueue(engine), JobState.COMPLETED);
    }

    @Test
    void storeAway_isAskedLessAndLess() {
        workers.start(job -> JobResult.completed());
        workers.store.goAway();
        long before = workers.store.calls("claim");
        long start = System.nanoTime();

        Workers.eventually("four more claims", () -> workers.store.calls("claim") >= before + 5);

        // waits of at least 50, 100 and 200 ms lie between the second and the fifth
        assertThat(System.nanoTime() - start).isGreaterThan(350_000_000L);
    }

    @Test
    void storeThatComesAndGoes_losesNothing() {
        int count = 300;
        workers.unlimited("test");
        Set<JobId> ran = ConcurrentHashMap.newKeySet();
        AtomicInteger calls = new AtomicInteger();
        workers.store.watch((method, argument) -> {
            // A signal never fails; it is lost.
            if (!method.startsWith("enqueue") && !method.equals("signal") && calls.incrementAndGet() % 3 == 0) {
                throw new StoreUnavailableException("every third call");
            }
        });
        JobEngine engine = workers.start(Workers.settings().withSlots(100), Map.of(KIND, job -> {
            ran.add(job.id());
            return JobResult.completed();
        }));

        List<JobId> ids = engine.queue()
                .enqueueAll(CONTEXT, Stream.generate(() -> JobRequest.of(KIND, "{}")).limit(count).toList()).stream()
                .map(JobReceipt::id).toList();

        ids.forEach(id -> assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(1));
        assertThat(ran).hasSize(count);
    }

    @Test
    void lostAnswerToAFinish_isAskedAgainAndCountsOnce() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(job -> {
            runs.incrementAndGet();
            return JobResult.completed("1");
        });
        workers.store.loseNextAnswer();

        JobId id = enqueue(engine);

        Workers.eventually("the finish was repeated", () -> workers.store.finishes().size() == 2);
        assertThat(workers.store.finishes())
                .allSatisfy(finished -> assertThat(finished.answers()).containsExactly(true));
        assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(1);
        assertThat(runs).hasValue(1);
    }

    @Test
    void anythingUnexpectedFromTheStore_isOutlived() {
        AtomicInteger calls = new AtomicInteger();
        workers.store.watch((method, argument) -> {
            if (!method.startsWith("enqueue") && !method.equals("registerQueue") && !method.equals("signal")
                    && calls.incrementAndGet() < 12) {
                if (calls.get() % 2 == 0) {
                    throw new AssertionError("a bug in " + method);
                }
                throw new IllegalStateException("a bug in " + method);
            }
        });
        JobEngine engine = workers.start(job -> JobResult.completed());

        JobId id = enqueue(engine);

        workers.await(id, JobState.COMPLETED);
        assertThat(Workers.threads()).hasSize(10);
    }

    @Test
    void storeAwayAtStart_startsNothing() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, job -> JobResult.completed()));
        workers.store.goAway();

        assertThatThrownBy(engine::start).isInstanceOf(StoreUnavailableException.class);

        assertThat(Workers.threads()).isEmpty();
    }
}
