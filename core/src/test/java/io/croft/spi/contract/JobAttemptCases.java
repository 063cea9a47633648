package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobError;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How attempts end: failed, put off, cancelled, given back, and each only once. */
interface JobAttemptCases extends JobFixture {

    @Test
    default void failed_isTriedAgainWithAGreaterFence() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob first = claimOne();

        assertThat(finish(first, FAILED)).isTrue();

        Job waiting = job(org, id);
        assertThat(waiting.state()).isIn(JobState.SCHEDULED, JobState.READY);
        assertThat(waiting.attempts()).isEqualTo(1);
        assertThat(waiting.error()).contains(new JobError("java.io.IOException", "no saddle", ""));
        ClaimedJob second = awaitJob();
        assertThat(second.lease().id()).isEqualTo(id);
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.lease().fence()).isGreaterThan(first.lease().fence());
    }

    @Test
    default void failed_waitsForItsDelay() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob first = claimOne();
        Instant before = now();

        assertThat(finish(first, new Outcome.Failed(Duration.ofSeconds(1), "E", "again"))).isTrue();

        Job waiting = job(org, id);
        assertThat(waiting.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(waiting.runAt().orElseThrow()).isAfterOrEqualTo(before.plusSeconds(1));
        assertThat(awaitJob().attempt()).isEqualTo(2);
        assertThat(now()).isAfterOrEqualTo(before.plusSeconds(1));
    }

    @Test
    default void failed_theLastTimeIsADeadLetter() {
        OrgId org = newOrg();
        JobId id = enqueue(org);

        for (int attempt = 1; attempt <= 3; attempt++) {
            ClaimedJob claimed = awaitJob();
            assertThat(claimed.attempt()).isEqualTo(attempt);
            assertThat(finish(claimed, FAILED)).isTrue();
        }

        Job dead = job(org, id);
        assertThat(dead.state()).isEqualTo(JobState.DEAD);
        assertThat(dead.attempts()).isEqualTo(3);
        assertThat(dead.finishedAt()).isPresent();
        assertThat(dead.error().orElseThrow().message()).contains("no saddle");
        assertNothingToClaim();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void failed_takesAnyMessage() {
        OrgId org = newOrg();
        unlimited(org);
        List<String> messages =
                List.of("", "a\u0000b", "half \ud83d", "😀".repeat(5000), "x".repeat(100_000), "'\"\\{}");

        for (String message : messages) {
            JobId id = enqueue(org, JobRequest.of(kind(1), "{}")).id();
            assertThat(finish(claimOne(), new Outcome.Failed(Duration.ZERO, "E", message))).isTrue();
            JobError error = job(org, id).error().orElseThrow();
            assertThat(error.type()).isEqualTo("E");
            assertThat(error.message()).hasSizeLessThanOrEqualTo(8 * 1024);
        }
    }

    @Test
    default void snoozed_comesAgainAndIsNotCounted() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        JobLease last = new JobLease(org, id, 0);

        for (int round = 0; round < 5; round++) {
            ClaimedJob claimed = awaitJob();
            assertThat(claimed.attempt()).isEqualTo(1);
            assertThat(claimed.lease().fence()).isGreaterThan(last.fence());
            assertThat(finish(claimed, new Outcome.Snoozed(Duration.ZERO, "not yet"))).isTrue();
            assertThat(job(org, id).attempts()).isZero();
            last = claimed.lease();
        }
    }

    @Test
    default void snoozed_waitsForItsDelay() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        Instant before = now();

        assertThat(finish(claimed, new Outcome.Snoozed(Duration.ofSeconds(1), ""))).isTrue();

        assertThat(state(org, id)).isEqualTo(JobState.SCHEDULED);
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertThat(awaitJob().attempt()).isEqualTo(1);
        assertThat(now()).isAfterOrEqualTo(before.plusSeconds(1));
    }

    @Test
    default void cancelled_isFinal() {
        OrgId org = newOrg();
        JobId id = enqueue(org);

        assertThat(finish(claimOne(), new Outcome.Cancelled("the horse was sold"))).isTrue();

        Job cancelled = job(org, id);
        assertThat(cancelled.state()).isEqualTo(JobState.CANCELLED);
        assertThat(cancelled.note()).contains("the horse was sold");
        assertThat(cancelled.error()).isEmpty();
        assertThat(cancelled.finishedAt()).isPresent();
        assertNothingToClaim();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void release_givesTheJobBackAndIsNotCounted() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();

        jobs().release(List.of(claimed.lease()));

        assertThat(state(org, id)).isEqualTo(JobState.READY);
        assertThat(depth(org)).isEqualTo(new LaneDepth(1, 0));
        ClaimedJob again = claimOne();
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(again.lease().fence()).isGreaterThan(claimed.lease().fence());
    }

    @Test
    default void release_passesOverWhatIsNotHeld() {
        OrgId org = newOrg();
        unlimited(org);
        enqueue(org, 2);
        List<ClaimedJob> claimed = claimAll();
        JobLease done = claimed.get(0).lease();
        JobLease held = claimed.get(1).lease();
        assertThat(finish(done, COMPLETED)).isTrue();

        jobs().release(List.of(done, new JobLease(held.org(), held.id(), held.fence() - 1),
                new JobLease(org, new JobId(Long.MAX_VALUE), 1)));

        assertThat(state(org, done.id())).isEqualTo(JobState.COMPLETED);
        assertThat(state(org, held.id())).isEqualTo(JobState.RUNNING);
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 1));
    }

    @Test
    default void finish_refusesAnAttemptThatWasReleased() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        jobs().release(List.of(claimed.lease()));

        boolean accepted = finish(claimed, COMPLETED);

        assertThat(accepted).isFalse();
        assertThat(state(org, id)).isEqualTo(JobState.READY);
    }

    @Test
    default void finish_refusesALaterAttemptsForerunner() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob first = claimOne(SHORT_LEASE);
        advance(PAST_SHORT_LEASE);
        ClaimedJob second = awaitJob();

        boolean late = finish(first, new Outcome.Completed(Optional.of("\"late\"")));
        boolean inTime = finish(second, new Outcome.Completed(Optional.of("\"in time\"")));

        assertThat(late).isFalse();
        assertThat(inTime).isTrue();
        assertThat(job(org, id).result()).contains("\"in time\"");
        assertThat(finish(first, COMPLETED)).isFalse();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void finish_acceptsTheSameAttemptAgainAndChangesNothing() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        assertThat(finish(claimed, new Outcome.Completed(Optional.of("1")))).isTrue();

        assertThat(finish(claimed, new Outcome.Completed(Optional.of("1")))).isTrue();
        assertThat(finish(claimed, FAILED)).isTrue();

        assertThat(state(org, id)).isEqualTo(JobState.COMPLETED);
        assertThat(job(org, id).result()).contains("1");
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void finish_acceptsAFailureAgainAndCountsItOnce() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        assertThat(finish(claimed, FAILED)).isTrue();

        assertThat(finish(claimed, FAILED)).isTrue();

        assertThat(job(org, id).attempts()).isEqualTo(1);
        ClaimedJob second = awaitJob();
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(finish(claimed, COMPLETED)).as("a repetition, while the next attempt runs").isTrue();
        assertThat(state(org, id)).isEqualTo(JobState.RUNNING);
        assertThat(finish(second, COMPLETED)).isTrue();
    }

    @Test
    default void finish_thatHasAnAttemptTwiceEndsItOnce() {
        OrgId org = newOrg();
        JobId done = enqueue(org);
        JobId failed = enqueue(org);
        List<ClaimedJob> claimed = claimAll();
        JobLease a = lease(claimed, done);
        JobLease b = lease(claimed, failed);

        List<Boolean> accepted = jobs().finish(List.of(new Completion(a, COMPLETED), new Completion(b, FAILED),
                new Completion(b, FAILED), new Completion(a, COMPLETED)));

        assertThat(accepted).containsExactly(true, true, true, true);
        assertThat(state(org, done)).isEqualTo(JobState.COMPLETED);
        assertThat(job(org, failed).attempts()).isEqualTo(1);
        settle();
        assertThat(depth(org)).isEqualTo(new LaneDepth(1, 0));
    }

    @Test
    default void finish_endsAttemptsOfManyOrgsAtOnceAndAnswersInOrder() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId mine = enqueue(org);
        JobId failing = enqueue(org);
        JobId theirs = enqueue(other);
        List<ClaimedJob> claimed = claimAll();
        JobLease a = lease(claimed, mine);
        JobLease b = lease(claimed, failing);
        JobLease c = lease(claimed, theirs);

        List<Boolean> accepted = jobs().finish(List.of(new Completion(a, COMPLETED),
                new Completion(new JobLease(other, new JobId(Long.MAX_VALUE), 1), COMPLETED),
                new Completion(b, new Outcome.Cancelled("enough")),
                new Completion(new JobLease(c.org(), c.id(), c.fence() - 1), FAILED)));

        assertThat(accepted).containsExactly(true, false, true, false);
        assertThat(state(org, mine)).isEqualTo(JobState.COMPLETED);
        assertThat(state(org, failing)).isEqualTo(JobState.CANCELLED);
        assertThat(state(other, theirs)).isEqualTo(JobState.RUNNING);
        assertThat(jobs().finish(List.of())).isEmpty();
    }

    @Test
    default void finish_refusesAResultThatIsNoJsonAndEndsNothing() {
        OrgId org = newOrg();
        List<JobId> ids = enqueue(org, 2);
        List<ClaimedJob> claimed = claimAll();
        JobLease good = lease(claimed, ids.get(0));
        JobLease bad = lease(claimed, ids.get(1));

        for (String result : List.of("", "done", "{", "1 2", "{\"a\":\"\n\"}")) {
            assertThatThrownBy(() -> jobs().finish(List.of(new Completion(good, COMPLETED),
                    new Completion(bad, new Outcome.Completed(Optional.of(result))))))
                    .as(result).isInstanceOf(InvalidInputException.class);
        }

        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 2));
        for (String result : List.of("null", "\"done\"", "[1,2]", "{\"a\":{}}", "-1.5")) {
            JobId id = enqueue(org);
            assertThat(finish(claimOne(), new Outcome.Completed(Optional.of(result)))).isTrue();
            assertThat(job(org, id).result().map(JsonText::compact)).contains(result);
        }
        assertThat(finish(good, COMPLETED)).isTrue();
    }

    @Test
    default void finish_refusesALeaseInTheNameOfAnotherOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId id = enqueue(org);
        JobLease lease = claimOne().lease();
        JobLease forged = new JobLease(other, lease.id(), lease.fence());

        boolean accepted = finish(forged, COMPLETED);
        List<JobLease> prolonged = jobs().heartbeat(List.of(forged), LONG_LEASE).leases();
        jobs().release(List.of(forged));

        assertThat(accepted).isFalse();
        assertThat(prolonged).isEmpty();
        assertThat(state(org, id)).isEqualTo(JobState.RUNNING);
        assertThat(finish(lease, COMPLETED)).isTrue();
        assertThat(finish(forged, COMPLETED)).isFalse();
    }

    private static JobLease lease(List<ClaimedJob> claimed, JobId id) {
        return claimed.stream().map(ClaimedJob::lease).filter(lease -> lease.id().equals(id)).findFirst().orElseThrow();
    }
}
