package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.job.JobId;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.Waking;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a poller does with jobs that it has claimed and cannot start. */
class PollerTest {

    private final Workers workers = new Workers();
    private final StoreHealth health = new StoreHealth(LoggerFactory.getLogger(PollerTest.class));
    private final Attempts attempts = new Attempts();
    private final Handlers handlers = new Handlers(Map.of(KIND, job -> JobResult.completed()));
    private final DeadLetterAlerts alerts = Workers.silentAlerts(workers.store, health);
    private final AttemptCounts counts = new AttemptCounts(workers.store, health);
    private final Upkeep upkeep = new Upkeep(workers.store, health, alerts, counts, Waking.POLL);
    private final Finisher finisher = new Finisher("croft-finish", workers.store, health, attempts, upkeep,
            alerts, counts);

    private Poller poller(Executor threads) {
        Poller poller = new Poller("test", Workers.settings().withSlots(5),
                new Poller.Shared(workers.store, health, handlers, new UnhandledKinds(), attempts,
                        new Runner(attempts, finisher, finisher, new Timeouts(Duration.ZERO, finisher)),
                        new ProgressReports(workers.store, health), finisher, upkeep, threads));
        upkeep.serve(poller);
        return poller;
    }

    @AfterEach
    void close() throws InterruptedException {
        finisher.stop();
        upkeep.stop();
        finisher.join(TimeUnit.SECONDS.toNanos(30));
        upkeep.join(TimeUnit.SECONDS.toNanos(30));
        workers.close();
    }

    @Test
    void handlerThatCannotBeStarted_losesNeitherItsJobNorItsSlot() throws InterruptedException {
        workers.unlimited("test");
        AtomicInteger started = new AtomicInteger();
        Poller poller = poller(task -> {
            switch (started.incrementAndGet()) {
                case 2 -> throw new RejectedExecutionException("no");
                case 4 -> throw new OutOfMemoryError("unable to create a thread, not really");
                default -> Thread.ofVirtual().start(task);
            }
        });
        List<JobId> ids = workers.jobs
                .enqueue(ORG, Stream.generate(() -> JobRequest.of(KIND, "{}")).limit(20).toList()).stream()
                .map(JobReceipt::id).toList();

        finisher.start();
        upkeep.start();
        poller.start();

        ids.forEach(id -> assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(1));
        assertThat(started).hasValue(22);
        assertThat(workers.store.calls("release")).isEqualTo(2);
        Workers.eventually("no attempt is left", () -> attempts.size() == 0);
        poller.stop();
        poller.join(TimeUnit.SECONDS.toNanos(30));
    }
}
