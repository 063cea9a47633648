package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.Fairness;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.LaneState;
import io.croft.job.LaneStatus;
import io.croft.job.LaneStatus.Pause;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.job.RateLimit;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Pausable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The limit of a queue over all organisations, its pauses and those within it, and what is told of it. */
interface JobQueueCases extends JobFixture {

    private void limitQueue(int maxRunning) {
        jobs().setLimits(queue(), QueueLimits.DEFAULT.withMaxRunning(maxRunning));
    }

    @Test
    default void queueLimits_areKept() {
        assertThat(jobs().limits(queue())).isEqualTo(QueueLimits.DEFAULT);

        QueueLimits some = new QueueLimits(OptionalInt.of(10_000), Fairness.JOBS);
        jobs().setLimits(queue(), some);

        assertThat(jobs().limits(queue())).isEqualTo(some);
        assertThat(status()).isEqualTo(new QueueStatus(0, 0, 0, some, false));
        jobs().setLimits(queue(), QueueLimits.DEFAULT);
        assertThat(jobs().limits(queue())).isEqualTo(QueueLimits.DEFAULT);
    }

    @Test
    default void queueLimit_holdsOverAllOrgs() {
        limitQueue(3);
        for (int i = 0; i < 4; i++) {
            enqueue(newOrg(), 3);
        }

        List<ClaimedJob> claimed = claimAll();
        assertThat(claimed).hasSize(3);
        complete(claimed.subList(0, 2));

        assertThat(claimAll()).hasSize(2);
        assertThat(status().running()).isEqualTo(3);
    }

    @Test
    default void queueLimit_isFreedByEveryWayAnAttemptEnds() {
        limitQueue(1);
        Duration later = Duration.ofHours(1);
        List<Outcome> outcomes = List.of(COMPLETED, new Outcome.Failed(later, "E", "m"),
                new Outcome.Snoozed(later, ""), new Outcome.Cancelled("enough"));
        enqueue(newOrg(), outcomes.size());
        enqueue(newOrg(), 2);

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
        assertNothingToClaim();
    }

    @Test
    default void queueLimit_countsWhatBeganBeforeAndHoldsAtOnce() {
        OrgId org = newOrg();
        unlimited(org);
        enqueue(org, 40);
        Deque<ClaimedJob> running = new ArrayDeque<>(claim(5));

        limitQueue(6);
        running.addAll(claimAll());
        assertThat(running).hasSize(6);

        limitQueue(3);
        while (running.size() > 3) {
            assertNothingToClaim();
            complete(List.of(running.removeFirst()));
        }
        assertNothingToClaim();
        complete(List.of(running.removeLast()));
        running.addAll(claimAll());
        assertThat(running).hasSize(3);

        limitQueue(8);
        running.addAll(claimAll());
        assertThat(running).hasSize(8);
        limitQueue(2);
        complete(List.of(running.removeFirst(), running.removeFirst()));
        assertNothingToClaim();

        jobs().setLimits(queue(), QueueLimits.DEFAULT);
        running.addAll(claim(10));
        assertThat(running).hasSize(16);
        limitQueue(16);
        assertNothingToClaim();
        complete(List.of(running.removeLast()));
        assertThat(claimAll()).hasSize(1);
    }

    @Test
    default void queueLimit_isOneForEachQueue() {
        OrgId org = newOrg();
        String other = queue() + "-other";
        jobs().registerQueue(other);
        limitQueue(1);
        enqueue(org, 3);
        JobRequest there = JobRequest.of(JobKind.of("test.work", other), "{}");
        jobs().enqueue(org, List.of(there, there, there));

        assertThat(claimAll()).hasSize(1);

        assertThat(jobs().claim(other, 10, "contract", LONG_LEASE)).hasSize(3);
    }

    /** Each claimer holds what it took over its next claim, so that claims overlap all the time. */
    @Test
    default void queueLimit_isExactUnderEightClaimers() {
        limitQueue(5);
        int total = 200;
        for (int i = 0; i < 4; i++) {
            OrgId org = newOrg();
            unlimited(org);
            enqueue(org, total / 4);
        }
        AtomicInteger running = new AtomicInteger();
        AtomicInteger left = new AtomicInteger(total);

        Race.of(8, number -> {
            List<ClaimedJob> held = List.of();
            long end = System.nanoTime() + Await.LIMIT.toNanos();
            while (left.get() > 0 && System.nanoTime() < end) {
                jobs().maintain(100);
                List<ClaimedJob> claimed = jobs().claim(queue(), 3, "claimer-" + number, LONG_LEASE);
                assertThat(running.addAndGet(claimed.size())).as("leased of the queue").isLessThanOrEqualTo(5);
                running.addAndGet(-held.size());
                complete(held);
                left.addAndGet(-held.size());
                held = new ArrayList<>(claimed);
            }
            running.addAndGet(-held.size());
            complete(held);
            return left.addAndGet(-held.size());
        });

        assertThat(left).hasValue(0);
        settle();
        assertThat(status().running()).isZero();
        assertThat(status().ready()).isZero();
    }

    @Test
    default void pauses_areKeptBesideOneAnother() {
        OrgId org = newOrg();
        enqueue(org, 1);
        List<Pausable> all =
                List.of(new Lane(org, queue()), new Pausable.Org(org), new Pausable.Queue(queue()));
        settle();

        all.forEach(jobs()::pause);
        all.forEach(jobs()::pause);
        assertThat(lane(org).pauses()).containsExactlyInAnyOrder(Pause.LANE, Pause.ORG,
                Pause.QUEUE);
        for (Pausable one : all) {
            assertNothingToClaim();
            assertThat(lane(org).state()).isEqualTo(LaneState.PAUSED);
            jobs().resume(one);
        }

        assertThat(lane(org).pauses()).isEmpty();
        assertThat(claimAll()).hasSize(1);
    }

    @Test
    default void pause_ofAnOrgHoldsInEveryQueueAndForLanesToCome() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        String second = queue() + "-second";
        jobs().registerQueue(second);
        enqueue(org);
        ClaimedJob running = claimOne();

        jobs().pause(new Pausable.Org(org));
        enqueue(org);
        enqueue(other);
        JobRequest there = JobRequest.of(JobKind.of("test.work", second), "{}");
        jobs().enqueue(org, List.of(there));

        assertThat(claimOne().lease().org()).isEqualTo(other);
        assertThat(jobs().claim(second, 10, "contract", LONG_LEASE)).isEmpty();
        assertThat(finish(running, COMPLETED)).isTrue();
        jobs().resume(new Pausable.Org(org));
        assertThat(claimAll()).hasSize(1);
        assertThat(jobs().claim(second, 10, "contract", LONG_LEASE)).hasSize(1);
    }

    @Test
    default void pause_ofALaneIsKeptWhenItsOrgIsResumed() {
        OrgId org = newOrg();
        jobs().pause(new Lane(org, queue()));
        jobs().pause(new Pausable.Org(org));
        enqueue(org);

        jobs().resume(new Pausable.Org(org));

        assertNothingToClaim();
        assertThat(lane(org).pauses()).containsExactly(Pause.LANE);
    }

    @Test
    default void pause_ofAQueueLeavesOthers() {
        OrgId org = newOrg();
        String other = queue() + "-other";
        jobs().registerQueue(other);
        enqueue(org);
        jobs().enqueue(org, List.of(JobRequest.of(JobKind.of("test.work", other), "{}")));

        jobs().pause(new Pausable.Queue(queue()));

        assertNothingToClaim();
        assertThat(status().paused()).isTrue();
        assertThat(jobs().claim(other, 10, "contract", LONG_LEASE)).hasSize(1);
    }

    @Test
    default void pauseAndLimits_refuseWhatIsNotKnown() {
        OrgId org = newOrg();
        String unknown = queue() + "-unknown";

        for (Pausable what : List.of(new Lane(org, unknown), new Pausable.Queue(unknown))) {
            assertThatThrownBy(() -> jobs().pause(what)).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> jobs().resume(what)).isInstanceOf(InvalidInputException.class);
        }
        for (Pausable what : List.of(new Lane(unknownOrg(), queue()), new Pausable.Org(unknownOrg()))) {
            assertThatThrownBy(() -> jobs().pause(what)).isInstanceOf(UnknownOrgException.class);
            assertThatThrownBy(() -> jobs().resume(what)).isInstanceOf(UnknownOrgException.class);
        }
        assertThatThrownBy(() -> jobs().limits(unknown)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> jobs().setLimits(unknown, QueueLimits.DEFAULT))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    default void lanes_tellWhyTheirJobsStartOrDoNot() {
        OrgId org = newOrg();
        LaneLimits limits = LaneLimits.maxRunning(2).withWeight(0.3).withRate(new RateLimit(1.0 / 3600, 1));

        jobs().setLimits(org, queue(), limits);
        assertThat(lane(org))
                .isEqualTo(new LaneStatus(new LaneDepth(0, 0), limits, LaneState.IDLE, Set.of(), Optional.empty()));
        enqueue(org, 2);
        assertThat(lane(org).state()).isEqualTo(LaneState.RUNNABLE);
        settle();
        assertThat(lane(org).state()).isEqualTo(LaneState.RUNNABLE);
        claimOne();
        assertThat(lane(org).state()).isEqualTo(LaneState.THROTTLED);
        jobs().setLimits(org, queue(), limits.withMaxRunning(1));
        assertThat(lane(org).state()).isEqualTo(LaneState.AT_LIMIT);
        assertThat(lane(org).depth()).isEqualTo(new LaneDepth(1, 1));
        jobs().pause(new Lane(org, queue()));
        assertThat(lane(org).state()).isEqualTo(LaneState.PAUSED);
        assertThat(jobs().lanes(newOrg())).isEmpty();
    }

    @Test
    default void queues_tellHowManyWaitAndRun() {
        OrgId full = newOrg();
        OrgId other = newOrg();
        jobs().setLimits(full, queue(), LaneLimits.maxRunning(1));
        enqueue(full, 4);
        assertThat(claimAll()).hasSize(1);
        enqueue(other, 2);
        settle();

        assertThat(status()).isEqualTo(new QueueStatus(5, 1, 1, QueueLimits.DEFAULT, false));
    }
}
