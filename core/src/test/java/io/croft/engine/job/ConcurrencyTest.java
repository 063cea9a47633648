package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.LaneLimits;
import io.croft.job.WorkerSettings;
import io.croft.spi.JobStore.Completion;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several engines over one store, as several processes are. */
class ConcurrencyTest {

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    @Test
    void tenThousandJobs_areEachAcceptedOnce() {
        int orgs = 20;
        int each = 500;
        Map<JobId, AtomicInteger> runs = new ConcurrentHashMap<>();
        JobHandler handler = job -> {
            runs.computeIfAbsent(job.id(), id -> new AtomicInteger()).incrementAndGet();
            return JobResult.completed();
        };
        JobEngine one = workers.start(Workers.settings().withSlots(100), Map.of(KIND, handler));
        JobEngine two = workers.start(Workers.settings().withSlots(100), Map.of(KIND, handler));

        List<JobReceipt> receipts = IntStream.range(0, orgs).boxed().flatMap(n -> {
            TenantContext context = TenantContext.of(OrgId.named("org " + n), Actor.service("test"));
            workers.create(context.org());
            workers.jobs.setLimits(context.org(), "test", LaneLimits.maxRunning(50));
            return (n % 2 == 0 ? one : two).queue()
                    .enqueueAll(context, Stream.generate(() -> JobRequest.of(KIND, "{}")).limit(each).toList())
                    .stream();
        }).toList();

        Workers.eventually("every job has ended", () -> accepted().size() == orgs * each);
        assertThat(receipts).hasSize(orgs * each);
        assertThat(accepted().values()).containsOnly(1);
        assertThat(runs).hasSize(orgs * each);
        assertThat(runs.values()).extracting(AtomicInteger::get).containsOnly(1);
    }

    @Test
    void slots_areNeverExceeded() {
        int count = 600;
        workers.unlimited("test");
        workers.unlimited("other");
        JobKind other = JobKind.of("test.other", "other");
        Gauge narrow = new Gauge();
        Gauge wide = new Gauge();
        JobEngine engine = workers.start(Workers.settings().withSlots(3).withSlots("other", 40),
                Map.of(KIND, narrow, other, wide));

        List<JobId> ids = Stream.of(KIND, other).flatMap(kind -> engine.queue()
                .enqueueAll(Workers.CONTEXT, Stream.generate(() -> JobRequest.of(kind, "{}")).limit(count).toList())
                .stream()).map(JobReceipt::id).toList();

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        assertThat(narrow.highest.get()).isBetween(1, 3);
        assertThat(wide.highest.get()).isBetween(4, 40);
    }

    @Test
    void laneAtItsLimit_goesOnAsSoonAsAnAttemptEnds() {
        int count = 50;
        workers.jobs.registerQueue("test");
        workers.jobs.setLimits(Workers.ORG, "test", LaneLimits.maxRunning(1));
        Gauge gauge = new Gauge();
        JobEngine engine = workers.start(seldom(), Map.of(KIND, gauge));

        List<JobId> ids = engine.queue()
                .enqueueAll(Workers.CONTEXT, Stream.generate(() -> JobRequest.of(KIND, "{}")).limit(count).toList())
                .stream().map(JobReceipt::id).toList();

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        assertThat(gauge.highest).hasValue(1);
    }

    @Test
    void slot_isFreeBeforeItsCompletionIsStored() throws InterruptedException {
        workers.unlimited("test");
        CountDownLatch finishing = new CountDownLatch(1);
        CountDownLatch bothRan = new CountDownLatch(2);
        workers.store.watch((method, argument) -> {
            if (method.equals("finish")) {
                finishing.countDown();
                Workers.eventually("both have run", () -> bothRan.getCount() == 0);
            }
        });
        JobEngine engine = workers.start(seldom().withSlots(1), Map.of(KIND, job -> {
            Workers.eventually("the poller waits for a slot", ConcurrencyTest::pollerWaits);
            bothRan.countDown();
            return JobResult.completed();
        }));

        List<JobReceipt> receipts = engine.queue().enqueueAll(Workers.CONTEXT,
                List.of(JobRequest.of(KIND, "{}"), JobRequest.of(KIND, "{}")));

        Workers.await(finishing);
        receipts.forEach(receipt -> workers.await(receipt.id(), JobState.COMPLETED));
    }

    private static boolean pollerWaits() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("croft-poll-test")
                        && thread.getState() == Thread.State.TIMED_WAITING);
    }

    /** Polls so seldom that a test which waits for it fails. */
    private static WorkerSettings seldom() {
        return Workers.settings().withPoll(Duration.ofMinutes(1), Duration.ofMinutes(1));
    }

    private Map<JobId, Integer> accepted() {
        Map<JobId, Integer> accepted = new HashMap<>();
        workers.store.finishes().forEach(finished -> {
            List<Completion> completions = finished.completions();
            for (int i = 0; i < completions.size(); i++) {
                if (finished.answers().get(i)) {
                    accepted.merge(completions.get(i).lease().id(), 1, Integer::sum);
                }
            }
        });
        return accepted;
    }

    /** A handler that counts how many of it run. */
    private static final class Gauge implements JobHandler {
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicInteger highest = new AtomicInteger();

        @Override
        public JobResult handle(JobContext job) {
            int now = running.incrementAndGet();
            highest.accumulateAndGet(now, Math::max);
            LockSupport.parkNanos(100_000);
            running.decrementAndGet();
            return JobResult.completed();
        }
    }
}
