package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.StaleLeaseException;
import io.croft.job.JobContext;
import io.croft.job.JobId;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.WorkerSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A stop: handlers get their time, and what they could not finish goes back to others at once. */
class StopTest {

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    private static WorkerSettings impatient() {
        return Workers.settings().withStopDeadline(Duration.ofMillis(100));
    }

    @Test
    void runningHandler_mayFinish() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicBoolean cancelled = new AtomicBoolean();
        JobEngine engine = workers.start(job -> {
            started.countDown();
            Workers.await(mayEnd);
            cancelled.set(job.isCancelled());
            return JobResult.completed("1");
        });
        JobId id = enqueue(engine);
        Workers.await(started);

        Thread closing = Thread.ofVirtual().start(engine::close);
        Workers.eventually("nothing is claimed any more", () -> !Workers.threads().contains("croft-poll-test"));
        JobId later = enqueue(engine);
        mayEnd.countDown();
        closing.join();

        assertThat(workers.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(workers.job(id).result()).contains("1");
        assertThat(cancelled).isFalse();
        workers.jobs.maintain(10);
        assertThat(workers.job(later).state()).isEqualTo(JobState.READY);
        assertThat(workers.job(later).attempts()).isZero();
    }

    @Test
    void pastTheDeadline_jobsGoBackAtOnceAndUncounted() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<JobContext> context = new AtomicReference<>();
        AtomicBoolean interrupted = new AtomicBoolean();
        JobEngine engine = workers.start(impatient(), Map.of(KIND, job -> {
            context.set(job);
            started.countDown();
            try {
                new CountDownLatch(1).await();
                return JobResult.completed("\"never\"");
            } catch (InterruptedException e) {
                interrupted.set(true);
                return JobResult.completed("\"dropped\"");
            } finally {
                ended.countDown();
            }
        }));
        JobId id = enqueue(engine);
        Workers.await(started);

        engine.close();

        assertThat(workers.job(id).state()).isEqualTo(JobState.READY);
        assertThat(workers.job(id).attempts()).isZero();
        Workers.await(ended);
        assertThat(interrupted).isTrue();
        assertThat(context.get().isCancelled()).isTrue();
        assertThatThrownBy(() -> context.get().completeIn(workers.store.transaction(), Optional.empty()))
                .isInstanceOf(StaleLeaseException.class);
        JobEngine other = workers.start(job -> JobResult.completed("\"other\""));
        other.wake(KIND.queue());
        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("\"other\"");
        assertThat(workers.job(id).attempts()).isEqualTo(1);
    }

    @Test
    void handlerThatIgnoresTheStop_doesNotHoldItUp() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        JobEngine engine = workers.start(impatient(), Map.of(KIND, job -> {
            started.countDown();
            Workers.eventually("the test lets it end", () -> mayEnd.getCount() == 0); // whatever interrupts it
            ended.countDown();
            return JobResult.completed("\"late\"");
        }));
        JobId id = enqueue(engine);
        Workers.await(started);

        engine.close();

        assertThat(workers.job(id).state()).isEqualTo(JobState.READY);
        assertThat(Workers.threads()).isEmpty();
        mayEnd.countDown();
        Workers.await(ended);
        assertThat(workers.job(id).state()).isEqualTo(JobState.READY);
        assertThat(workers.store.finishes()).isEmpty();
    }

    @Test
    void claimUnderWay_isGivenBack() throws InterruptedException {
        CountDownLatch claiming = new CountDownLatch(1);
        CountDownLatch mayClaim = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, job -> {
            runs.incrementAndGet();
            return JobResult.completed();
        }));
        JobId id = enqueue(engine);
        workers.jobs.maintain(10);
        workers.store.watch((method, argument) -> {
            if (method.equals("claim")) {
                claiming.countDown();
                awaitUnchecked(mayClaim);
            }
        });
        engine.start();
        Workers.await(claiming);

        Thread closing = Thread.ofVirtual().start(engine::close);
        Workers.eventually("the stop waits for the claim", () -> closing.getState() == Thread.State.TIMED_WAITING);
        mayClaim.countDown();
        closing.join();

        assertThat(workers.job(id).state()).isEqualTo(JobState.READY);
        assertThat(workers.job(id).attempts()).isZero();
        assertThat(runs).hasValue(0);
    }

    @Test
    void completionsUnderWay_areStored() throws InterruptedException {
        CountDownLatch finishing = new CountDownLatch(1);
        CountDownLatch mayFinish = new CountDownLatch(1);
        JobEngine engine = workers.start(impatient(), Map.of(KIND, job -> JobResult.completed("1")));
        workers.store.watch((method, argument) -> {
            if (method.equals("finish")) {
                finishing.countDown();
                awaitUnchecked(mayFinish);
            }
        });
        JobId id = enqueue(engine);
        Workers.await(finishing);

        Thread closing = Thread.ofVirtual().start(engine::close);
        Workers.eventually("the pollers have ended", () -> !Workers.threads().contains("croft-poll-test"));
        mayFinish.countDown();
        closing.join();

        assertThat(workers.job(id).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void interruptedStop_isQuickAndKeepsTheFlag() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean flag = new AtomicBoolean();
        JobEngine engine = workers.start(Workers.settings().withStopDeadline(Duration.ofHours(1)), Map.of(KIND, job -> {
            started.countDown();
            new CountDownLatch(1).await();
            return JobResult.completed();
        }));
        JobId id = enqueue(engine);
        Workers.await(started);
        Thread closing = Thread.ofVirtual().start(() -> {
            engine.close();
            flag.set(Thread.currentThread().isInterrupted());
        });
        Workers.eventually("the pollers have ended", () -> !Workers.threads().contains("croft-poll-test"));

        closing.interrupt();
        closing.join();

        assertThat(flag).isTrue();
        assertThat(workers.job(id).state()).isEqualTo(JobState.READY);
    }

    @Test
    void storeAway_doesNotHoldUpTheStop() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        JobEngine engine = workers.start(impatient(), Map.of(KIND, job -> {
            started.countDown();
            new CountDownLatch(1).await();
            return JobResult.completed();
        }));
        JobId id = enqueue(engine);
        Workers.await(started);
        workers.store.goAway();

        engine.close();

        assertThat(Workers.threads()).isEmpty();
        assertThat(workers.job(id).state()).isEqualTo(JobState.RUNNING);
        workers.loseLeases();
        assertThat(workers.job(id).state()).isNotEqualTo(JobState.RUNNING);
    }

    @Test
    void close_mayBeRepeatedAndComeWithoutAStart() {
        JobEngine engine = workers.start(job -> JobResult.completed());

        engine.close();
        engine.close();
        workers.engine(Workers.settings(), Map.of()).close();

        assertThat(Workers.threads()).isEmpty();
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            Workers.await(latch);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
