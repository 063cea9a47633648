package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.ORG;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.job.Job;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.job.WorkerSettings;
import io.croft.job.WorkerStats;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Seed;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Jobs that end in every way, among timeouts and cancellations. */
class MixedEndsTest {

    private static final int JOBS = 400;
    private static final int SLOTS = 8;
    private static final JobKind SINGLE = Workers.KIND;
    private static final JobKind BATCHED = JobKind.of("test.batched", "test").withRetry(SINGLE.retry());
    private static final JobKind BRIEF =
            JobKind.of("test.brief", "test").withRetry(SINGLE.retry()).withTimeout(Duration.ofMillis(20));
    private static final JobKind TOGETHER = JobKind.of("test.together", "test");

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    /** How a job ends. */
    private enum End {
        DONE(JobState.COMPLETED, false),
        THROWN(JobState.DEAD, false),
        SNOOZED(JobState.COMPLETED, false),
        GIVEN_UP(JobState.CANCELLED, false),
        INTERRUPTED(JobState.DEAD, true),
        HANGING(JobState.DEAD, true),
        SPEAKING(JobState.COMPLETED, false);

        private final JobState last;
        /** Only because its time is over. */
        private final boolean late;

        End(JobState last, boolean late) {
            this.last = last;
            this.late = late;
        }
    }

    private static JobResult end(JobContext job, End end, Set<JobId> snoozed) throws Exception {
        return switch (end) {
            case DONE -> JobResult.completed();
            case THROWN -> throw new IOException("no saddle");
            case SNOOZED -> {
                synchronized (snoozed) {
                    yield snoozed.add(job.id()) ? JobResult.snooze(Duration.ZERO) : JobResult.completed();
                }
            }
            case GIVEN_UP -> JobResult.cancel("by itself");
            case INTERRUPTED -> {
                new CountDownLatch(1).await();
                yield JobResult.completed();
            }
            case HANGING -> {
                Await.until("its time is over", job::isCancelled, () -> Await.pass(Duration.ofMillis(1)));
                Await.pass(Duration.ofMillis(5)); // beyond the grace, whatever interrupts it
                yield JobResult.completed("\"late\"");
            }
            case SPEAKING -> {
                job.progress(0.5, "halfway");
                yield JobResult.completed();
            }
        };
    }

    private static JobHandler single(Set<JobId> snoozed) {
        return job -> end(job, End.valueOf(job.payload().replaceAll("[^A-Z_]", "")), snoozed);
    }

    private static JobHandler batched(Set<JobId> snoozed) {
        return JobHandler.batched(4, jobs -> {
            Map<JobId, JobResult> results = new HashMap<>();
            for (JobContext job : jobs) {
                End end = End.valueOf(job.payload().replaceAll("[^A-Z_]", ""));
                if (end.last != JobState.DEAD) { // it fails by its absence, so that it is alone with that
                    results.put(job.id(), end(job, end, snoozed));
                }
            }
            return results;
        }).withLinger(Duration.ofMillis(1));
    }

    @Test
    void everyJob_endsAsItMustAndNoSlotIsLost() throws InterruptedException {
        Random random = Seed.random("everyJob_endsAsItMustAndNoSlotIsLost");
        workers.unlimited("test");
        Set<JobId> snoozed = new HashSet<>();
        CountDownLatch allAtOnce = new CountDownLatch(2 * SLOTS);
        WorkerSettings settings = Workers.settings().withSlots(SLOTS).withTimeoutGrace(Duration.ofMillis(1));
        Map<JobKind, JobHandler> handlers = Map.of(SINGLE, single(snoozed), BRIEF, single(snoozed), BATCHED,
                batched(snoozed), TOGETHER, job -> {
                    allAtOnce.countDown();
                    Workers.await(allAtOnce);
                    return JobResult.completed();
                });
        List<JobEngine> engines = List.of(workers.start(settings, handlers), workers.start(settings, handlers));
        Map<JobId, End> ends = new HashMap<>();
        Set<JobId> cancelled = new HashSet<>();

        for (int i = 0; i < JOBS; i++) {
            End end = End.values()[random.nextInt(End.values().length)];
            JobEngine engine = engines.get(random.nextInt(2));
            JobKind kind = random.nextBoolean() ? BATCHED : end.late ? BRIEF : SINGLE;
            JobId id = engine.queue().enqueue(CONTEXT, JobRequest.of(kind, "{\"end\":\"" + end + "\"}")).id();
            ends.put(id, end);
            if (random.nextInt(4) == 0) {
                JobId some = List.copyOf(ends.keySet()).get(random.nextInt(ends.size()));
                engines.get(random.nextInt(2)).queue().admin().cancel(CONTEXT, List.of(some), "by a person");
                cancelled.add(some);
            }
        }

        ends.forEach((id, end) -> {
            Workers.eventually("job " + id + " has ended", () -> workers.job(id).state().hasEnded());
            Job job = workers.job(id);
            if (cancelled.contains(id)) {
                // one that hangs until it is told to end may be told in time
                assertThat(job.state()).isIn(end.last, JobState.CANCELLED,
                        end == End.HANGING ? JobState.COMPLETED : end.last);
            } else {
                assertThat(job.state()).as(end + ", " + job.kind() + ": " + job.error()).isEqualTo(end.last);
            }
        });
        engines.forEach(engine -> Workers.eventually("nothing runs or hangs", () -> {
            WorkerStats stats = engine.queue().admin().workers();
            return stats.running() == 0 && stats.hung() == 0;
        }));
        List<JobId> together = Stream.generate(
                () -> engines.getFirst().queue().enqueue(CONTEXT, JobRequest.of(TOGETHER, "{}")).id())
                .limit(2L * SLOTS).toList();
        together.forEach(id -> workers.await(id, JobState.COMPLETED));
        workers.jobs.maintain(1000);
        assertThat(workers.jobs.lanes(ORG)).hasEntrySatisfying("test",
                lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(0, 0)));
    }
}
