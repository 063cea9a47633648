package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobError;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobReceipt;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a request can ask for: delays, deadlines, attempts, tags. */
interface JobRequestCases extends JobFixture {

    @Test
    default void delay_holdsAJobBackByTheStoresClock() {
        OrgId org = newOrg();
        Instant before = now();

        JobReceipt receipt = enqueue(org, request().withDelay(Duration.ofMillis(900)));

        assertThat(receipt.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(job(org, receipt.id()).runAt().orElseThrow()).isAfterOrEqualTo(before.plusMillis(900));
        assertThat(awaitJob().lease().id()).isEqualTo(receipt.id());
        assertThat(now()).isAfterOrEqualTo(before.plusMillis(900));
    }

    @Test
    default void delayAndRunAt_theLaterCounts() {
        OrgId org = newOrg();
        Instant soon = now().plusSeconds(60).truncatedTo(ChronoUnit.MILLIS);
        Duration hour = Duration.ofHours(1);

        JobId delayed = enqueue(org, request().withRunAt(soon).withDelay(hour)).id();
        JobId timed = enqueue(org, request().withRunAt(soon).withDelay(Duration.ofSeconds(1))).id();

        assertThat(job(org, delayed).runAt().orElseThrow()).isAfterOrEqualTo(soon.plus(hour).minusSeconds(60));
        assertThat(job(org, timed).runAt()).contains(soon);
    }

    @Test
    default void maxAttempts_ofTheRequestCountsBeforeItsKinds() {
        OrgId org = newOrg();
        JobId id = enqueue(org, request().withMaxAttempts(1)).id();

        ClaimedJob claimed = claimOne();

        assertThat(claimed.maxAttempts()).isEqualTo(1);
        assertThat(finish(claimed, FAILED)).isTrue();
        assertThat(job(org, id).state()).isEqualTo(JobState.DEAD);
        assertThat(job(org, id).maxAttempts()).isEqualTo(1);
    }

    @Test
    default void tags_areKeptAsLongAsTheJob() {
        OrgId org = newOrg();
        Set<String> tags = Set.of("spring sale", "馬", "a,b {\"c\"} \\n");
        JobId id = enqueue(org, request().withTags(tags)).id();
        JobId plain = enqueue(org);

        assertThat(job(org, id).tags()).isEqualTo(tags);
        assertThat(job(org, plain).tags()).isEmpty();
        List<ClaimedJob> claimed = claimAll();
        assertThat(claimed).extracting(ClaimedJob::tags).containsExactly(tags, Set.of());
        complete(claimed);
        assertThat(job(org, id).tags()).isEqualTo(tags);
    }

    @Test
    default void job_tellsItsKeyAndWhenItFirstRan() {
        OrgId org = newOrg();
        JobId id = enqueue(org, request().withKey("order-1")).id();
        assertThat(job(org, id).key()).contains("order-1");
        assertThat(job(org, id).firstRunAt()).isEmpty();

        assertThat(finish(claimOne(), FAILED)).isTrue();
        Instant first = job(org, id).firstRunAt().orElseThrow();
        advance(Duration.ofMillis(20));
        assertThat(finish(awaitJob(), COMPLETED)).isTrue();

        Job done = job(org, id);
        assertThat(first).isBetween(done.createdAt(), done.finishedAt().orElseThrow());
        assertThat(done.firstRunAt()).contains(first);
        assertThat(done.key()).contains("order-1");
    }

    @Test
    default void failed_keepsItsStackTraceUntilTheJobIsGone() {
        OrgId org = newOrg();
        Outcome failed =
                new Outcome.Failed(Optional.of(Duration.ZERO), "java.io.IOException", "no saddle", "\tat here\n");
        JobError error = new JobError("java.io.IOException", "no saddle", "\tat here\n");
        JobId id = enqueue(org);

        assertThat(finish(claimOne(), failed)).isTrue();
        assertThat(job(org, id).error()).contains(error);
        assertThat(finish(awaitJob(), new Outcome.Snoozed(Duration.ZERO, "later"))).isTrue();
        assertThat(job(org, id).error()).contains(error);
        assertThat(job(org, id).note()).contains("later");
        assertThat(finish(awaitJob(), COMPLETED)).isTrue();

        assertThat(job(org, id).error()).contains(error);
        assertThat(job(org, id).note()).isEmpty();
    }

    @Test
    default void failed_withoutARetryIsADeadLetterAtOnce() {
        OrgId org = newOrg();
        JobId id = enqueue(org);

        assertThat(finish(claimOne(), new Outcome.Failed(Optional.empty(), "E", "hopeless", ""))).isTrue();

        assertThat(job(org, id).state()).isEqualTo(JobState.DEAD);
        assertThat(job(org, id).attempts()).isEqualTo(1);
        assertNothingToClaim();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void deadline_isHandedOutAndSaysWhenItHasPassed() {
        OrgId org = newOrg();
        Instant deadline = now().plusMillis(400).truncatedTo(ChronoUnit.MILLIS);
        JobId inTime = enqueue(org, request().withDeadline(now().plusSeconds(3600))).id();
        JobId late = enqueue(org, request().withDeadline(deadline)).id();
        settle();
        eventually("the deadline has passed", () -> now().isAfter(deadline));

        List<ClaimedJob> claimed = claimAll();

        assertThat(ids(claimed)).containsExactly(inTime, late);
        assertThat(claimed).extracting(ClaimedJob::overdue).containsExactly(false, true);
        assertThat(claimed.get(1).deadline()).contains(deadline);
        assertThat(finish(claimed.get(1), new Outcome.NotBegun("too late"))).isTrue();
        Job cancelled = job(org, late);
        assertThat(cancelled.state()).isEqualTo(JobState.CANCELLED);
        assertThat(cancelled.attempts()).isZero();
        assertThat(cancelled.firstRunAt()).isEmpty();
        assertThat(cancelled.note()).contains("too late");
        assertThat(cancelled.deadline()).contains(deadline);
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 1));
    }

    /** Somebody may want to know why: its last turn came too late, but it had failed before. */
    @Test
    default void deadline_makesADeadLetterOfAJobThatHasFailedBefore() {
        OrgId org = newOrg();
        JobId id = enqueue(org, request().withDeadline(now().plusSeconds(60))).id();
        assertThat(finish(claimOne(), new Outcome.Failed(Duration.ZERO, "E", "no saddle"))).isTrue();

        assertThat(finish(awaitJob(), new Outcome.NotBegun("too late"))).isTrue();

        Job dead = job(org, id);
        assertThat(dead.state()).isEqualTo(JobState.DEAD);
        assertThat(dead.attempts()).isEqualTo(1);
        assertThat(dead.error().orElseThrow().message()).isEqualTo("no saddle");
        assertThat(dead.note()).contains("too late");
        assertThat(jobs().redrive(org, List.of(id))).containsExactly(id);
    }

    @Test
    default void deadline_endsRetriesThatWouldComeLater() {
        OrgId org = newOrg();
        JobId id = enqueue(org, request().withDeadline(now().plusSeconds(60))).id();

        assertThat(finish(claimOne(), FAILED)).isTrue();
        assertThat(finish(awaitJob(), new Outcome.Failed(Duration.ofSeconds(61), "E", "again"))).isTrue();

        Job dead = job(org, id);
        assertThat(dead.state()).isEqualTo(JobState.DEAD);
        assertThat(dead.attempts()).isEqualTo(2);
        assertThat(dead.note().orElseThrow()).contains("deadline");
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void deadline_thatHasPassedIsLiftedByARedrive() {
        OrgId org = newOrg();
        Instant deadline = now().plusSeconds(60).truncatedTo(ChronoUnit.MILLIS);
        JobId id = enqueue(org, request().withDeadline(deadline)).id();
        assertThat(finish(claimOne(), new Outcome.Failed(Duration.ofHours(1), "E", "again"))).isTrue();

        assertThat(jobs().redrive(org, List.of(id), Duration.ZERO, Duration.ZERO)).containsExactly(id);
        assertThat(job(org, id).deadline()).contains(deadline);
        assertThat(finish(claimOne(), new Outcome.Failed(Duration.ofHours(1), "E", "again"))).isTrue();
        assertThat(jobs().redrive(org, List.of(id), Duration.ofSeconds(61), Duration.ZERO)).containsExactly(id);

        assertThat(job(org, id).deadline()).isEmpty();
        assertThat(job(org, id).note()).isEmpty();
        assertThat(job(org, id).state()).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    default void deadline_beforeADelayHasPassedIsRefusedAndEnqueuesNothing() {
        OrgId org = newOrg();
        Instant deadline = now().plusSeconds(60);

        assertThatThrownBy(() -> jobs().enqueue(org, List.of(request(),
                request().withDelay(Duration.ofMinutes(2)).withDeadline(deadline), request())))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("deadline");

        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    /** A call that is made again when its answer was lost must not be refused for what has become late meanwhile. */
    @Test
    default void deadline_ofADuplicateIsNotLookedAt() {
        OrgId org = newOrg();
        JobId id = enqueue(org, request().withKey("order-1")).id();

        JobReceipt again = enqueue(org, request().withKey(JobKey.of("order-1")).withDelay(Duration.ofMinutes(2))
                .withDeadline(now().plusSeconds(60)));

        assertThat(again.id()).isEqualTo(id);
        assertThat(again.duplicate()).isTrue();
    }
}
