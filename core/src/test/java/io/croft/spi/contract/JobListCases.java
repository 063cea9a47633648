package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.Job;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.JobSummary;
import io.croft.spi.JobReading.Listed;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Jobs, live and ended, in one list. */
interface JobListCases extends JobFixture {

    @Test
    default void list_hasJobsOfEveryStateInOneOrder() {
        OrgId org = newOrg();
        unlimited(org);
        JobId completed = enqueue(org);
        assertThat(finish(claimOne(), COMPLETED)).isTrue();
        JobId dead = deadLetter(org);
        JobId running = enqueue(org);
        claimOne();
        JobId cancelled = enqueue(org);
        jobs().discard(org, List.of(cancelled), "no");
        JobId scheduled = enqueue(org, request().withDelay(Duration.ofHours(1))).id();
        JobId waiting = enqueue(org, request().withAfter(After.success(running))).id();
        JobId ready = enqueue(org);
        OrgId other = newOrg();
        enqueue(other);

        assertThat(list(org, JobFilter.ALL))
                .containsExactly(ready, waiting, scheduled, cancelled, running, dead, completed);
        assertThat(in(org, JobState.WAITING)).containsExactly(waiting);
        assertThat(list(org, JobFilter.ALL.withStates(JobState.WAITING, JobState.DEAD)))
                .containsExactly(waiting, dead);
        assertThat(list(org, JobFilter.ALL.withStates(JobState.WAITING, JobState.READY)))
                .containsExactly(ready, waiting);
        assertThat(list(org, JobFilter.ALL.withFinishedFrom(Instant.EPOCH))).as("what waits has not ended")
                .containsExactly(cancelled, dead, completed);
        assertThat(in(org, JobState.COMPLETED)).containsExactly(completed);
        assertThat(in(org, JobState.DEAD)).containsExactly(dead);
        assertThat(in(org, JobState.RUNNING)).containsExactly(running);
        assertThat(in(org, JobState.CANCELLED)).containsExactly(cancelled);
        assertThat(in(org, JobState.SCHEDULED)).containsExactly(scheduled);
        assertThat(in(org, JobState.READY)).containsExactly(ready);
        assertThat(list(org, JobFilter.ALL.withStates(JobState.DEAD, JobState.COMPLETED)))
                .containsExactly(dead, completed);
        assertThat(list(org, JobFilter.ALL.withStates(JobState.DEAD, JobState.READY))).containsExactly(ready, dead);
        assertThat(list(newOrg(), JobFilter.ALL)).isEmpty();
    }

    private List<JobId> in(OrgId org, JobState state) {
        return list(org, JobFilter.ALL.withStates(state));
    }

    /** All of it, in one page. */
    private List<JobId> list(OrgId org, JobFilter filter) {
        Listed listed = jobs().list(org, filter, Optional.empty(), 1000);
        assertThat(listed.next()).isEmpty();
        return listed.jobs().stream().map(JobSummary::id).toList();
    }

    @Test
    default void list_saysWhatFindSays() {
        OrgId org = newOrg();
        unlimited(org);
        enqueue(org, request().withTags("spring").withKey("k").withDeadline(now().plus(Duration.ofHours(9))));
        assertThat(finish(claimOne(), new Outcome.Completed(Optional.of("7")))).isTrue();
        deadLetter(org);
        enqueue(org);
        claimOne();
        enqueue(org, request().withDelay(Duration.ofHours(1)));
        JobId cancelled = enqueue(org);
        jobs().discard(org, List.of(cancelled), "sold");
        enqueue(org, request().withKey("w").withDelay(Duration.ofHours(1)).withAfter(After.end(enqueue(org))));

        List<JobSummary> listed = jobs().list(org, JobFilter.ALL, Optional.empty(), 10).jobs();

        assertThat(listed).hasSize(7).allSatisfy(summary -> {
            Job job = job(org, summary.id());
            assertThat(summary).isEqualTo(new JobSummary(job.id(), job.kind(), job.queue(), job.state(),
                    job.priority(), job.tags(), job.key(), job.attempts(), job.maxAttempts(), job.createdAt(),
                    job.runAt(), job.deadline(), job.firstRunAt(), job.finishedAt(),
                    job.error().map(error -> error.type()), job.note()));
        });
    }

    @Test
    default void list_isPagedWithoutGapsOrRepeats() {
        OrgId org = newOrg();
        unlimited(org);
        List<JobId> ids = new ArrayList<>(enqueue(org, 25));
        complete(claim(10));

        List<JobId> paged = new ArrayList<>();
        Optional<JobId> before = Optional.empty();
        int pages = 0;
        do {
            Listed page = jobs().list(org, JobFilter.ALL, before, 7);
            assertThat(page.jobs()).hasSizeLessThanOrEqualTo(7);
            page.jobs().forEach(job -> paged.add(job.id()));
            before = page.next();
            if (pages++ == 1) {
                complete(claim(5)); // moves some from one place to another under the list
            }
        } while (before.isPresent());

        assertThat(paged).containsExactlyElementsOf(ids.reversed());
        assertThat(pages).isEqualTo(4);
    }

    @Test
    default void list_isFilteredByWhatJobsAre() {
        OrgId org = newOrg();
        unlimited(org);
        String other = queue() + "-other";
        jobs().registerQueue(other);
        JobId plain = enqueue(org);
        JobId tagged = enqueue(org, request().withTags("spring", "sale")).id();
        JobId kind = enqueue(org, JobRequest.of(JobKind.of("test.other", queue()), "{}")).id();
        JobId queue = jobs().enqueue(org, List.of(JobRequest.of(JobKind.of("test.work", other), "{}"))).getFirst().id();

        for (int round = 0; round < 2; round++) {
            assertThat(list(org, JobFilter.ALL)).containsExactly(queue, kind, tagged, plain);
            assertThat(list(org, JobFilter.ALL.withTag("sale"))).containsExactly(tagged);
            assertThat(list(org, JobFilter.ALL.withTag("sal"))).isEmpty();
            assertThat(list(org, JobFilter.ALL.withKind("test.other"))).containsExactly(kind);
            assertThat(list(org, JobFilter.ALL.withQueue(other))).containsExactly(queue);
            assertThat(list(org, JobFilter.ALL.withQueue(queue()).withKind("test.work")))
                    .containsExactly(tagged, plain);
            assertThat(list(org, JobFilter.ALL.withQueue("nobody-knows-it"))).isEmpty();
            complete(claimAll()); // and once more of what has ended
        }
    }

    @Test
    default void list_ofAKeyHasAllJobsThatHadIt() {
        OrgId org = newOrg();
        JobKey key = JobKey.of("invoice-7").whileLive();
        JobId first = enqueue(org, request().withKey(key)).id();
        assertThat(finish(claimOne(), COMPLETED)).isTrue();
        JobId second = enqueue(org, request().withKey(key)).id();
        jobs().discard(org, List.of(second), "no");
        JobId third = enqueue(org, request().withKey(key)).id();
        enqueue(org, request().withKey("invoice-8"));
        enqueue(newOrg(), request().withKey(key));

        assertThat(list(org, JobFilter.ALL.withKey("invoice-7"))).containsExactly(third, second, first);
        assertThat(list(org, JobFilter.ALL.withKey("invoice-7").withStates(JobState.COMPLETED)))
                .containsExactly(first);
        assertThat(list(org, JobFilter.ALL.withKey("invoice-9"))).isEmpty();
        Listed page = jobs().list(org, JobFilter.ALL.withKey("invoice-7"), Optional.empty(), 2);
        assertThat(page.next()).contains(second);
        assertThat(jobs().list(org, JobFilter.ALL.withKey("invoice-7"), page.next(), 2).jobs())
                .extracting(JobSummary::id).containsExactly(first);
    }

    @Test
    default void list_isFilteredByTimes() {
        OrgId org = newOrg();
        JobId early = enqueue(org);
        advance(Duration.ofMillis(2));
        JobId late = enqueue(org);
        advance(Duration.ofMillis(2));
        ClaimedJob claimed = claim(1).getFirst();
        assertThat(claimed.lease().id()).isEqualTo(early);
        assertThat(finish(claimed, COMPLETED)).isTrue();
        advance(Duration.ofMillis(2));
        Instant lateAt = job(org, late).createdAt();
        Instant earlyEnd = job(org, early).finishedAt().orElseThrow();

        assertThat(list(org, JobFilter.ALL.withCreatedFrom(lateAt))).containsExactly(late);
        assertThat(list(org, JobFilter.ALL.withCreatedBefore(lateAt))).containsExactly(early);
        assertThat(list(org, JobFilter.ALL.withFinishedFrom(earlyEnd))).containsExactly(early);
        assertThat(list(org, JobFilter.ALL.withFinishedBefore(earlyEnd))).isEmpty();
        assertThat(list(org, JobFilter.ALL.withFinishedBefore(earlyEnd.plusMillis(1)))).containsExactly(early);
        assertThat(list(org, JobFilter.ALL.withCreatedFrom(Instant.MIN).withCreatedBefore(Instant.MAX)))
                .containsExactly(late, early);
        JobId dead = late;
        assertThat(finish(claim(1).getFirst(), new Outcome.Failed(Optional.empty(), "E", "m", ""))).isTrue();
        assertThat(list(org, JobFilter.ALL.withFinishedFrom(earlyEnd))).containsExactly(dead, early);
        assertThat(list(org, JobFilter.ALL.withFinishedFrom(job(org, dead).finishedAt().orElseThrow())))
                .containsExactly(dead);
    }

    @Test
    default void list_refusesPagesOutsideItsLimits() {
        OrgId org = newOrg();

        for (int limit : List.of(-1, 0, 1001)) {
            assertThatThrownBy(() -> jobs().list(org, JobFilter.ALL, Optional.empty(), limit))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining(Integer.toString(limit));
        }
    }
}
