package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.StoreUnavailableException;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobProgress;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.spi.JobStore.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What handlers say of their progress: the last word of each, for all of them in one call. */
class ProgressTest {

    private final Workers workers = new Workers();
    private final Queue<List<Report>> reports = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        workers.close();
    }

    private void keepReports() {
        workers.store.watch((method, argument) -> note(method, argument));
    }

    private void note(String method, Object argument) {
        if (method.equals("report")) {
            List<Report> told = new ArrayList<>();
            ((List<?>) argument).forEach(report -> told.add((Report) report));
            reports.add(told);
        }
    }

    private JobProgress awaitProgress(JobId id, String message) {
        Workers.eventually("it says " + message,
                () -> workers.job(id).progress().filter(said -> said.message().equals(message)).isPresent());
        return workers.job(id).progress().orElseThrow();
    }

    @Test
    void word_isSeenWhileTheHandlerRuns() {
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobEngine engine = workers.start(job -> {
            job.progress(0.25, "saddling");
            Workers.await(mayEnd);
            return JobResult.completed();
        });

        JobId id = enqueue(engine);

        assertThat(awaitProgress(id, "saddling").fraction()).isEqualTo(0.25);
        mayEnd.countDown();
        assertThat(workers.await(id, JobState.COMPLETED).progress()).isEmpty();
    }

    @Test
    void manyWords_areOneCall() throws InterruptedException {
        CountDownLatch reporting = new CountDownLatch(1);
        CountDownLatch mayReport = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        workers.store.watch((method, argument) -> {
            note(method, argument);
            if (method.equals("report") && reporting.getCount() > 0) {
                reporting.countDown();
                awaitUnchecked(mayReport);
            }
        });
        JobEngine engine = workers.start(job -> {
            job.progress(0, "first");
            Workers.await(reporting);
            for (int i = 1; i <= 100_000; i++) {
                job.progress(i / 100_000.0, "word " + i);
            }
            mayReport.countDown();
            Workers.await(mayEnd);
            return JobResult.completed();
        });

        JobId id = enqueue(engine);

        assertThat(awaitProgress(id, "word 100000").fraction()).isEqualTo(1);
        mayEnd.countDown();
        workers.await(id, JobState.COMPLETED);
        assertThat(reports.stream().map(told -> told.getFirst().message())).containsExactly("first", "word 100000");
    }

    @Test
    void wordsOfManyHandlers_areOneCall() throws InterruptedException {
        int count = 30;
        workers.unlimited("test");
        CountDownLatch reporting = new CountDownLatch(1);
        CountDownLatch mayReport = new CountDownLatch(1);
        CountDownLatch said = new CountDownLatch(count);
        CountDownLatch mayEnd = new CountDownLatch(1);
        workers.store.watch((method, argument) -> {
            note(method, argument);
            if (method.equals("report") && reporting.getCount() > 0) {
                reporting.countDown();
                awaitUnchecked(mayReport);
            }
        });
        JobKind early = JobKind.of("test.early", "test");
        JobEngine engine = workers.start(Workers.settings().withSlots(count + 1), Map.of(early, job -> {
            job.progress(0.5, "early");
            Workers.await(mayEnd);
            return JobResult.completed();
        }, KIND, job -> {
            job.progress(0.5, "late");
            said.countDown();
            Workers.await(mayEnd);
            return JobResult.completed();
        }));
        enqueue(engine, early);
        Workers.await(reporting);

        List<JobId> ids = Stream.generate(() -> enqueue(engine)).limit(count).toList();
        Workers.await(said);
        mayReport.countDown();

        ids.forEach(id -> awaitProgress(id, "late"));
        mayEnd.countDown();
        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        assertThat(reports).extracting(List::size).containsExactly(1, count);
    }

    @Test
    void word_isKeptWhileTheStoreIsAway() {
        AtomicInteger failures = new AtomicInteger();
        CountDownLatch mayEnd = new CountDownLatch(1);
        workers.store.watch((method, argument) -> {
            if (method.equals("report") && failures.incrementAndGet() <= 2) {
                throw new StoreUnavailableException("not now");
            }
        });
        JobEngine engine = workers.start(job -> {
            job.progress(0.75, "on the way");
            Workers.await(mayEnd);
            return JobResult.completed();
        });

        JobId id = enqueue(engine);

        awaitProgress(id, "on the way");
        assertThat(failures).hasValue(3);
        mayEnd.countDown();
    }

    @Test
    void jobsOfABatch_speakEachForItself() {
        workers.unlimited("test");
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, JobHandler.batched(2, jobs -> {
            jobs.forEach(job -> job.progress(0.5, "job " + job.id()));
            Workers.await(mayEnd);
            return Map.of(jobs.get(0).id(), JobResult.completed(), jobs.get(1).id(), JobResult.completed());
        })));
        List<JobId> ids = Stream.generate(() -> enqueue(engine)).limit(2).toList();

        engine.start();

        ids.forEach(id -> awaitProgress(id, "job " + id));
        mayEnd.countDown();
        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
    }

    @Test
    void wordAfterTheEnd_isIgnored() {
        AtomicReference<JobContext> context = new AtomicReference<>();
        keepReports();
        JobEngine engine = workers.start(job -> {
            context.set(job);
            return JobResult.completed();
        });
        JobId id = enqueue(engine);
        workers.await(id, JobState.COMPLETED);
        Workers.eventually("it has ended", () -> engine.queue().admin().workers().running() == 0);

        context.get().progress(1, "late");

        long rounds = workers.store.calls("maintain");
        Workers.eventually("some time has gone by", () -> workers.store.calls("maintain") > rounds + 3);
        assertThat(reports).isEmpty();
        assertThat(workers.job(id).progress()).isEmpty();
    }

    @Test
    void progress_refusesWhatIsNoFraction() {
        for (double fraction : List.of(Double.NaN, -0.001, 1.001, Double.POSITIVE_INFINITY, -1e300)) {
            Attempt attempt = claimed();

            assertThatThrownBy(() -> attempt.progress(fraction, "")).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("outside 0 to 1");
            assertThat(attempt.lastWord()).isEmpty();
        }
    }

    @Test
    void message_isCutAndCleaned() {
        Attempt attempt = claimed();

        attempt.progress(1, "a\u0000\uD800b" + "c".repeat(1000));

        assertThat(attempt.lastWord()).contains(new Attempt.Word(1, "a\uFFFD\uFFFDb" + "c".repeat(252)));
    }

    private Attempt claimed() {
        workers.unlimited("test");
        workers.jobs.enqueue(ORG, List.of(JobRequest.of(KIND, "{}")));
        workers.jobs.maintain(10);
        return new Attempt(workers.store, workers.jobs.claim("test", 1, "test", Duration.ofMinutes(1)).getFirst(), KIND,
                "test", said -> {
                });
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            Workers.await(latch);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
