package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Leases: kept alive by heartbeats, and taken away when they end. */
interface JobLeaseCases extends JobFixture {

    @Test
    default void lease_thatEndedCountsAsAFailedAttempt() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob first = claimOne(SHORT_LEASE);

        advance(PAST_SHORT_LEASE);
        ClaimedJob second = awaitJob();

        assertThat(second.lease().id()).isEqualTo(id);
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.lease().fence()).isGreaterThan(first.lease().fence());
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 1));
    }

    @Test
    default void lease_thatEndedInTheLastAttemptMakesADeadLetter() {
        OrgId org = newOrg();
        JobId id = enqueue(org, JobRequest.of(kind(1), "{}")).id();
        claimOne(SHORT_LEASE);

        advance(PAST_SHORT_LEASE);
        Set<JobStore.Lane> died = new HashSet<>();
        eventually("the job is dead", () -> {
            jobs().maintain(1000, died::add);
            return state(org, id) == JobState.DEAD;
        });

        assertThat(died).contains(new JobStore.Lane(org, queue()));
        settle();
        Job dead = job(org, id);
        assertThat(dead.attempts()).isEqualTo(1);
        assertThat(dead.error().orElseThrow().type()).isEqualTo("LeaseExpired");
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void advance_doesAllOfUpkeepButWhatIsLeftToTheNext() {
        OrgId org = newOrg();
        JobId first = enqueue(org);
        JobId second = enqueue(org, request().withAfter(After.success(first))).id();

        advanceAll();
        List<ClaimedJob> claimed = jobs().claim(queue(), 10, "contract", LONG_LEASE);
        assertThat(claimed).extracting(job -> job.lease().id()).containsExactly(first);
        assertThat(finish(claimed.getFirst(), COMPLETED)).isTrue();
        advanceAll();
        assertThat(jobs().claim(queue(), 10, "contract", SHORT_LEASE)).extracting(job -> job.lease().id())
                .containsExactly(second);
        advance(PAST_SHORT_LEASE);
        advanceAll();

        assertThat(awaitJob().attempt()).isEqualTo(2);
    }

    private void advanceAll() {
        int rounds = 0;
        while (jobs().advance(1000, lane -> {
        }).more()) {
            assertThat(++rounds).as("rounds of upkeep that all say there is more to do").isLessThan(10_000);
        }
    }

    @Test
    default void lease_thatHasNotEndedIsLeftAlone() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne(LONG_LEASE);

        advance(PAST_SHORT_LEASE);
        settle();

        assertThat(state(org, id)).isEqualTo(JobState.RUNNING);
        assertThat(finish(claimed, COMPLETED)).isTrue();
    }

    @Test
    default void lease_thatEndedIsStillHeldUntilUpkeepTakesIt() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne(SHORT_LEASE);

        advance(PAST_SHORT_LEASE);

        assertThat(state(org, id)).isEqualTo(JobState.RUNNING);
        assertThat(finish(claimed, COMPLETED)).isTrue();
        assertThat(state(org, id)).isEqualTo(JobState.COMPLETED);
    }

    @Test
    default void finish_refusesAnAttemptThatWasTakenAway() {
        OrgId org = newOrg();
        JobId id = enqueue(org, JobRequest.of(kind(1), "{}")).id();
        ClaimedJob claimed = claimOne(SHORT_LEASE);
        advance(PAST_SHORT_LEASE);
        eventually("the job is dead", () -> {
            settle();
            return state(org, id) == JobState.DEAD;
        });

        boolean accepted = finish(claimed, COMPLETED);

        assertThat(accepted).isFalse();
        assertThat(state(org, id)).isEqualTo(JobState.DEAD);
        assertThat(jobs().heartbeat(List.of(claimed.lease()), LONG_LEASE).leases()).isEmpty();
    }

    @Test
    default void heartbeat_prolongsALease() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne(SHORT_LEASE);

        List<JobLease> prolonged = jobs().heartbeat(List.of(claimed.lease()), LONG_LEASE).leases();

        assertThat(prolonged).containsExactly(claimed.lease());
        advance(PAST_SHORT_LEASE);
        settle();
        assertThat(state(org, id)).isEqualTo(JobState.RUNNING);
        assertThat(finish(claimed, COMPLETED)).isTrue();
    }

    @Test
    default void heartbeat_countsFromNowOn() {
        OrgId org = newOrg();
        enqueue(org);
        ClaimedJob claimed = claimOne(LONG_LEASE);

        jobs().heartbeat(List.of(claimed.lease()), SHORT_LEASE);
        advance(PAST_SHORT_LEASE);

        assertThat(awaitJob().attempt()).isEqualTo(2);
    }

    @Test
    default void heartbeat_returnsOnlyWhatIsStillHeld() {
        OrgId org = newOrg();
        unlimited(org);
        enqueue(org, 3);
        List<ClaimedJob> claimed = claimAll();
        JobLease done = claimed.get(0).lease();
        JobLease released = claimed.get(1).lease();
        JobLease held = claimed.get(2).lease();
        assertThat(finish(done, COMPLETED)).isTrue();
        jobs().release(List.of(released));

        List<JobLease> prolonged = jobs().heartbeat(List.of(done, released, held,
                new JobLease(held.org(), held.id(), held.fence() - 1),
                new JobLease(org, new JobId(Long.MAX_VALUE), 1)), Duration.ofMinutes(1)).leases();

        assertThat(prolonged).containsExactly(held);
        assertThat(jobs().heartbeat(List.of(), LONG_LEASE).leases()).isEmpty();
    }
}
