package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Random lives of many jobs, alone against a model and among many workers. */
interface JobRandomCases extends JobFixture {

    @Test
    default void randomSteps_doWhatTheModelSays() {
        JobModel model = new JobModel(this, Seed.random("randomSteps_doWhatTheModelSays"), 5);

        for (int i = 1; i <= 400; i++) {
            model.step();
            if (i % 40 == 0) {
                model.check();
            }
        }

        model.drain();
        model.check();
    }

    /** Workers that fail, put off, give back, come late and vanish. */
    @Test
    default void manyWorkers_loseNothingAndAcceptEachJobOnce() {
        Random seeds = Seed.random("manyWorkers_loseNothingAndAcceptEachJobOnce");
        long seed = seeds.nextLong();
        Map<JobId, OrgId> jobs = new ConcurrentHashMap<>();
        List<OrgId> orgs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            OrgId org = newOrg();
            orgs.add(org);
            jobs().setLimits(org, queue(), LaneLimits.maxRunning(2));
            List<JobRequest> requests = new ArrayList<>();
            for (int n = 0; n < 25; n++) {
                requests.add(JobRequest.of(kind(100), "{}"));
            }
            jobs().enqueue(org, requests).forEach(receipt -> jobs.put(receipt.id(), org));
        }
        Map<JobId, Integer> accepted = new ConcurrentHashMap<>();
        AtomicInteger left = new AtomicInteger(jobs.size());

        Race.of(8, number -> {
            Random random = new Random(seed + number);
            long end = System.nanoTime() + Await.LIMIT.toNanos();
            while (left.get() > 0 && System.nanoTime() < end) {
                jobs().maintain(100);
                for (ClaimedJob job : jobs().claim(queue(), 1 + random.nextInt(4), "worker-" + number, SHORT_LEASE)) {
                    if (work(random, job)) {
                        accepted.merge(job.lease().id(), 1, Integer::sum);
                        left.decrementAndGet();
                    }
                }
                orgs.forEach(org -> assertThat(depthNow(org).running()).isBetween(0, 2));
                if (number == 0) {
                    advance(Duration.ofMillis(10));
                }
            }
            return left.get();
        });

        assertThat(left).as("jobs that are not done").hasValue(0);
        assertThat(accepted).hasSameSizeAs(jobs);
        assertThat(accepted.values()).containsOnly(1);
        jobs.forEach((id, org) -> assertThat(state(org, id)).isEqualTo(JobState.COMPLETED));
        orgs.forEach(org -> assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0)));
    }

    /** Whether the job is done with it. */
    private boolean work(Random random, ClaimedJob job) {
        return switch (random.nextInt(10)) {
            case 0 -> {
                finish(job, FAILED);
                yield false;
            }
            case 1 -> {
                finish(job, new Outcome.Snoozed(Duration.ofMillis(random.nextInt(50)), ""));
                yield false;
            }
            case 2 -> {
                jobs().release(List.of(job.lease()));
                yield false;
            }
            case 3 -> false;
            case 4 -> {
                advance(Duration.ofMillis(random.nextInt(400)));
                yield finish(job, COMPLETED);
            }
            default -> finish(job, COMPLETED);
        };
    }
}
