package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobListener;
import io.croft.job.JobProgress;
import io.croft.job.JobQueue;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.JobWatch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
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

/** Watching and awaiting jobs. */
class WatchTest {

    private static final Duration LONG = Duration.ofMinutes(10);

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    /** Keeps what it is told. */
    private static final class Diary implements JobListener {
        private final Queue<JobStatus> told = new ConcurrentLinkedQueue<>();
        private final CountDownLatch gone = new CountDownLatch(1);

        @Override
        public void changed(JobStatus status) {
            told.add(status);
        }

        @Override
        public void gone() {
            gone.countDown();
        }

        void awaitState(JobState state) {
            Workers.eventually("the listener is told of " + state,
                    () -> told.stream().anyMatch(status -> status.state() == state));
        }
    }

    @Test
    void listener_isToldHowAJobGoesOn() {
        CountDownLatch mayEnd = new CountDownLatch(1);
        Diary diary = new Diary();
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, job -> {
            job.progress(0.5, "halfway");
            Workers.await(mayEnd);
            return JobResult.completed();
        }));
        JobId id = enqueue(engine);

        engine.queue().watch(CONTEXT, id, diary);
        diary.awaitState(JobState.READY);
        engine.start();
        Workers.eventually("the listener is told of the progress", () -> diary.told.stream().anyMatch(
                status -> status.progress().map(JobProgress::message).equals(Optional.of("halfway"))));
        mayEnd.countDown();
        diary.awaitState(JobState.COMPLETED);

        List<JobStatus> told = List.copyOf(diary.told);
        assertThat(told.getFirst()).isEqualTo(new JobStatus(id, JobState.READY, 0, Optional.empty()));
        assertThat(told.getLast()).isEqualTo(new JobStatus(id, JobState.COMPLETED, 1, Optional.empty()));
        assertThat(told).doesNotHaveDuplicates();
    }

    @Test
    void await_returnsWhatHasEnded() throws InterruptedException {
        JobEngine engine = workers.start(job -> switch (job.payload()) {
            case "{}" -> JobResult.completed("7");
            default -> throw new IOException("no saddle");
        });
        JobId done = enqueue(engine);
        JobId dead = engine.queue().enqueue(CONTEXT, JobRequest.of(KIND, "{\"a\":1}")).id();

        Job first = engine.queue().await(CONTEXT, done, LONG).orElseThrow();
        Job second = engine.queue().await(CONTEXT, dead, LONG).orElseThrow();

        assertThat(first.state()).isEqualTo(JobState.COMPLETED);
        assertThat(first.result()).contains("7");
        assertThat(second.state()).isEqualTo(JobState.DEAD);
        assertThat(second.error().orElseThrow().message()).contains("no saddle");
        assertThat(engine.queue().await(CONTEXT, done, LONG)).as("again").contains(first);
        assertThat(engine.queue().await(CONTEXT, done, Duration.ZERO)).contains(first);
    }

    @Test
    void await_isEmptyWhenItsTimeIsOver() throws InterruptedException {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobId id = enqueue(engine);

        assertThat(engine.queue().await(CONTEXT, id, Duration.ofMillis(1))).isEmpty();
        assertThat(engine.queue().await(CONTEXT, id, Duration.ZERO)).isEmpty();
        assertThat(engine.queue().await(CONTEXT, id, Duration.ofSeconds(-1))).isEmpty();
        assertThatThrownBy(() -> engine.queue().await(CONTEXT, id, JobQueue.MAX_AWAIT.plusNanos(1)))
                .isInstanceOf(InvalidInputException.class);
    }

    /** That another process ends the job is found by looking. */
    @Test
    void await_returnsWhatEndsElsewhere() throws InterruptedException {
        JobEngine asking = workers.engine(Workers.settings(), Map.of());
        JobId id = enqueue(asking);
        workers.start(job -> JobResult.completed("7"));

        assertThat(asking.queue().await(CONTEXT, id, LONG).orElseThrow().result()).contains("7");
    }

    @Test
    void unknownJob_isGone() throws InterruptedException {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        Diary diary = new Diary();

        engine.queue().watch(CONTEXT, new JobId(4711), diary);

        Workers.await(diary.gone);
        assertThat(diary.told).isEmpty();
        assertThat(engine.queue().await(CONTEXT, new JobId(4711), LONG)).isEmpty();
        assertThatThrownBy(() -> engine.queue().watch(TenantContext.of(Workers.NOBODY, CONTEXT.actor()),
                new JobId(4711), diary)).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void allWatches_areOneCall() throws InterruptedException {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        List<JobId> ids = Stream.generate(() -> enqueue(engine)).limit(50).toList();
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch mayAsk = new CountDownLatch(1);
        Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
        workers.store.watch((method, argument) -> {
            if (method.equals("statuses")) {
                sizes.add(((List<?>) argument).size());
                asking.countDown();
                awaitUnchecked(mayAsk);
            }
        });
        Diary diary = new Diary();
        engine.queue().watch(CONTEXT, ids.getFirst(), diary);
        Workers.await(asking);

        ids.forEach(id -> engine.queue().watch(CONTEXT, id, diary));
        mayAsk.countDown();
        Workers.eventually("all are told", () -> diary.told.size() == 51);

        assertThat(sizes.stream().limit(2)).containsExactly(1, 50);
    }

    @Test
    void listenerThatBlocksOrThrows_holdsUpNobodyElse() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        AtomicInteger thrown = new AtomicInteger();
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, job -> JobResult.completed()));
        JobId id = enqueue(engine);
        Queue<JobState> late = new ConcurrentLinkedQueue<>();
        engine.queue().watch(CONTEXT, id, status -> {
            blocked.countDown();
            awaitUnchecked(mayGoOn);
            late.add(status.state());
        });
        engine.queue().watch(CONTEXT, id, status -> {
            thrown.incrementAndGet();
            throw new StackOverflowError();
        });
        Workers.await(blocked);
        Workers.eventually("it has thrown", () -> thrown.get() == 1);

        engine.start();

        assertThat(engine.queue().await(CONTEXT, id, LONG).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        Workers.eventually("it is told again, and throws again", () -> thrown.get() >= 2);
        mayGoOn.countDown();
        Workers.eventually("it is told the last", () -> late.contains(JobState.COMPLETED));
        assertThat(late).first().isEqualTo(JobState.READY);
    }

    @Test
    void closedWatch_isToldNothing() throws InterruptedException {
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, job -> JobResult.completed()));
        JobId id = enqueue(engine);
        Diary diary = new Diary();
        JobWatch watch = engine.queue().watch(CONTEXT, id, diary);
        diary.awaitState(JobState.READY);

        watch.close();
        watch.close();

        engine.start();
        engine.queue().await(CONTEXT, id, LONG);
        assertThat(diary.told).extracting(JobStatus::state).containsExactly(JobState.READY);
    }

    @Test
    void watches_haveTheirMost() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobId id = enqueue(engine);
        Diary diary = new Diary();
        List<JobWatch> watches = new ArrayList<>();
        for (int i = 0; i < JobQueue.MAX_WATCHES; i++) {
            watches.add(engine.queue().watch(CONTEXT, id, diary));
        }

        assertThatThrownBy(() -> engine.queue().watch(CONTEXT, id, diary)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("10000 jobs are watched already");
        assertThatThrownBy(() -> engine.queue().await(CONTEXT, id, LONG)).isInstanceOf(IllegalStateException.class);

        watches.getFirst().close();
        engine.queue().watch(CONTEXT, id, diary).close();
    }

    @Test
    void storeThatIsAway_endsNoWatch() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobId id = enqueue(engine);
        AtomicInteger failures = new AtomicInteger();
        workers.store.watch((method, argument) -> {
            if (method.equals("statuses") && failures.incrementAndGet() <= 3) {
                throw new StoreUnavailableException("not now");
            }
        });
        Diary diary = new Diary();

        engine.queue().watch(CONTEXT, id, diary);

        diary.awaitState(JobState.READY);
        assertThat(failures).hasValueGreaterThan(3);
    }

    @Test
    void closedQueue_endsAllWaits() throws InterruptedException {
        JobEngine engine = workers.start(Map.of());
        JobId id = enqueue(engine);
        AtomicReference<Throwable> thrown = new AtomicReference<>(new AssertionError("nothing was thrown"));
        CountDownLatch looked = new CountDownLatch(1);
        workers.store.watch((method, argument) -> {
            if (method.equals("statuses")) {
                looked.countDown();
            }
        });
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                engine.queue().await(CONTEXT, id, LONG);
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        Workers.await(looked);

        engine.close();
        waiting.join();

        assertThat(thrown.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        assertThatThrownBy(() -> engine.queue().watch(CONTEXT, id, new Diary()))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("this queue is closed");
        assertThat(engine.queue().await(CONTEXT, id, Duration.ZERO)).isEmpty();
    }

    @Test
    void await_canBeInterrupted() throws InterruptedException {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobId id = enqueue(engine);
        CountDownLatch interrupted = new CountDownLatch(1);
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                engine.queue().await(CONTEXT, id, LONG);
            } catch (InterruptedException e) {
                interrupted.countDown();
                Thread.currentThread().interrupt();
            }
        });

        waiting.interrupt();

        Workers.await(interrupted);
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            Workers.await(latch);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
