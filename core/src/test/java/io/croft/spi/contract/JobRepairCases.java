package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobError;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a person does with the queue: dead letters, redriving, discarding. */
interface JobRepairCases extends JobFixture {

    @Test
    default void deadLetters_arePagedByIdWithinTheOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        List<JobId> dead = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            dead.add(deadLetter(org));
        }
        JobId theirs = deadLetter(other);
        enqueue(org);

        List<JobId> paged = new ArrayList<>();
        Optional<JobId> after = Optional.empty();
        for (List<Job> page = jobs().deadLetters(org, DeadLetterFilter.ALL, after, 3); !page.isEmpty();
                page = jobs().deadLetters(org, DeadLetterFilter.ALL, after, 3)) {
            assertThat(page).hasSizeLessThanOrEqualTo(3).allSatisfy(job -> {
                assertThat(job.state()).isEqualTo(JobState.DEAD);
                assertThat(job.org()).isEqualTo(org);
                assertThat(job.error().orElseThrow().message()).contains("no saddle");
            });
            page.forEach(job -> paged.add(job.id()));
            after = Optional.of(page.getLast().id());
        }

        assertThat(paged).containsExactlyElementsOf(dead);
        assertThat(jobs().deadLetters(other, DeadLetterFilter.ALL, Optional.empty(), 10)).extracting(Job::id)
                .containsExactly(theirs);
    }

    @Test
    default void deadLetters_areFoundByWhatTheyAre() {
        OrgId org = newOrg();
        String other = queue() + "-other";
        jobs().registerQueue(other);
        JobRequest request = JobRequest.of(kind(1), "{}");
        JobId plain = die(org, request, "E");
        JobId tagged = die(org, request.withTags("spring", "sale"), "java.io.IOException");
        JobId kind = die(org, JobRequest.of(JobKind.of("test.other", queue()), "{}").withMaxAttempts(1), "E");
        jobs().enqueue(org, List.of(JobRequest.of(JobKind.of("test.work", other), "{}").withMaxAttempts(1)));
        settle();
        ClaimedJob elsewhere = jobs().claim(other, 1, "contract", LONG_LEASE).getFirst();
        assertThat(finish(elsewhere, FAILED)).isTrue();

        assertThat(dead(org, DeadLetterFilter.ALL)).containsExactly(plain, tagged, kind, elsewhere.lease().id());
        assertThat(dead(org, DeadLetterFilter.ALL.withTag("sale"))).containsExactly(tagged);
        assertThat(dead(org, DeadLetterFilter.ALL.withTag("sal"))).isEmpty();
        assertThat(dead(org, DeadLetterFilter.ALL.withKind("test.other"))).containsExactly(kind);
        assertThat(dead(org, DeadLetterFilter.ALL.withQueue(other))).containsExactly(elsewhere.lease().id());
        assertThat(dead(org, DeadLetterFilter.ALL.withQueue(queue()).withErrorClass("E"))).containsExactly(plain, kind);
        assertThat(dead(org, DeadLetterFilter.ALL.withErrorClass("java.io.IOException").withTag("spring")))
                .containsExactly(tagged);
        Instant died = job(org, tagged).finishedAt().orElseThrow();
        assertThat(dead(org, DeadLetterFilter.ALL.withQueue(queue()).withFrom(died))).containsExactly(tagged, kind);
        assertThat(dead(org, DeadLetterFilter.ALL.withBefore(died))).containsExactly(plain);
        assertThat(dead(org, DeadLetterFilter.ALL.withFrom(Instant.MIN).withBefore(Instant.MAX))).hasSize(4);
    }

    /** Makes a dead letter, some time after the one before. */
    private JobId die(OrgId org, JobRequest request, String errorClass) {
        JobId id = enqueue(org, request).id();
        assertThat(finish(claimOne(), new Outcome.Failed(Optional.empty(), errorClass, "m", "\tat x\n"))).isTrue();
        advance(Duration.ofMillis(2));
        return id;
    }

    private List<JobId> dead(OrgId org, DeadLetterFilter filter) {
        List<JobId> ids = jobs().deadLetterIds(org, filter, Optional.empty(), 100);
        assertThat(jobs().deadLetters(org, filter, Optional.empty(), 100)).extracting(Job::id).isEqualTo(ids);
        return ids;
    }

    @Test
    default void deadLetter_showsWhatIsNeededToJudgeIt() {
        OrgId org = newOrg();
        JobId id = enqueue(org, JobRequest.of(kind(2), "{\"page\":7}").withTags("spring")).id();
        assertThat(finish(claimOne(), FAILED)).isTrue();
        assertThat(finish(awaitJob(), new Outcome.Failed(Optional.of(Duration.ZERO), "E", "m", "\tat x\n"))).isTrue();

        Job dead = jobs().deadLetters(org, DeadLetterFilter.ALL, Optional.empty(), 10).getFirst();

        assertThat(dead).isEqualTo(job(org, id));
        assertThat(JsonText.compact(dead.payload())).isEqualTo("{\"page\":7}");
        assertThat(dead.error()).contains(new JobError("E", "m", "\tat x\n"));
        assertThat(dead.attempts()).isEqualTo(2);
        assertThat(dead.tags()).containsExactly("spring");
        assertThat(dead.firstRunAt().orElseThrow()).isBetween(dead.createdAt(), dead.finishedAt().orElseThrow());
    }

    @Test
    default void countDeadLetters_isOfOneLaneAndGoesNoFurtherThanAsked() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        for (int i = 0; i < 3; i++) {
            deadLetter(org);
        }
        deadLetter(other);
        enqueue(org);

        assertThat(jobs().countDeadLetters(new JobStore.Lane(org, queue()), 10)).isEqualTo(3);
        assertThat(jobs().countDeadLetters(new JobStore.Lane(org, queue()), 2)).isEqualTo(2);
        assertThat(jobs().countDeadLetters(new JobStore.Lane(org, queue() + "-unknown"), 2)).isZero();
    }

    @Test
    default void redrive_inStepsSpreadsOutWhatRuns() {
        OrgId org = newOrg();
        unlimited(org);
        List<JobId> dead = List.of(deadLetter(org), deadLetter(org), deadLetter(org));
        JobId waiting = enqueue(org);
        Instant before = now();

        List<JobId> redriven = jobs().redrive(org, List.of(dead.get(0), waiting, dead.get(1), dead.get(2)),
                Duration.ofSeconds(10), Duration.ofMinutes(10));

        assertThat(redriven).containsExactlyElementsOf(dead);
        for (int i = 0; i < 3; i++) {
            Duration wait = Duration.ofSeconds(10).plus(Duration.ofMinutes(10).multipliedBy(i == 0 ? 0 : i + 1));
            assertThat(state(org, dead.get(i))).isEqualTo(JobState.SCHEDULED);
            assertThat(job(org, dead.get(i)).runAt().orElseThrow()).isBetween(before.plus(wait).minusMillis(1),
                    now().plus(wait));
            assertThat(job(org, dead.get(i)).attempts()).isZero();
        }
        assertThat(ids(claimAll())).containsExactly(waiting);
    }

    @Test
    default void discard_keepsTheErrorOfADeadLetter() {
        OrgId org = newOrg();
        JobId id = deadLetter(org);

        jobs().discard(org, List.of(id), "sold");

        assertThat(job(org, id).error().orElseThrow().message()).isEqualTo("no saddle");
        assertThat(job(org, id).note()).contains("sold");
        assertThat(job(org, id).firstRunAt()).isPresent();
    }

    @Test
    default void redrive_makesDeadLettersReadyWithAllTheirAttempts() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        JobLease last = new JobLease(org, id, 0);
        for (int i = 0; i < 3; i++) {
            ClaimedJob claimed = awaitJob();
            last = claimed.lease();
            assertThat(finish(claimed, FAILED)).isTrue();
        }
        assertThat(state(org, id)).isEqualTo(JobState.DEAD);

        List<JobId> redriven = jobs().redrive(org, List.of(id));

        assertThat(redriven).containsExactly(id);
        assertThat(state(org, id)).isEqualTo(JobState.READY);
        assertThat(job(org, id).attempts()).isZero();
        assertThat(job(org, id).finishedAt()).isEmpty();
        assertThat(jobs().deadLetters(org, DeadLetterFilter.ALL, Optional.empty(), 10)).isEmpty();
        assertThat(depth(org)).isEqualTo(new LaneDepth(1, 0));
        for (int attempt = 1; attempt <= 3; attempt++) {
            ClaimedJob claimed = awaitJob();
            assertThat(claimed.attempt()).isEqualTo(attempt);
            assertThat(claimed.lease().fence()).isGreaterThan(last.fence());
            assertThat(finish(claimed, FAILED)).isTrue();
        }
        assertThat(state(org, id)).isEqualTo(JobState.DEAD);
    }

    @Test
    default void redrive_returnsOnlyDeadLettersOfTheOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId dead = deadLetter(org);
        JobId theirs = deadLetter(other);
        JobId done = enqueue(org);
        assertThat(finish(claimOne(), COMPLETED)).isTrue();
        JobId waiting = enqueue(org);

        List<JobId> redriven = jobs().redrive(org,
                List.of(done, theirs, waiting, dead, new JobId(Long.MAX_VALUE)));

        assertThat(redriven).containsExactly(dead);
        assertThat(state(org, done)).isEqualTo(JobState.COMPLETED);
        assertThat(state(other, theirs)).isEqualTo(JobState.DEAD);
        assertThat(depth(org)).isEqualTo(new LaneDepth(2, 0));
    }

    @Test
    default void redrive_byManyAtOnceRedrivesEachOnce() {
        OrgId org = newOrg();
        List<JobId> dead = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            dead.add(deadLetter(org));
        }

        List<List<JobId>> redriven = Race.of(4, number -> jobs().redrive(org, dead));

        assertThat(redriven.stream().flatMap(List::stream).toList()).containsExactlyInAnyOrderElementsOf(dead);
        assertThat(depth(org)).isEqualTo(new LaneDepth(5, 0));
        assertThat(ids(claimAll())).containsExactlyInAnyOrderElementsOf(dead);
    }

    @Test
    default void discard_endsDeadLettersAndWhatWaits() {
        OrgId org = newOrg();
        JobId dead = deadLetter(org);
        JobId scheduled = enqueue(org, request().withRunAt(now().plus(Duration.ofMinutes(10)))).id();
        JobId ready = enqueue(org);

        List<JobId> discarded = jobs().discard(org, List.of(dead, scheduled, ready), "the horse was sold");

        assertThat(discarded).containsExactlyInAnyOrder(dead, scheduled, ready);
        for (JobId id : List.of(dead, scheduled, ready)) {
            Job job = job(org, id);
            assertThat(job.state()).isEqualTo(JobState.CANCELLED);
            assertThat(job.note()).contains("the horse was sold");
            assertThat(job.finishedAt()).isPresent();
        }
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertThat(jobs().deadLetters(org, DeadLetterFilter.ALL, Optional.empty(), 10)).isEmpty();
        assertNothingToClaim();
        assertThat(jobs().redrive(org, List.of(dead))).isEmpty();
    }

    @Test
    default void discardDead_endsDeadLettersAlone() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId dead = deadLetter(org);
        JobId redriven = deadLetter(org);
        JobId theirs = deadLetter(other);
        JobId running = enqueue(org);
        ClaimedJob claimed = claimOne();
        JobId scheduled = enqueue(org, request().withRunAt(now().plus(Duration.ofMinutes(10)))).id();
        assertThat(jobs().redrive(org, List.of(redriven))).containsExactly(redriven);

        List<JobId> discarded =
                jobs().discardDead(org, List.of(scheduled, dead, redriven, running, theirs), "the horse was sold");

        assertThat(discarded).containsExactly(dead);
        assertThat(job(org, dead).note()).contains("the horse was sold");
        assertThat(state(org, dead)).isEqualTo(JobState.CANCELLED);
        assertThat(state(org, redriven)).isEqualTo(JobState.READY);
        assertThat(state(org, scheduled)).isEqualTo(JobState.SCHEDULED);
        assertThat(state(other, theirs)).isEqualTo(JobState.DEAD);
        assertThat(finish(claimed, COMPLETED)).isTrue();
        assertThat(ids(claimAll())).containsExactly(redriven);
        assertThat(jobs().discardDead(org, List.of(dead), "again")).isEmpty();
    }

    @Test
    default void discard_leavesWhatRunsWhatIsDoneAndOtherOrgs() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId done = enqueue(org);
        assertThat(finish(claimOne(), COMPLETED)).isTrue();
        JobId running = enqueue(org);
        ClaimedJob claimed = claimOne();
        JobId theirs = enqueue(other);

        List<JobId> discarded = jobs().discard(org, List.of(done, running, theirs, new JobId(Long.MAX_VALUE)), "no");

        assertThat(discarded).isEmpty();
        assertThat(state(org, done)).isEqualTo(JobState.COMPLETED);
        assertThat(state(org, running)).isEqualTo(JobState.RUNNING);
        assertThat(state(other, theirs)).isEqualTo(JobState.READY);
        assertThat(finish(claimed, COMPLETED)).isTrue();
    }

    @Test
    default void discard_amongClaimersLeavesTheCountersRight() {
        OrgId org = newOrg();
        unlimited(org);
        List<JobId> ids = enqueue(org, 200);
        settle();

        List<List<JobId>> taken = Race.of(4, number -> {
            if (number == 0) {
                return jobs().discard(org, ids, "enough");
            }
            List<JobId> mine = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                List<ClaimedJob> claimed = jobs().claim(queue(), 5, "claimer-" + number, LONG_LEASE);
                mine.addAll(ids(claimed));
                complete(claimed);
            }
            return mine;
        });

        List<JobId> all = new ArrayList<>(taken.stream().flatMap(List::stream).toList());
        List<ClaimedJob> rest = claimAll();
        complete(rest);
        all.addAll(ids(rest));
        assertThat(all).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }
}
