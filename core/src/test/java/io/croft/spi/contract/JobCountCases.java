package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.JobCounts;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobState;
import io.croft.job.LaneCounts;
import io.croft.spi.AttemptBatch;
import io.croft.spi.AttemptBatch.OrgCounts;
import io.croft.spi.JobReading.LanePlace;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Expired;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.KindCounts;
import io.croft.spi.LatencyHistogram;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How many jobs there are in each state, and how attempts went. */
interface JobCountCases extends JobFixture {

    /** Whatever happens to a job, each state counts those that are in it. */
    @Test
    default void counts_followEveryTransition() {
        OrgId org = newOrg();
        unlimited(org);
        assertCounts(org, 0, 0, 0, 0);
        JobId later = enqueue(org, request().withDelay(Duration.ofHours(1))).id();
        assertCounts(org, 1, 0, 0, 0);
        JobId retried = enqueue(org);
        assertCounts(org, 1, 1, 0, 0);
        ClaimedJob job = claimOne();
        assertCounts(org, 1, 0, 1, 0);
        assertThat(finish(job, new Outcome.Failed(Duration.ofHours(1), "E", "m"))).isTrue();
        assertCounts(org, 2, 0, 0, 0);
        JobId snoozed = enqueue(org);
        job = claimOne();
        assertCounts(org, 2, 0, 1, 0);
        jobs().release(List.of(job.lease()));
        assertCounts(org, 2, 1, 0, 0);
        assertThat(finish(claimOne(), new Outcome.Snoozed(Duration.ofHours(1), ""))).isTrue();
        assertCounts(org, 3, 0, 0, 0);
        jobs().discard(org, List.of(retried, snoozed), "no");
        assertCounts(org, 1, 0, 0, 0);
        enqueue(org);
        assertThat(finish(claimOne(), new Outcome.Failed(Duration.ofMillis(1), "E", "m"))).isTrue();
        JobId id = awaitDead();
        assertCounts(org, 1, 0, 0, 1);
        jobs().redrive(org, List.of(id), Duration.ofHours(1), Duration.ZERO);
        assertCounts(org, 2, 0, 0, 0);
        jobs().discard(org, List.of(id), "no");
        assertCounts(org, 1, 0, 0, 0);
        JobId dead = deadLetter(org);
        JobId also = deadLetter(org);
        assertCounts(org, 1, 0, 0, 2);
        jobs().redrive(org, List.of(dead));
        assertCounts(org, 1, 1, 0, 1);
        jobs().discard(org, List.of(dead, also, later), "no");
        assertCounts(org, 0, 0, 0, 0);
    }

    private JobId awaitDead() {
        ClaimedJob job = awaitJob();
        assertThat(finish(job, new Outcome.Failed(Optional.empty(), "E", "m", ""))).isTrue();
        return job.lease().id();
    }

    @Test
    default void counts_followJobsThatAreReplaced() {
        OrgId org = newOrg();
        JobKey key = JobKey.of("reindex").replacing();
        enqueue(org, request().withKey(key).withDelay(Duration.ofHours(1)));
        assertCounts(org, 1, 0, 0, 0);
        enqueue(org, request().withKey(key).withDelay(Duration.ofHours(2)));
        assertCounts(org, 1, 0, 0, 0);
        enqueue(org, request().withKey(key));
        assertCounts(org, 0, 1, 0, 0);
        enqueue(org, request().withKey(key).withDelay(Duration.ofHours(1)));
        assertCounts(org, 1, 0, 0, 0);
    }

    @Test
    default void counts_followJobsThatWaitForOthers() {
        OrgId org = newOrg();
        unlimited(org);
        JobId first = enqueue(org);
        JobId next = enqueue(org, request().withAfter(After.success(first))).id();
        JobId later = enqueue(org, request().withAfter(After.end(first)).withDelay(Duration.ofHours(1))).id();
        JobId last = enqueue(org, request().withAfter(After.success(next))).id();
        JobId report = enqueue(org, request().withAfter(After.end(last))).id();
        assertCounts(org, 4, 0, 1, 0, 0);
        jobs().redrive(org, List.of(awaitDead()), Duration.ZERO, Duration.ZERO);
        assertCounts(org, 3, 1, 1, 0, 0);
        assertThat(finish(awaitJob(), COMPLETED)).isTrue();
        assertCounts(org, 2, 1, 1, 0, 0);
        jobs().discard(org, List.of(report), "no");
        assertCounts(org, 1, 1, 1, 0, 0);
        jobs().discard(org, List.of(next, later), "no");
        assertCounts(org, 0, 0, 0, 0, 0);
        assertThat(job(org, last).state()).as("it needed one that was cancelled").isEqualTo(JobState.CANCELLED);
    }

    @Test
    default void counts_followLeasesThatEnd() {
        OrgId org = newOrg();
        enqueue(org, request().withMaxAttempts(1));
        claimOne(SHORT_LEASE);
        advance(PAST_SHORT_LEASE);

        settle();

        assertCounts(org, 0, 0, 0, 1);
    }

    private void assertCounts(OrgId org, int scheduled, int ready, int running, int dead) {
        assertCounts(org, 0, scheduled, ready, running, dead);
    }

    private void assertCounts(OrgId org, int waiting, int scheduled, int ready, int running, int dead) {
        settle();
        JobCounts counts = counts(org);
        assertThat(counts).isEqualTo(new JobCounts(waiting, scheduled, ready, running, dead, counts.oldestReady()));
        JobCounts all = jobs().counts(queue());
        assertThat(all).isEqualTo(new JobCounts(waiting, scheduled, ready, running, dead, all.oldestReady()));
        for (JobState state : JobState.values()) {
            if (!state.isFinal()) {
                assertThat(jobs().lanes(queue(), state, Optional.empty(), 10)).extracting(LaneCounts::org)
                        .as("%s", state).isEqualTo(counts.in(state) > 0 ? List.of(org) : List.of());
            }
        }
    }

    private JobCounts counts(OrgId org) {
        return jobs().counts(org).getOrDefault(queue(), JobCounts.NONE);
    }

    @Test
    default void counts_sayBeforeAnyUpkeepWhatTheyCan() {
        OrgId org = newOrg();
        enqueue(org, 3);

        assertThat(counts(org).ready()).isEqualTo(3);
        assertThat(counts(org).oldestReady()).isPresent();
    }

    @Test
    default void counts_areOfTheOrganisationAlone() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        deadLetter(org);
        JobId first = enqueue(org);
        enqueue(org, request().withAfter(After.end(first)));
        enqueue(org, request().withDelay(Duration.ofHours(1)));
        enqueue(other);

        for (int round = 0; round < 2; round++) {
            JobCounts mine = counts(org);
            assertThat(mine).isEqualTo(new JobCounts(1, 1, 1, 0, 1, mine.oldestReady()));
            JobCounts theirs = counts(other);
            assertThat(theirs).isEqualTo(new JobCounts(0, 0, 1, 0, 0, theirs.oldestReady()));
            settle(); // and once more of what upkeep has counted
        }
    }

    @Test
    default void counts_tellSinceWhenTheFirstInLineWaits() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        assertThat(counts(org).oldestReady()).isEmpty();
        JobId first = enqueue(org);
        advance(Duration.ofMillis(3));
        JobId second = enqueue(other);
        enqueue(org);
        settle();
        Instant firstAt = job(org, first).createdAt();
        Instant secondAt = job(other, second).createdAt();

        assertThat(counts(org).oldestReady()).contains(firstAt);
        assertThat(counts(other).oldestReady()).contains(secondAt);
        assertThat(jobs().counts(queue()).oldestReady()).contains(firstAt);
        assertThat(jobs().lanes(queue(), JobState.READY, Optional.empty(), 10))
                .extracting(lane -> lane.counts().oldestReady().orElseThrow()).containsExactly(firstAt, secondAt);
        jobs().discard(org, List.of(first), "no");
        settle();
        assertThat(jobs().counts(queue()).oldestReady()).contains(secondAt);
    }

    @Test
    default void lanes_comeByTheirJobsAndArePaged() {
        Map<OrgId, Integer> dead = new HashMap<>();
        for (int i = 0; i < 6; i++) {
            OrgId org = newOrg();
            dead.put(org, i);
            for (int j = 0; j < i; j++) {
                deadLetter(org);
            }
        }
        OrgId twin = newOrg(); // as many as another one
        deadLetter(twin);
        dead.put(twin, 1);
        settle();

        List<LaneCounts> paged = new ArrayList<>();
        Optional<LanePlace> after = Optional.empty();
        for (List<LaneCounts> page = jobs().lanes(queue(), JobState.DEAD, after, 2); !page.isEmpty();
                page = jobs().lanes(queue(), JobState.DEAD, after, 2)) {
            paged.addAll(page);
            after = Optional.of(new LanePlace(page.getLast().counts().dead(), page.getLast().org()));
        }

        assertThat(paged).extracting(lane -> lane.counts().dead()).containsExactly(5L, 4L, 3L, 2L, 1L, 1L);
        assertThat(paged).allSatisfy(
                lane -> assertThat(dead).containsEntry(lane.org(), Math.toIntExact(lane.counts().dead())));
        assertThat(paged).extracting(LaneCounts::org).doesNotHaveDuplicates();
        assertThat(jobs().lanes(queue() + "-unknown", JobState.DEAD, Optional.empty(), 2)).isEmpty();
        assertThatThrownBy(() -> jobs().lanes(queue(), JobState.COMPLETED, Optional.empty(), 2))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("COMPLETED");
    }

    @Test
    default void counted_addsUpWhatEachProcessEnded() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        UUID writer = UUID.randomUUID();
        KindCounts some = new KindCounts(queue(), "test.work", 3, 1, 2, times(1, 2, 900));

        count(writer, 1, org, some);
        count(writer, 2, org, some);
        count(UUID.randomUUID(), 1, org, new KindCounts(queue(), "test.other", 0, 4, 0, LatencyHistogram.none()));
        count(UUID.randomUUID(), 1, other, some);

        assertThat(counted(org)).containsExactlyInAnyOrder(
                new KindCounts(queue(), "test.work", 6, 2, 4, times(1, 2, 900, 1, 2, 900)),
                new KindCounts(queue(), "test.other", 0, 4, 0, LatencyHistogram.none()));
        assertThat(counted(other)).containsExactly(some);
        Instant hour = now().truncatedTo(ChronoUnit.HOURS);
        assertThat(jobs().counted(hour.minus(1, ChronoUnit.HOURS), hour.plus(1, ChronoUnit.HOURS)))
                .filteredOn(counts -> counts.queue().equals(queue())).containsExactlyInAnyOrder(
                        new KindCounts(queue(), "test.work", 9, 3, 6, times(1, 2, 900, 1, 2, 900, 1, 2, 900)),
                        new KindCounts(queue(), "test.other", 0, 4, 0, LatencyHistogram.none()));
        assertThat(jobs().counted(org, hour.minus(9, ChronoUnit.HOURS), hour.minus(8, ChronoUnit.HOURS))).isEmpty();
    }

    @Test
    default void count_ofABatchThatWasAddedAddsNothing() {
        OrgId org = newOrg();
        UUID writer = UUID.randomUUID();
        KindCounts some = new KindCounts(queue(), "test.work", 3, 1, 2, times(5));

        count(writer, 7, org, some);
        count(writer, 7, org, some);
        count(writer, 6, org, some);

        assertThat(counted(org)).containsExactly(some);
    }

    @Test
    default void count_leavesOutLivesThatAreOverAndQueuesThatAreUnknown() {
        OrgId org = newOrg();
        Instant before = now();
        KindCounts some = new KindCounts(queue(), "test.work", 3, 1, 2, times(5));
        store().orgs().erase(context(org));
        advance(Duration.ofMillis(2));
        count(UUID.randomUUID(), 1, org, some);
        store().orgs().create(context(org));

        jobs().count(new AttemptBatch(UUID.randomUUID(), 1, List.of(new OrgCounts(org, before, some))));
        count(UUID.randomUUID(), 1, org, new KindCounts(queue() + "-unknown", "test.work", 3, 1, 2, times(5)));

        assertThat(counted(org)).isEmpty();
        count(UUID.randomUUID(), 1, org, some);
        assertThat(counted(org)).containsExactly(some);
        store().orgs().erase(context(org));
        assertThat(counted(org)).isEmpty();
    }

    @Test
    default void maintain_tellsOfAttemptsWhoseLeasesEnded() {
        OrgId org = newOrg();
        unlimited(org);
        List<JobId> ids = enqueue(org, 2);
        assertThat(claim(2, SHORT_LEASE)).hasSize(2);
        advance(PAST_SHORT_LEASE);

        List<Expired> expired = new ArrayList<>(jobs().maintain(1000).expired());

        expired.removeIf(some -> !some.lane().queue().equals(queue()));
        assertThat(expired).allSatisfy(some -> {
            assertThat(some.lane()).isEqualTo(new Lane(org, queue()));
            assertThat(some.kind()).isEqualTo("test.work");
            assertThat(some.since()).isEqualTo(job(org, ids.getFirst()).createdAt());
        });
        assertThat(expired.stream().mapToInt(Expired::attempts).sum()).isEqualTo(2);
    }

    private void count(UUID writer, long number, OrgId org, KindCounts counts) {
        jobs().count(new AttemptBatch(writer, number, List.of(new OrgCounts(org, now(), counts))));
    }

    private List<KindCounts> counted(OrgId org) {
        Instant hour = now().truncatedTo(ChronoUnit.HOURS);
        return jobs().counted(org, hour.minus(1, ChronoUnit.HOURS), hour.plus(1, ChronoUnit.HOURS));
    }

    private static LatencyHistogram times(long... millis) {
        List<Duration> durations = new ArrayList<>();
        for (long one : millis) {
            durations.add(Duration.ofMillis(one));
        }
        return LatencyHistogram.ofDurations(durations);
    }
}
