package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The limits and the counters of lanes. */
interface JobLimitCases extends JobFixture {

    @Test
    default void depth_countsWhatCameAndWentAMomentAgo() {
        OrgId org = newOrg();
        enqueue(org, JobRequest.of(kind(1), "{}"));
        enqueue(org, JobRequest.of(kind(1), "{}"));

        assertThat(depthNow(org)).as("before any upkeep").isEqualTo(new LaneDepth(2, 0));

        List<ClaimedJob> claimed = claim(2);
        assertThat(depthNow(org)).isEqualTo(new LaneDepth(0, 2));
        finish(claimed.getFirst(), COMPLETED);
        assertThat(depthNow(org)).isEqualTo(new LaneDepth(0, 1));
    }

    @Test
    default void limit_isFiveByDefault() {
        OrgId org = newOrg();
        enqueue(org, 9);

        List<ClaimedJob> claimed = claimAll();

        assertThat(claimed).hasSize(LaneLimits.DEFAULT.maxRunning()).hasSize(5);
        assertThat(depth(org)).isEqualTo(new LaneDepth(4, 5));
    }

    @Test
    default void weight_mayBeTheLeastAndTheMost() {
        OrgId org = newOrg();
        for (double weight : new double[]{0.01, 100}) {
            LaneLimits limits = LaneLimits.maxRunning(2).withWeight(weight);

            jobs().setLimits(org, queue(), limits);

            assertThat((float) Objects.requireNonNull(jobs().lanes(org).get(queue())).limits().weight())
                    .isEqualTo((float) weight);
        }
    }

    @Test
    default void limit_canBeSetBeforeTheFirstJob() {
        OrgId org = newOrg();

        jobs().setLimits(org, queue(), LaneLimits.maxRunning(2));
        enqueue(org, 9);

        assertThat(claimAll()).hasSize(2);
    }

    @Test
    default void limit_holdsAtOnceWhenRaisedOrLowered() {
        OrgId org = newOrg();
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(3));
        enqueue(org, 20);
        Deque<ClaimedJob> running = new ArrayDeque<>(claimAll());
        assertThat(running).hasSize(3);

        jobs().setLimits(org, queue(), LaneLimits.maxRunning(8));
        running.addAll(claimAll());
        assertThat(running).hasSize(8);

        jobs().setLimits(org, queue(), LaneLimits.maxRunning(2));
        while (running.size() > 2) {
            assertNothingToClaim();
            complete(List.of(running.removeFirst()));
        }
        assertNothingToClaim();
        assertThat(depth(org)).isEqualTo(new LaneDepth(12, 2));

        complete(List.of(running.removeFirst()));
        assertThat(claimAll()).hasSize(1);
    }

    @Test
    default void limit_ofZeroLetsNothingStart() {
        OrgId org = newOrg();
        enqueue(org, 2);

        jobs().setLimits(org, queue(), LaneLimits.maxRunning(0));

        assertNothingToClaim();
        assertThat(depth(org)).isEqualTo(new LaneDepth(2, 0));
        jobs().setLimits(org, queue(), LaneLimits.DEFAULT);
        assertThat(claimAll()).hasSize(2);
    }

    @Test
    default void pause_letsNothingNewStartAndLeavesWhatRuns() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(1));
        enqueue(org, 3);
        ClaimedJob running = claimOne();
        enqueue(other);

        jobs().setLimits(org, queue(), LaneLimits.DEFAULT);
        jobs().pause(new Lane(org, queue()));

        assertThat(claimOne().lease().org()).isEqualTo(other);
        assertThat(finish(running, COMPLETED)).isTrue();
        assertNothingToClaim();
        assertThat(depth(org)).isEqualTo(new LaneDepth(2, 0));
        jobs().resume(new Lane(org, queue()));
        assertThat(claimAll()).hasSize(2);
    }

    @Test
    default void limit_isFreedByEveryWayAnAttemptEnds() {
        OrgId org = newOrg();
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(1));
        Duration later = Duration.ofHours(1);
        List<Outcome> outcomes = List.of(COMPLETED, new Outcome.Failed(later, "E", "m"),
                new Outcome.Snoozed(later, ""), new Outcome.Cancelled("enough"));
        enqueue(org, outcomes.size() + 2);

        for (Outcome outcome : outcomes) {
            ClaimedJob claimed = claimOne();
            assertNothingToClaim();
            assertThat(finish(claimed, outcome)).isTrue();
        }
        ClaimedJob released = claimOne();
        assertNothingToClaim();
        jobs().release(List.of(released.lease()));
        ClaimedJob expired = claimOne(SHORT_LEASE);
        advance(PAST_SHORT_LEASE);

        assertThat(awaitJob().lease().fence()).isGreaterThan(expired.lease().fence());
        assertThat(depth(org).running()).isEqualTo(1);
    }

    @Test
    default void limit_isOneForEachLane() {
        OrgId org = newOrg();
        String other = queue() + "-other";
        jobs().registerQueue(other);
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(1));
        enqueue(org, 3);
        jobs().enqueue(org, List.of(JobRequest.of(JobKind.of("test.work", other), "{}"),
                JobRequest.of(JobKind.of("test.work", other), "{}")));

        assertThat(claimAll()).hasSize(1);
        assertThat(jobs().claim(other, 10, "contract", LONG_LEASE)).hasSize(2);
        settle();
        assertThat(jobs().lanes(org))
                .hasEntrySatisfying(queue(), lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(2, 1)))
                .hasEntrySatisfying(other, lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(0, 2)));
    }

    @Test
    default void setLimits_refusesWhatIsNotKnown() {
        OrgId org = newOrg();

        assertThatThrownBy(() -> jobs().setLimits(org, queue() + "-unknown", LaneLimits.DEFAULT))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> jobs().setLimits(unknownOrg(), queue(), LaneLimits.DEFAULT))
                .isInstanceOf(UnknownOrgException.class);
    }

    @Test
    default void depth_countsOnlyWhatCouldRunNow() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        enqueue(org, 7);
        enqueue(org, request().withRunAt(now().plus(Duration.ofHours(1))));

        List<ClaimedJob> claimed = claim(3);

        assertThat(depth(org)).isEqualTo(new LaneDepth(7 - claimed.size(), claimed.size()));
        assertThat(depth(other)).isEqualTo(new LaneDepth(0, 0));
    }

    /** Each claimer holds what it took over its next claim, so that claims overlap all the time. */
    @Test
    default void limit_isExactUnderEightClaimers() {
        Map<OrgId, Integer> limits = new TreeMap<>();
        for (int limit = 1; limit <= 4; limit++) {
            OrgId org = newOrg();
            jobs().setLimits(org, queue(), LaneLimits.maxRunning(limit));
            enqueue(org, 25 * limit);
            limits.put(org, limit);
        }
        Map<OrgId, Integer> running = new ConcurrentHashMap<>();
        AtomicInteger left = new AtomicInteger(25 * (1 + 2 + 3 + 4));

        Race.of(8, number -> {
            List<ClaimedJob> held = List.of();
            long end = System.nanoTime() + Await.LIMIT.toNanos();
            while (left.get() > 0 && System.nanoTime() < end) {
                jobs().maintain(100);
                List<ClaimedJob> claimed = jobs().claim(queue(), 3, "claimer-" + number, LONG_LEASE);
                for (ClaimedJob job : claimed) {
                    OrgId org = job.lease().org();
                    assertThat(running.merge(org, 1, Integer::sum)).as("leased of one lane")
                            .isLessThanOrEqualTo(limits.getOrDefault(org, 0));
                }
                limits.forEach((org, limit) -> assertThat(depthNow(org).running()).isBetween(0, limit));
                held.forEach(job -> running.merge(job.lease().org(), -1, Integer::sum));
                complete(held);
                left.addAndGet(-held.size());
                held = new ArrayList<>(claimed);
            }
            held.forEach(job -> running.merge(job.lease().org(), -1, Integer::sum));
            complete(held);
            return left.addAndGet(-held.size());
        });

        assertThat(left).hasValue(0);
        limits.forEach((org, limit) -> assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0)));
    }
}
