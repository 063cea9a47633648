package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.CancelReceipt;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Cancelling jobs, whether they run or not. */
interface JobCancelCases extends JobFixture {

    String REASON = "the horse was sold";

    @Test
    default void cancel_endsWhatWaitsAndMarksWhatRuns() {
        OrgId org = newOrg();
        JobId dead = deadLetter(org);
        JobId running = enqueue(org);
        ClaimedJob claimed = claimOne();
        JobId scheduled = enqueue(org, request().withRunAt(now().plus(Duration.ofMinutes(10)))).id();
        JobId ready = enqueue(org);

        CancelReceipt receipt = jobs().cancel(org, List.of(dead, running, scheduled, ready), REASON);

        assertThat(receipt.cancelled()).containsExactlyInAnyOrder(dead, scheduled, ready);
        assertThat(receipt.told()).containsExactly(running);
        for (JobId id : receipt.cancelled()) {
            assertCancelled(org, id, REASON);
        }
        assertThat(state(org, running)).isEqualTo(JobState.RUNNING);
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 1));
        assertThat(finish(claimed, FAILED)).isTrue();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertNothingToClaim();
    }

    @Test
    default void cancel_leavesWhatHasEndedAndOtherOrgs() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId done = enqueue(org);
        assertThat(finish(claimOne(), COMPLETED)).isTrue();
        JobId theirs = enqueue(other);
        ClaimedJob claimed = claimOne();

        CancelReceipt receipt = jobs().cancel(org, List.of(done, theirs, new JobId(Long.MAX_VALUE)), REASON);

        assertThat(receipt).isEqualTo(new CancelReceipt(List.of(), List.of(), List.of()));
        assertThat(state(org, done)).isEqualTo(JobState.COMPLETED);
        assertThat(jobs().heartbeat(List.of(claimed.lease()), LONG_LEASE).cancelled()).isEmpty();
        assertThat(finish(claimed, COMPLETED)).isTrue();
        assertThat(state(other, theirs)).isEqualTo(JobState.COMPLETED);
    }

    @Test
    default void heartbeat_tellsWhichOfTheHeldWereCancelled() {
        OrgId org = newOrg();
        List<JobId> ids = enqueue(org, 2);
        List<ClaimedJob> claimed = claimAll();
        List<JobLease> leases = claimed.stream().map(ClaimedJob::lease).toList();
        JobLease told = leases.stream().filter(lease -> lease.id().equals(ids.getFirst())).findFirst().orElseThrow();

        jobs().cancel(org, List.of(told.id()), REASON);

        for (int i = 0; i < 2; i++) {
            assertThat(jobs().heartbeat(leases, LONG_LEASE).leases()).containsExactlyInAnyOrderElementsOf(leases);
            assertThat(jobs().heartbeat(leases, LONG_LEASE).cancelled()).containsExactly(told);
        }
        assertThat(jobs().heartbeat(List.of(new JobLease(org, told.id(), told.fence() - 1)), LONG_LEASE).cancelled())
                .isEmpty();
    }

    @Test
    default void cancelledWhileItRan_completesIfItsHandlerSaysSo() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        jobs().cancel(org, List.of(id), REASON);

        assertThat(finish(claimed, new Outcome.Completed(Optional.of("7")))).isTrue();

        assertThat(state(org, id)).isEqualTo(JobState.COMPLETED);
        assertThat(job(org, id).result()).contains("7");
        assertThat(job(org, id).error()).isEmpty();
    }

    @Test
    default void cancelledWhileItRan_endsSoByAnyOtherOutcome() {
        OrgId org = newOrg();
        List<Outcome> outcomes = List.of(FAILED, new Outcome.Snoozed(Duration.ZERO, "later"),
                new Outcome.Cancelled("by itself"), new Outcome.NotBegun("too late"));
        for (Outcome outcome : outcomes) {
            JobId id = enqueue(org);
            ClaimedJob claimed = claimOne();
            jobs().cancel(org, List.of(id), REASON);

            assertThat(finish(claimed, outcome)).isTrue();
            assertThat(finish(claimed, outcome)).as("told again, as an answer may get lost").isTrue();

            assertCancelled(org, id, REASON);
            assertThat(job(org, id).attempts()).isEqualTo(outcome instanceof Outcome.NotBegun ? 0 : 1);
            assertThat(job(org, id).firstRunAt().isEmpty()).isEqualTo(outcome instanceof Outcome.NotBegun);
            assertThat(job(org, id).error()).isEmpty();
            assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        }
        assertNothingToClaim();
    }

    @Test
    default void cancelledWhileItRan_keepsTheErrorOfTheAttemptBefore() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        assertThat(finish(claimOne(), FAILED)).isTrue();
        ClaimedJob again = awaitJob();
        jobs().cancel(org, List.of(id), REASON);

        assertThat(finish(again, new Outcome.Failed(Duration.ZERO, "E", "told to end"))).isTrue();

        assertCancelled(org, id, REASON);
        assertThat(job(org, id).error().orElseThrow().message()).isEqualTo("no saddle");
    }

    @Test
    default void cancelledWhileItRan_endsSoWhenItsProcessGivesItBack() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        jobs().cancel(org, List.of(id), REASON);

        jobs().release(List.of(claimed.lease()));

        assertCancelled(org, id, REASON);
        assertThat(finish(claimed, COMPLETED)).as("what was taken away is not accepted").isFalse();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertNothingToClaim();
    }

    @Test
    default void cancelledWhileItRan_endsSoWhenItsLeaseEnds() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne(SHORT_LEASE);
        jobs().cancel(org, List.of(id), REASON);

        advance(PAST_SHORT_LEASE);
        eventually("the job has ended", () -> {
            settle();
            return state(org, id).hasEnded();
        });

        assertCancelled(org, id, REASON);
        assertThat(finish(claimed, COMPLETED)).as("what was taken away is not accepted").isFalse();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void cancelledTwice_keepsTheFirstReason() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        assertThat(jobs().cancel(org, List.of(id), REASON).told()).containsExactly(id);

        assertThat(jobs().cancel(org, List.of(id), "or so").told()).containsExactly(id);

        assertThat(finish(claimed, FAILED)).isTrue();
        assertCancelled(org, id, REASON);
    }

    @Test
    default void cancelledWhileItRan_isWhatItsKeyStandsFor() {
        OrgId org = newOrg();
        JobRequest keyed = request().withKey("stable-" + org);
        JobId id = enqueue(org, keyed).id();
        ClaimedJob claimed = claimOne();
        jobs().cancel(org, List.of(id), REASON);
        assertThat(finish(claimed, FAILED)).isTrue();

        assertThat(enqueue(org, keyed).id()).isEqualTo(id);
        assertThat(enqueue(org, keyed).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    default void cancel_amongClaimersLeavesNoJobThatGoesOn() {
        OrgId org = newOrg();
        unlimited(org);
        List<JobId> ids = enqueue(org, 200);
        settle();

        List<Set<JobId>> taken = Race.of(4, number -> {
            Set<JobId> mine = new HashSet<>();
            if (number == 0) {
                for (int from = 0; from < ids.size(); from += 20) {
                    mine.addAll(jobs().cancel(org, ids.subList(from, from + 20), REASON).cancelled());
                }
                return mine;
            }
            for (int i = 0; i < 20; i++) {
                List<ClaimedJob> claimed = jobs().claim(queue(), 5, "claimer-" + number, LONG_LEASE);
                claimed.forEach(job -> {
                    assertThat(finish(job, FAILED)).isTrue();
                    mine.add(job.lease().id());
                });
            }
            return mine;
        });

        List<ClaimedJob> rest = new ArrayList<>(claimAll());
        while (!rest.isEmpty()) {
            rest.forEach(job -> finish(job, FAILED));
            rest = claimAll();
        }
        assertThat(taken.stream().flatMap(Set::stream).distinct()).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(ids.stream().map(id -> state(org, id))).allMatch(JobState::hasEnded);
        taken.getFirst().forEach(id -> assertThat(state(org, id)).isEqualTo(JobState.CANCELLED));
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    private void assertCancelled(OrgId org, JobId id, String reason) {
        Job job = job(org, id);
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.note()).contains(reason);
        assertThat(job.finishedAt()).isPresent();
    }
}
