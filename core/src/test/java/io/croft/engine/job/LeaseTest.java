package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Leases: kept alive while a handler runs, and what happens when one is lost. */
class LeaseTest {

    private static final JobKind SHORT = KIND.withLease(Duration.ofSeconds(1));

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    @Test
    void longHandler_keepsItsLease() {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(Map.of(SHORT, job -> {
            runs.incrementAndGet();
            Instant pastTheLease = Instant.now().plus(SHORT.lease().multipliedBy(2));
            Workers.eventually("two leases' time has gone by", () -> Instant.now().isAfter(pastTheLease));
            return job.isCancelled() ? JobResult.cancel("lost") : JobResult.completed();
        }));

        Instant before = Instant.now();
        JobId id = enqueue(engine, SHORT);

        assertThat(workers.await(id, JobState.COMPLETED).attempts()).isEqualTo(1);
        assertThat(runs).hasValue(1);
        long thirds = Duration.between(before, Instant.now()).dividedBy(SHORT.lease().dividedBy(3));
        assertThat(workers.store.calls("heartbeat")).isBetween(4L, thirds + 1);
    }

    @Test
    void heartbeat_namesAllRunningLeasesInOneCall() throws InterruptedException {
        int count = 20;
        workers.unlimited("test");
        CountDownLatch started = new CountDownLatch(count);
        CountDownLatch beaten = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        Queue<Set<?>> beats = new ConcurrentLinkedQueue<>();
        workers.store.watch((method, argument) -> {
            if (method.equals("heartbeat") && started.getCount() == 0) {
                beats.add(new HashSet<>((Collection<?>) argument));
                beaten.countDown();
            }
        });
        JobEngine engine = workers.start(Workers.settings().withSlots(count), Map.of(SHORT, job -> {
            started.countDown();
            Workers.await(end);
            return JobResult.completed();
        }));

        List<JobId> ids = Stream.generate(() -> enqueue(engine, SHORT)).limit(count).toList();
        Workers.await(started);
        Workers.await(beaten);
        end.countDown();

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
        assertThat(beats.stream().limit(2)).allSatisfy(beat -> assertThat(beat).hasSize(count));
    }

    /** To look is to read all that runs, and all that has run for as long as somebody's old transaction is open. */
    @Test
    void expiredLeases_areLookedForOnceASecondHoweverBusyUpkeepIs() {
        Queue<Long> looks = new ConcurrentLinkedQueue<>();
        AtomicInteger rounds = new AtomicInteger();
        workers.store.watch((method, argument) -> {
            if (method.equals("maintain")) {
                rounds.incrementAndGet();
                if (!argument.equals(WatchedJobs.LEASES_LEFT_BE)) {
                    looks.add(System.nanoTime());
                }
            }
        });
        JobEngine engine = workers.start(Map.of(SHORT, job -> JobResult.completed()));

        Workers.eventually("leases were looked for three times", () -> {
            enqueue(engine, SHORT);
            return looks.size() >= 3;
        });

        List<Long> times = looks.stream().limit(3).toList();
        assertThat(times.get(1) - times.get(0)).isGreaterThanOrEqualTo(Upkeep.EXPIRY_INTERVAL.toNanos());
        assertThat(times.get(2) - times.get(1)).isGreaterThanOrEqualTo(Upkeep.EXPIRY_INTERVAL.toNanos());
        assertThat(rounds).hasValueGreaterThan(10);
    }

    /** A twentieth of the time. */
    @Test
    void expiredLeases_areLookedForLessOftenWhereThatTakesLong() {
        Duration look = Upkeep.EXPIRY_INTERVAL.multipliedBy(3).dividedBy(2 * Upkeep.EXPIRY_SHARE);
        Queue<Long> looks = new ConcurrentLinkedQueue<>();
        workers.store.watch((method, argument) -> {
            if (method.equals("maintain") && !argument.equals(WatchedJobs.LEASES_LEFT_BE)) {
                long began = System.nanoTime();
                looks.add(began);
                Workers.eventually("it has looked", () -> System.nanoTime() - began >= look.toNanos());
            }
        });
        workers.start(Map.of(SHORT, job -> JobResult.completed()));

        Workers.eventually("leases were looked for three times", () -> looks.size() >= 3);

        List<Long> times = looks.stream().limit(3).toList();
        long least = look.multipliedBy(Upkeep.EXPIRY_SHARE + 1).toNanos();
        assertThat(times.get(1) - times.get(0)).isGreaterThanOrEqualTo(least);
        assertThat(times.get(2) - times.get(1)).isGreaterThanOrEqualTo(least);
    }

    @Test
    void kindsOfOneQueue_haveLeasesOfTheirOwn() throws InterruptedException {
        JobKind longer = JobKind.of("test.longer", "test").withLease(Duration.ofHours(1));
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch bothBeaten = new CountDownLatch(2);
        Set<Object> seen = ConcurrentHashMap.newKeySet();
        workers.store.watch((method, argument) -> {
            if (method.equals("heartbeat")) {
                ((Collection<?>) argument).stream().filter(seen::add).forEach(lease -> bothBeaten.countDown());
            }
        });
        JobEngine engine = workers.start(Map.of(SHORT, job -> {
            Workers.await(end);
            return JobResult.completed();
        }, longer, job -> {
            Workers.await(end);
            return JobResult.completed();
        }));

        JobId first = enqueue(engine, SHORT);
        JobId second = enqueue(engine, longer);
        Workers.await(bothBeaten);
        Instant pastTheShortLease = Instant.now().plus(SHORT.lease());
        Workers.eventually("the short lease's time has gone by", () -> Instant.now().isAfter(pastTheShortLease));
        end.countDown();

        assertThat(workers.await(first, JobState.COMPLETED).attempts()).isEqualTo(1);
        assertThat(workers.await(second, JobState.COMPLETED).attempts()).isEqualTo(1);
    }

    @Test
    void lostLease_cancelsTheAttemptAndDropsItsResult() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch firstEnded = new CountDownLatch(1);
        JobEngine engine = workers.start(Map.of(SHORT, job -> {
            if (job.attempt() == 1) {
                started.countDown();
                Workers.eventually("it is cancelled", job::isCancelled);
                firstEnded.countDown();
                return JobResult.completed("\"late\"");
            }
            Workers.await(firstEnded);
            return JobResult.completed("\"in time\"");
        }));
        JobId id = enqueue(engine, SHORT);
        Workers.await(started);

        workers.loseLeases();

        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("\"in time\"");
        assertThat(workers.job(id).attempts()).isEqualTo(2);
        Workers.eventually("both attempts are answered", () -> workers.store.finishes().size() == 2);
        assertThat(workers.store.finishes().stream().flatMap(finished -> finished.answers().stream()))
                .containsExactlyInAnyOrder(false, true);
    }

    /**
     * What a handler returns after it was told to give up is no result, even if it turns out that its lease was held.
     */
    @Test
    void cancelledAttempt_isNotCompletedEvenIfTheLeaseIsHeld() {
        AtomicInteger runs = new AtomicInteger();
        workers.store.forgetLeases();
        JobEngine engine = workers.start(Map.of(SHORT, job -> {
            if (runs.incrementAndGet() == 1) {
                Workers.eventually("it is cancelled", job::isCancelled);
                return JobResult.completed("\"given up\"");
            }
            return JobResult.completed("\"done\"");
        }));

        JobId id = enqueue(engine, SHORT);

        assertThat(workers.await(id, JobState.COMPLETED).result()).contains("\"done\"");
        assertThat(workers.job(id).attempts()).isEqualTo(2);
        assertThat(workers.job(id).error().orElseThrow().message()).contains("the lease was lost");
    }

    /** The store's word that a lease is gone may be about its own transaction that completed the job. */
    @Test
    void leaseGoneBecauseTheHandlerCompletedTheJob_isNoFailure() throws InterruptedException {
        CountDownLatch completed = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(Map.of(SHORT, job -> {
            runs.incrementAndGet();
            JobLease lease = new JobLease(job.tenant().org(), job.id(), job.fence());
            workers.jobs.finish(List.of(new Completion(lease,
                    new Outcome.Completed(Optional.of("7")))));
            completed.countDown();
            Workers.eventually("a heartbeat found the lease gone", job::isCancelled);
            return JobResult.completed();
        }));

        JobId id = enqueue(engine, SHORT);

        Workers.await(completed);
        Workers.eventually("the worker told the store", () -> !workers.store.finishes().isEmpty());
        assertThat(workers.store.finishes().getFirst().answers()).containsExactly(true);
        assertThat(workers.job(id).result()).contains("7");
        assertThat(workers.job(id).state()).isEqualTo(JobState.COMPLETED);
        assertThat(runs).hasValue(1);
    }
}
