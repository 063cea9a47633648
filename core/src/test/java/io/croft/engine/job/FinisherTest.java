package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.InvalidInputException;
import io.croft.engine.job.WatchedJobs.Finished;
import io.croft.job.JobId;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.Waking;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Storing outcomes: in batches, around those that are refused, and with an end to what can wait. */
class FinisherTest {

    private static final Outcome DONE = new Outcome.Completed(Optional.empty());
    /** What the watched store refuses, as tests tell it to. */
    private static final Outcome INVALID = new Outcome.Completed(Optional.of("\"refused\""));

    private final Workers workers = new Workers();
    private final StoreHealth health = new StoreHealth(LoggerFactory.getLogger(FinisherTest.class));
    private final Attempts attempts = new Attempts();
    private final DeadLetterAlerts alerts = Workers.silentAlerts(workers.store, health);
    private final AttemptCounts counts = new AttemptCounts(workers.store, health);
    private final Finisher finisher = new Finisher("croft-finish", workers.store, health, attempts,
            new Upkeep(workers.store, health, alerts, counts, Waking.POLL), alerts, counts);

    @BeforeEach
    void prepare() {
        workers.jobs.registerQueue("test");
        workers.unlimited("test");
    }

    @AfterEach
    void close() throws InterruptedException {
        workers.store.comeBack();
        finisher.awaitStored(TimeUnit.SECONDS.toNanos(30));
        finisher.stop();
        finisher.join(TimeUnit.SECONDS.toNanos(30));
        workers.close();
    }

    private List<Attempt> claim(int count) {
        workers.jobs.enqueue(ORG, Stream.generate(() -> JobRequest.of(KIND, "{}")).limit(count).toList());
        workers.jobs.maintain(JobStore.MAX_BATCH);
        return Stream.iterate(count, left -> left > 0, left -> left - JobStore.MAX_BATCH)
                .flatMap(left -> workers.jobs.claim("test", Math.min(left, JobStore.MAX_BATCH), "w", KIND.lease())
                        .stream())
                .map(this::attempt).toList();
    }

    private Attempt attempt(ClaimedJob job) {
        Attempt attempt = new Attempt(workers.store, job, KIND, "test", said -> {
        });
        attempts.add(attempt);
        return attempt;
    }

    private void submit(Attempt attempt, Outcome outcome) throws InterruptedException {
        attempt.end();
        assertThat(finisher.submit(attempt, outcome)).isTrue();
    }

    @Test
    void waitingOutcomes_areStoredTogetherUpToTheLimit() throws InterruptedException {
        List<Attempt> claimed = claim(1500);
        for (Attempt attempt : claimed) {
            submit(attempt, DONE);
        }

        finisher.start();

        Workers.eventually("all are stored", () -> attempts.size() == 0);
        assertThat(workers.store.finishes()).extracting(finished -> finished.completions().size()).containsExactly(1000,
                500);
    }

    @Test
    void invalidOutcome_failsItsAttemptAndNoOther() throws InterruptedException {
        refuse(new InvalidInputException("a result is no JSON: return JSON"));
        List<Attempt> claimed = claim(100);
        for (int i = 0; i < claimed.size(); i++) {
            submit(claimed.get(i), i == 37 ? INVALID : DONE);
        }

        finisher.start();

        Workers.eventually("all are stored", () -> attempts.size() == 0);
        for (int i = 0; i < claimed.size(); i++) {
            JobId id = claimed.get(i).id();
            assertThat(workers.job(id).state()).isEqualTo(i == 37 ? JobState.SCHEDULED : JobState.COMPLETED);
        }
        assertThat(workers.job(claimed.get(37).id()).error().orElseThrow().message()).contains("a result is no JSON");
    }

    @Test
    void outcomeRefusedForUnknownReasons_holdsUpNoOtherAndIsKeptForAWhile() throws InterruptedException {
        AtomicInteger refusals = new AtomicInteger();
        workers.store.watch((method, argument) -> {
            if (method.equals("finish") && isInvalid(argument) && refusals.incrementAndGet() < 8) {
                throw new IllegalStateException("a bug");
            }
        });
        List<Attempt> claimed = claim(10);
        submit(claimed.getFirst(), INVALID);
        finisher.start();
        for (Attempt attempt : claimed.subList(1, 10)) {
            submit(attempt, DONE);
        }

        Workers.eventually("the others are stored", () -> attempts.size() == 1);

        assertThat(attempts.find(claimed.getFirst().lease())).isNotNull();
        Workers.eventually("it is stored once the store takes it", () -> attempts.size() == 0);
        assertThat(workers.job(claimed.getFirst().id()).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void sameJobTwice_isStoredInTwoCalls() throws InterruptedException {
        List<JobReceipt> receipts = workers.jobs.enqueue(ORG, List.of(JobRequest.of(KIND, "{}")));
        workers.jobs.maintain(1);
        Attempt first = attempt(workers.jobs.claim("test", 1, "w", Duration.ofMinutes(1)).getFirst());
        workers.loseLeases();
        workers.jobs.maintain(1);
        Attempt second = attempt(workers.jobs.claim("test", 1, "w", Duration.ofMinutes(1)).getFirst());
        submit(first, new Outcome.Completed(Optional.of("1")));
        submit(second, new Outcome.Completed(Optional.of("2")));

        finisher.start();

        Workers.eventually("both are answered", () -> attempts.size() == 0);
        assertThat(workers.store.finishes()).extracting(Finished::answers).containsExactly(List.of(false),
                List.of(true));
        assertThat(workers.job(receipts.getFirst().id()).result()).contains("2");
    }

    @Test
    void fullBuffer_makesHandlersWait() throws InterruptedException {
        int most = Finisher.MAX_BUFFERED + JobStore.MAX_BATCH;
        List<Attempt> claimed = claim(most + 1);
        workers.store.goAway();
        finisher.start();
        for (Attempt attempt : claimed.subList(0, Finisher.MAX_BUFFERED)) {
            submit(attempt, DONE);
        }
        CountDownLatch taken = new CountDownLatch(most + 1 - Finisher.MAX_BUFFERED);
        List<Thread> handlers = claimed.subList(Finisher.MAX_BUFFERED, most + 1).stream()
                .map(attempt -> Thread.ofVirtual().start(() -> {
                    try {
                        submit(attempt, DONE);
                        taken.countDown();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                })).toList();

        Workers.eventually("all but one fit", () -> taken.getCount() == 1);

        assertThat(taken.await(300, TimeUnit.MILLISECONDS)).as("the last one fits too").isFalse();
        workers.store.comeBack();
        Workers.await(taken);
        for (Thread handler : handlers) {
            handler.join();
        }
        Workers.eventually("all are stored", () -> attempts.size() == 0);
    }

    @Test
    void stopped_takesNothing() throws InterruptedException {
        finisher.start();
        finisher.stop();

        assertThat(finisher.submit(claim(1).getFirst(), DONE)).isFalse();
    }

    private void refuse(RuntimeException why) {
        workers.store.watch((method, argument) -> {
            if (method.equals("finish") && isInvalid(argument)) {
                throw why;
            }
        });
    }

    private static boolean isInvalid(Object completions) {
        return ((List<?>) completions).stream().anyMatch(each -> ((Completion) each).outcome().equals(INVALID));
    }
}
