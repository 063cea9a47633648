package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.LaneLimits;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Lanes share the workers by weight, whatever their backlogs. No lane is at its limit in these tests, unless they say
 * so.
 */
interface JobFairnessCases extends JobFixture {

    @Test
    default void fairness_aNoisyOrgDoesNotDelayAnothersFirstJob() {
        OrgId noisy = newOrg();
        OrgId quiet = newOrg();
        unlimited(noisy);
        enqueue(noisy, 1000);
        for (int i = 0; i < 5; i++) {
            complete(claim(10));
        }

        JobId first = enqueue(quiet);

        List<JobId> next = new ArrayList<>(ids(claim(10)));
        next.addAll(ids(claim(10)));
        assertThat(next).as("the next two claims").contains(first);
    }

    @Test
    default void fairness_everyLaneHasItsTurnBehindANoisyOne() {
        OrgId noisy = newOrg();
        unlimited(noisy);
        enqueue(noisy, 1000);
        complete(claim(10));
        List<JobId> quiet = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            quiet.add(enqueue(newOrg()));
        }

        List<JobId> served = new ArrayList<>();
        for (int i = 0; i < 21 && !served.containsAll(quiet); i++) {
            List<ClaimedJob> claimed = claim(10);
            assertThat(claimed).isNotEmpty();
            served.addAll(ids(claimed));
            complete(claimed);
        }

        assertThat(served).as("after as many claims as there are lanes").containsAll(quiet);
    }

    @Test
    default void fairness_lanesShareByWeight() {
        shareByJobs();
        OrgId light = newOrg();
        OrgId heavy = newOrg();
        jobs().setLimits(light, queue(), LaneLimits.maxRunning(1000));
        jobs().setLimits(heavy, queue(), LaneLimits.maxRunning(1000).withWeight(3));
        enqueue(light, 200);
        enqueue(heavy, 200);

        Map<OrgId, Integer> served = serve(200);

        assertThat(served.get(heavy)).as("of 200, with three quarters of the weight").isBetween(130, 170);
    }

    /** The way from the claim and to the end is not the lane's. */
    @Test
    default void fairness_isChargedByWhatTheWorkerSays() {
        OrgId brief = newOrg();
        OrgId other = newOrg();
        takesTurns(brief, Duration.ofMillis(1), other, Optional.empty());

        for (int i = 0; i < 5; i++) {
            List<ClaimedJob> claimed = claim(1);
            assertThat(claimed).singleElement().satisfies(job -> assertThat(job.lease().org()).isEqualTo(brief));
            finish(claimed.getFirst(), Optional.of(Duration.ofMillis(1)));
        }
    }

    /** A worker whose clock is wrong. */
    @Test
    default void fairness_isChargedNoLongerThanTheLease() {
        OrgId wrong = newOrg();
        OrgId other = newOrg();
        takesTurns(wrong, Duration.ofHours(1), other, Optional.empty());

        Map<OrgId, Integer> served = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            List<ClaimedJob> claimed = claim(1);
            served.merge(claimed.getFirst().lease().org(), 1, Integer::sum);
            finish(claimed.getFirst(), Optional.of(Duration.ofMillis(1)));
        }

        assertThat(served).containsKey(wrong);
    }

    /** One job of each, leased together for a while. */
    private void takesTurns(OrgId one, Duration oneTook, OrgId other, Optional<Duration> otherTook) {
        unlimited(one);
        unlimited(other);
        enqueue(one);
        enqueue(other);
        List<ClaimedJob> both = claim(2);
        assertThat(both).extracting(job -> job.lease().org()).containsExactlyInAnyOrder(one, other);
        advance(Duration.ofMillis(60));
        enqueue(one, 50);
        enqueue(other, 50);
        both.forEach(job -> finish(job, job.lease().org().equals(one) ? Optional.of(oneTook) : otherTook));
    }

    private void finish(ClaimedJob job, Optional<Duration> took) {
        assertThat(jobs().finish(List.of(new Completion(job.lease(), new Outcome.Completed(Optional.empty()), took))))
                .containsExactly(true);
    }

    @Test
    default void fairness_idleTimeGivesNoCredit() {
        shareByJobs();
        OrgId busy = newOrg();
        OrgId idle = newOrg();
        unlimited(busy);
        unlimited(idle);
        enqueue(idle);
        complete(claimAll());
        enqueue(busy, 500);
        serve(300);

        enqueue(idle, 100);
        Map<OrgId, Integer> served = serve(40);

        assertThat(served.get(busy)).isBetween(12, 28);
        assertThat(served.get(idle)).isBetween(12, 28);
    }

    @Test
    default void fairness_aLaneAtItsLimitIsInNobodysWay() {
        OrgId full = newOrg();
        OrgId other = newOrg();
        jobs().setLimits(full, queue(), LaneLimits.maxRunning(2));
        unlimited(other);
        enqueue(full, 500);
        assertThat(claimAll()).hasSize(2);
        enqueue(other, 30);

        List<ClaimedJob> claimed = claimAll();

        assertThat(claimed).hasSize(30).allSatisfy(job -> assertThat(job.lease().org()).isEqualTo(other));
    }

    @Test
    default void fairness_aLaneBackFromItsLimitHasItsTurnAndNoMore() {
        shareByJobs();
        OrgId limited = newOrg();
        OrgId other = newOrg();
        jobs().setLimits(limited, queue(), LaneLimits.maxRunning(1));
        unlimited(other);
        enqueue(limited, 200);
        enqueue(other, 500);
        ClaimedJob held = awaitJobOf(limited);
        serve(100);

        assertThat(finish(held, COMPLETED)).isTrue();
        jobs().setLimits(limited, queue(), LaneLimits.maxRunning(100));
        Map<OrgId, Integer> served = serve(40);

        assertThat(served.get(limited)).isBetween(12, 28);
    }

    @Test
    default void fairness_sharesByNumberAreExactOneByOne() {
        shareByJobs();
        Map<Integer, OrgId> lanes = lanesOfWeights(1, 2, 4, 8);

        Map<OrgId, Integer> served = serve(150);

        lanes.forEach((weight, org) -> assertThat(served.get(org)).as("of 150, with weight " + weight + " of 15")
                .isBetween(weight * 10 - 1, weight * 10 + 1));
    }

    /** Twenty times as long, and so about a twentieth of the jobs; what the store takes itself makes that less. */
    @Test
    default void fairness_aLaneOfSlowJobsHasNoMoreTimeThanOneOfQuickJobs() {
        OrgId slow = newOrg();
        OrgId quick = newOrg();
        unlimited(slow);
        unlimited(quick);
        enqueue(slow, 100);
        enqueue(quick, 1000);

        Map<OrgId, Integer> served = new HashMap<>();
        while (served.getOrDefault(slow, 0) < 10) {
            ClaimedJob claimed = claim(1).getFirst();
            OrgId org = claimed.lease().org();
            advance(Duration.ofMillis(org.equals(slow) ? 100 : 5));
            assertThat(finish(claimed, COMPLETED)).isTrue();
            served.merge(org, 1, Integer::sum);
        }

        assertThat(served.get(quick)).as("quick jobs beside 10 slow ones").isGreaterThan(25);
    }

    /** Its first jobs are charged with more than they take: that must not put others behind it. */
    @Test
    default void fairness_aNewLaneIsNotBehindOneThatWasOvercharged() {
        OrgId first = newOrg();
        OrgId next = newOrg();
        unlimited(first);
        unlimited(next);
        enqueue(first, 500);
        complete(claim(50));

        enqueue(next, 20);

        assertThat(serve(20).get(next)).as("of the next 20").isGreaterThanOrEqualTo(5);
    }

    private Map<Integer, OrgId> lanesOfWeights(int... weights) {
        Map<Integer, OrgId> lanes = new HashMap<>();
        for (int weight : weights) {
            OrgId org = newOrg();
            jobs().setLimits(org, queue(), LaneLimits.maxRunning(1000).withWeight(weight));
            enqueue(org, 200);
            lanes.put(weight, org);
        }
        return lanes;
    }

    /** Claims and completes one by one. */
    private Map<OrgId, Integer> serve(int count) {
        Map<OrgId, Integer> served = new HashMap<>();
        for (int i = 0; i < count; i++) {
            List<ClaimedJob> claimed = claim(1);
            assertThat(claimed).hasSize(1);
            served.merge(claimed.getFirst().lease().org(), 1, Integer::sum);
            complete(claimed);
        }
        return served;
    }

    private ClaimedJob awaitJobOf(OrgId org) {
        for (int i = 0; i < 10; i++) {
            List<ClaimedJob> claimed = claim(1);
            if (claimed.getFirst().lease().org().equals(org)) {
                return claimed.getFirst();
            }
            complete(claimed);
        }
        throw new AssertionError("no job of " + org + " in ten claims");
    }
}
