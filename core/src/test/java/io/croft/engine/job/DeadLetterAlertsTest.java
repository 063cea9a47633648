package io.croft.engine.job;

import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.StoreUnavailableException;
import io.croft.job.DeadLetterFilter;
import io.croft.job.DeadLetterListener;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Who is told of dead letters, and when. */
class DeadLetterAlertsTest {

    private static final Lane LANE = new Lane(ORG, KIND.queue());

    private final Workers workers = new Workers();
    private final Queue<Integer> told = new ConcurrentLinkedQueue<>();
    private final DeadLetterAlerts alerts = alerts(3, (org, queue, deadLetters) -> {
        assertThat(new Lane(org, queue)).isEqualTo(LANE);
        told.add(deadLetters);
    });

    private DeadLetterAlerts alerts(int threshold, DeadLetterListener listener) {
        return new DeadLetterAlerts(workers.store, new StoreHealth(LoggerFactory.getLogger(DeadLetterAlertsTest.class)),
                new DeadLetterAlerts.Alarm(threshold, listener));
    }

    @AfterEach
    void close() throws InterruptedException {
        alerts.stop();
        alerts.join(TimeUnit.SECONDS.toNanos(30));
        workers.close();
    }

    private void kill(int jobs) {
        workers.unlimited(KIND.queue());
        workers.jobs.enqueue(ORG, Collections.nCopies(jobs, JobRequest.of(KIND, "{}")));
        workers.jobs.maintain(1000);
        List<ClaimedJob> claimed = workers.jobs.claim(KIND.queue(), jobs, "test", Duration.ofMinutes(1));
        assertThat(claimed).hasSize(jobs);
        workers.jobs.finish(claimed.stream().map(
                job -> new Completion(job.lease(), new Outcome.Failed(Optional.empty(), "E", "hopeless", "")))
                .toList());
    }

    /** Tells that something died, and waits until it was counted. */
    private void count() {
        long before = workers.store.calls("countDeadLetters");
        alerts.died(LANE);
        Workers.eventually("it was counted", () -> workers.store.calls("countDeadLetters") > before);
    }

    @Test
    void listener_isToldOnceAtTheThresholdAndWhenItDoubles() {
        alerts.start();
        kill(2);
        count();
        assertThat(told).isEmpty();

        kill(1);
        count();
        Workers.eventually("it was told", () -> told.size() == 1);
        kill(2);
        count();
        kill(1);
        count();

        Workers.eventually("it was told again", () -> told.size() == 2);
        assertThat(told).containsExactly(3, 6);
    }

    @Test
    void listener_isToldAnewOnceTheNumberWasBelowTheThreshold() {
        alerts.start();
        kill(3);
        count();
        Workers.eventually("it was told", () -> told.size() == 1);
        List<JobId> dead = workers.jobs.deadLetterIds(ORG, DeadLetterFilter.ALL, Optional.empty(), 10);
        workers.jobs.discard(ORG, dead.subList(0, 2), "enough");
        count();
        kill(2);

        count();

        Workers.eventually("it was told again", () -> told.size() == 2);
        assertThat(told).containsExactly(3, 3);
    }

    @Test
    void counting_stopsAtWhatIsToldNext() {
        alerts.start();
        kill(50);

        count();

        Workers.eventually("it was told", () -> told.size() == 1);
        assertThat(told).containsExactly(3);
        count();
        Workers.eventually("it was told again", () -> told.size() == 2);
        assertThat(told).containsExactly(3, 6);
    }

    @Test
    void listener_thatThrowsHarmsNothing() {
        AtomicInteger calls = new AtomicInteger();
        DeadLetterAlerts angry = alerts(1, (org, queue, deadLetters) -> {
            calls.incrementAndGet();
            throw new AssertionError("not that again");
        });
        angry.start();
        kill(1);
        angry.died(LANE);
        Workers.eventually("it was told", () -> calls.get() == 1);
        kill(1);
        angry.died(LANE);

        Workers.eventually("it is told again", () -> calls.get() == 2);

        angry.stop();
        Workers.eventually("its thread ends", () -> Workers.threads().isEmpty());
    }

    @Test
    void storeThatIsAway_isAskedAgain() {
        AtomicInteger refusals = new AtomicInteger();
        workers.store.watch((method, argument) -> {
            if (method.equals("countDeadLetters") && refusals.incrementAndGet() == 1) {
                throw new StoreUnavailableException("away for a moment");
            }
        });
        alerts.start();
        kill(3);

        alerts.died(LANE);

        Workers.eventually("it was told", () -> told.size() == 1);
        assertThat(refusals).hasValueGreaterThan(1);
    }

    @Test
    void engine_tellsOfJobsThatDiedByTheirHandlersAndByTheirLeases() throws InterruptedException {
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, job -> {
            throw new IllegalStateException("hopeless");
        }), 2, (org, queue, deadLetters) -> told.add(deadLetters));
        engine.start();
        Workers.enqueue(engine);
        Workers.enqueue(engine);
        Workers.eventually("it was told", () -> told.size() == 1);
        engine.close();

        told.clear();
        JobEngine other = workers.engine(Workers.settings(), Map.of(), 3,
                (org, queue, deadLetters) -> told.add(deadLetters));
        workers.jobs.enqueue(ORG, List.of(JobRequest.of(KIND, "{}").withMaxAttempts(1)));
        workers.jobs.maintain(10);
        assertThat(workers.jobs.claim(KIND.queue(), 1, "dies", Duration.ofMillis(1))).hasSize(1);
        other.start();

        Workers.eventually("it was told", () -> told.size() == 1);
        assertThat(told).containsExactly(3);
    }

    @Test
    void threshold_isBounded() {
        for (int threshold : List.of(-1, 0, DeadLetterListener.MAX_THRESHOLD + 1)) {
            assertThatThrownBy(() -> alerts(threshold, (org, queue, deadLetters) -> {
            })).isInstanceOf(InvalidInputException.class).hasMessageContaining("threshold of " + threshold);
        }
    }
}
