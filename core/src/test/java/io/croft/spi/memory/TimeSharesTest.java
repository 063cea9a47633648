package io.croft.spi.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.LaneLimits;
import io.croft.job.RateLimit;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Shares and rates where time is told and not measured. */
final class TimeSharesTest {

    private static final String QUEUE = "test";
    private static final Duration LEASE = Duration.ofHours(1);
    private static final Outcome DONE = new Outcome.Completed(Optional.empty());

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = new InMemoryStore(clock);
    private final JobStore jobs = store.jobs();

    /** A handler at work. */
    private record Work(ClaimedJob job, Instant end) {
    }

    @BeforeEach
    void register() {
        jobs.registerQueue(QUEUE);
    }

    private OrgId lane(String queue, LaneLimits limits, int count) {
        OrgId org = OrgId.of(UUID.randomUUID());
        store.orgs().create(TenantContext.of(org, Actor.service("test")));
        jobs.setLimits(org, queue, limits);
        jobs.enqueue(org, Collections.nCopies(count, JobRequest.of(JobKind.of("test.work", queue), "{}")));
        return org;
    }

    /** Eight workers for a minute, jobs of quite different lengths, also within a lane. */
    @Test
    void shares_followTheWeightsInExecutionTime() {
        Random random = Seed.random("shares_followTheWeightsInExecutionTime");
        Map<OrgId, Integer> weights = new HashMap<>();
        Map<OrgId, Double> means = new HashMap<>();
        double[] millis = {160, 20, 40, 80};
        for (int i = 0; i < 4; i++) {
            OrgId org = lane(QUEUE, LaneLimits.maxRunning(10_000).withWeight(1 << i), 5_000);
            weights.put(org, 1 << i);
            means.put(org, millis[i]);
        }

        Map<OrgId, Double> served = serve(8, Duration.ofMinutes(1), org -> {
            double mean = means.getOrDefault(org, 0.0);
            return Duration.ofNanos((long) (-Math.log(1 - random.nextDouble()) * mean * 1e6));
        });

        double total = served.values().stream().mapToDouble(Double::doubleValue).sum();
        weights.forEach((org, weight) -> assertThat(served.getOrDefault(org, 0.0) / total / (weight / 15.0))
                .as("share of the time over that of weight " + weight).isBetween(0.95, 1.05));
    }

    private interface Length {
        Duration of(OrgId org);
    }

    /** The seconds that each lane was served. */
    private Map<OrgId, Double> serve(int workers, Duration time, Length length) {
        Map<OrgId, Double> served = new HashMap<>();
        PriorityQueue<Work> working = new PriorityQueue<>(Comparator.comparing(Work::end));
        Instant stop = clock.instant().plus(time);
        while (clock.instant().isBefore(stop)) {
            if (working.size() < workers) {
                for (ClaimedJob job : jobs.claim(QUEUE, workers - working.size(), "w", LEASE)) {
                    Duration takes = length.of(job.lease().org());
                    working.add(new Work(job, clock.instant().plus(takes)));
                    served.merge(job.lease().org(), takes.toNanos() / 1e9, Double::sum);
                }
            }
            Work next = working.remove();
            clock.advance(Duration.between(clock.instant(), next.end()));
            assertThat(jobs.finish(List.of(new Completion(next.job().lease(), DONE)))).containsExactly(true);
        }
        return served;
    }

    /** However time goes by and whenever it is asked for: as many as a bucket of that size and inflow gives. */
    @Test
    void rate_admitsWhatItsBucketHolds() {
        Random random = Seed.random("rate_admitsWhatItsBucketHolds");
        for (int round = 0; round < 20; round++) {
            int burst = 1 + random.nextInt(50);
            int perSecond = 1 + random.nextInt(200);
            String queue = QUEUE + round;
            jobs.registerQueue(queue);
            lane(queue, LaneLimits.maxRunning(10_000).withRate(new RateLimit(perSecond, burst)), 3000);
            double bucket = burst;
            int admitted = 0;
            double expected = 0;
            for (int step = 0; step < 200 && admitted < 2500; step++) {
                int millis = random.nextInt(300);
                clock.advance(Duration.ofMillis(millis));
                bucket = Math.min(burst, bucket + perSecond * millis / 1000.0);
                int asked = 1 + random.nextInt(60);
                double taken = Math.min(asked, Math.floor(bucket + 1e-5));
                bucket -= taken;
                expected += taken;
                List<ClaimedJob> claimed = jobs.claim(queue, asked, "w", LEASE);
                admitted += claimed.size();
                finish(claimed);
                assertThat((double) admitted).as("after step " + step + " at " + perSecond + "/s, burst " + burst)
                        .isEqualTo(expected);
            }
        }
    }

    private void finish(List<ClaimedJob> claimed) {
        jobs.finish(claimed.stream().map(job -> new Completion(job.lease(), DONE)).toList());
    }
}
