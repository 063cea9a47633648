package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keys whose duplicates replace a waiting job, and how long keys are known. */
interface JobReplaceCases extends JobFixture {

    JobKey REPLACING = JobKey.of("order-1").replacing();

    private JobRequest numbered(int number) {
        return request("{\"n\":" + number + "}");
    }

    private String payload(OrgId org, JobId id) {
        return JsonText.compact(job(org, id).payload());
    }

    @Test
    default void whileLive_endsWithTheJob() {
        OrgId org = newOrg();
        JobRequest request = request().withKey(JobKey.of("order-1").whileLive());
        JobId first = enqueue(org, request).id();

        assertThat(enqueue(org, request).id()).isEqualTo(first);
        assertThat(finish(claimOne(), FAILED)).isTrue();
        assertThat(enqueue(org, request).id()).isEqualTo(first);
        assertThat(finish(awaitJob(), new Outcome.Completed(Optional.of("7")))).isTrue();
        JobReceipt second = enqueue(org, request);

        assertThat(second.duplicate()).isFalse();
        assertThat(second.id()).isNotEqualTo(first);
        assertThat(finish(claimOne(), new Outcome.Cancelled("sold"))).isTrue();
        assertThat(enqueue(org, request).duplicate()).isFalse();
    }

    @Test
    default void whileLive_isKeptByADeadLetterUntilItIsDiscarded() {
        OrgId org = newOrg();
        JobRequest request = JobRequest.of(kind(1), "{}").withKey(JobKey.of("order-1").whileLive());
        JobId dead = enqueue(org, request).id();
        assertThat(finish(claimOne(), FAILED)).isTrue();

        assertThat(enqueue(org, request)).isEqualTo(
                new JobReceipt(dead, true, false, JobState.DEAD, Optional.empty()));
        assertThat(jobs().discard(org, List.of(dead), "enough")).containsExactly(dead);

        assertThat(enqueue(org, request).duplicate()).isFalse();
    }

    @Test
    default void key_isKnownUntilItsJobHasEndedHoweverShortItsLife() {
        OrgId org = newOrg();
        JobRequest request = request().withKey(JobKey.of("order-1").lasting(Duration.ofSeconds(1)));
        JobId id = enqueue(org, request.withRunAt(now().plus(Duration.ofHours(1)))).id();
        Instant end = now().plusMillis(1100);
        eventually("its life has ended", () -> now().isAfter(end));
        store().expire();

        assertThat(enqueue(org, request).id()).isEqualTo(id);
        assertThat(jobs().discard(org, List.of(id), "enough")).containsExactly(id);
        assertThat(enqueue(org, request).duplicate()).isFalse();
    }

    @Test
    default void until_andForever_areKnownAsLongAsTheySay() {
        OrgId org = newOrg();
        Instant end = now().plusMillis(500);
        JobRequest until = request().withKey(JobKey.of("until").until(end));
        JobRequest forever = request().withKey(JobKey.of("forever").forever());
        jobs().enqueue(org, List.of(until, forever));
        complete(claimAll());
        eventually("the time has come", () -> now().isAfter(end));
        store().expire();

        assertThat(enqueue(org, until).duplicate()).isFalse();
        assertThat(enqueue(org, forever).duplicate()).isTrue();
    }

    @Test
    default void replacing_putsNewWordsInThePlaceOfTheOldOnes() {
        OrgId org = newOrg();
        unlimited(org);
        Instant deadline = now().plusSeconds(600).truncatedTo(ChronoUnit.MILLIS);
        JobReceipt first = enqueue(org, numbered(1).withKey(REPLACING).withTags("old"));
        JobId other = enqueue(org);
        settle();

        JobReceipt second = enqueue(org,
                numbered(2).withKey(REPLACING).withTags("new").withMaxAttempts(7).withDeadline(deadline));

        assertThat(first.replaced()).isFalse();
        assertThat(second).isEqualTo(
                new JobReceipt(first.id(), true, true, JobState.READY, Optional.empty()));
        Job job = job(org, first.id());
        assertThat(JsonText.compact(job.payload())).isEqualTo("{\"n\":2}");
        assertThat(job.tags()).isEqualTo(Set.of("new"));
        assertThat(job.maxAttempts()).isEqualTo(7);
        assertThat(job.deadline()).contains(deadline);
        assertThat(depth(org)).isEqualTo(new LaneDepth(2, 0));
        List<ClaimedJob> claimed = claimAll();
        assertThat(ids(claimed)).as("it keeps its place").containsExactly(first.id(), other);
        assertThat(JsonText.compact(claimed.getFirst().payload())).isEqualTo("{\"n\":2}");
        assertThat(claimed.getFirst().maxAttempts()).isEqualTo(7);
        assertThat(claimed.getFirst().deadline()).contains(deadline);
    }

    @Test
    default void replacing_leavesWhatRunsAndWhatHasEnded() {
        OrgId org = newOrg();
        JobRequest request = numbered(2).withKey(REPLACING);
        JobId id = enqueue(org, JobRequest.of(kind(1), "{\"n\":1}").withKey(REPLACING.forever())).id();

        ClaimedJob claimed = claimOne();
        JobReceipt running = enqueue(org, request);
        assertThat(running).isEqualTo(
                new JobReceipt(id, true, false, JobState.RUNNING, Optional.empty()));
        assertThat(finish(claimed, FAILED)).isTrue();
        assertThat(enqueue(org, request)).isEqualTo(
                new JobReceipt(id, true, false, JobState.DEAD, Optional.empty()));
        assertThat(jobs().discard(org, List.of(id), "enough")).containsExactly(id);
        assertThat(enqueue(org, request)).isEqualTo(
                new JobReceipt(id, true, false, JobState.CANCELLED, Optional.empty()));

        assertThat(payload(org, id)).isEqualTo("{\"n\":1}");
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void replacing_movesAJobOfTheLineToItsNewPriority() {
        OrgId org = newOrg();
        unlimited(org);
        JobId low = enqueue(org, request().withPriority(JobPriority.LOW).withKey(REPLACING)).id();
        JobId normal = enqueue(org);
        settle();

        enqueue(org, numbered(2).withPriority(JobPriority.URGENT).withKey(REPLACING));

        assertThat(depth(org)).isEqualTo(new LaneDepth(2, 0));
        assertThat(job(org, low).priority()).isEqualTo(JobPriority.URGENT);
        assertThat(ids(claim(1))).containsExactly(low);
        assertThat(ids(claim(1))).containsExactly(normal);
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 2));
    }

    @Test
    default void replacing_movesBetweenTheLineAndLater() {
        OrgId org = newOrg();
        Instant later = now().plusSeconds(3600).truncatedTo(ChronoUnit.MILLIS);
        JobId id = enqueue(org, numbered(1).withKey(REPLACING)).id();
        settle();

        assertThat(enqueue(org, numbered(2).withKey(REPLACING).withRunAt(later)).state())
                .isEqualTo(JobState.SCHEDULED);
        assertThat(job(org, id).runAt()).contains(later);
        assertNothingToClaim();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertThat(enqueue(org, numbered(3).withKey(REPLACING).withRunAt(later.plusSeconds(1))).replaced()).isTrue();
        assertThat(job(org, id).runAt()).contains(later.plusSeconds(1));
        assertThat(enqueue(org, numbered(4).withKey(REPLACING)).state()).isEqualTo(JobState.READY);
        assertThat(depth(org)).isEqualTo(new LaneDepth(1, 0));

        ClaimedJob claimed = claimOne();
        assertThat(JsonText.compact(claimed.payload())).isEqualTo("{\"n\":4}");
        assertThat(finish(claimed, COMPLETED)).isTrue();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertNothingToClaim();
    }

    /** Without upkeep in between, the claim itself must see that the job is not to run yet. */
    @Test
    default void replacing_toLaterIsSeenByTheNextClaim() {
        OrgId org = newOrg();
        JobId id = enqueue(org, numbered(1).withKey(REPLACING)).id();
        settle();
        enqueue(org, numbered(2).withKey(REPLACING).withDelay(Duration.ofMillis(700)));

        assertThat(jobs().claim(queue(), 10, "contract", LONG_LEASE)).isEmpty();

        assertThat(state(org, id)).isEqualTo(JobState.SCHEDULED);
        ClaimedJob claimed = awaitJob();
        assertThat(claimed.lease().id()).isEqualTo(id);
        assertThat(claimed.attempt()).isEqualTo(1);
        assertThat(JsonText.compact(claimed.payload())).isEqualTo("{\"n\":2}");
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 1));
    }

    @Test
    default void replacing_leavesARetryItsWaitAndItsAttempts() {
        OrgId org = newOrg();
        JobId id = enqueue(org, numbered(1).withKey(REPLACING)).id();
        assertThat(finish(claimOne(), new Outcome.Failed(Duration.ofHours(1), "E", "m"))).isTrue();
        Instant retry = job(org, id).runAt().orElseThrow();

        assertThat(enqueue(org, numbered(2).withKey(REPLACING)).replaced()).isTrue();

        assertThat(job(org, id).runAt()).contains(retry);
        assertThat(job(org, id).attempts()).isEqualTo(1);
        assertThat(payload(org, id)).isEqualTo("{\"n\":2}");
        assertNothingToClaim();
    }

    @Test
    default void replacing_byAnotherKindIsRefused() {
        OrgId org = newOrg();
        JobId id = enqueue(org, numbered(1).withKey(REPLACING)).id();

        assertThatThrownBy(() -> enqueue(org,
                JobRequest.of(JobKind.of("test.other", queue()), "{}").withKey(REPLACING)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("kind");

        assertThat(payload(org, id)).isEqualTo("{\"n\":1}");
        assertThat(enqueue(org, JobRequest.of(JobKind.of("test.other", queue()), "{}").withKey("order-1")).id())
                .as("one that keeps may").isEqualTo(id);
    }

    @Test
    default void replacing_withinABatchKeepsTheLastWords() {
        OrgId org = newOrg();

        List<JobReceipt> receipts = jobs().enqueue(org, List.of(numbered(1).withKey(REPLACING), numbered(2),
                numbered(3).withKey(REPLACING), numbered(4).withKey(REPLACING), numbered(5).withKey("order-1")));

        assertThat(receipts).extracting(JobReceipt::duplicate).containsExactly(false, false, true, true, true);
        assertThat(receipts).extracting(JobReceipt::replaced).containsExactly(false, false, true, true, false);
        assertThat(depth(org)).isEqualTo(new LaneDepth(2, 0));
        assertThat(claimAll()).extracting(job -> JsonText.compact(job.payload()))
                .containsExactlyInAnyOrder("{\"n\":4}", "{\"n\":2}");
    }

    @Test
    default void discard_findsAJobThatIsToBeMoved() {
        OrgId org = newOrg();
        JobId id = enqueue(org, numbered(1).withKey(REPLACING)).id();
        settle();
        enqueue(org, numbered(2).withKey(REPLACING).withDelay(Duration.ofHours(1)));

        assertThat(jobs().discard(org, List.of(id), "enough")).containsExactly(id);

        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertThat(state(org, id)).isEqualTo(JobState.CANCELLED);
        assertThat(enqueue(org, numbered(3).withKey(REPLACING)).duplicate()).isFalse();
        assertThat(depth(org)).isEqualTo(new LaneDepth(1, 0));
    }

    @Test
    default void debouncing_runsOnceItIsQuietWithTheNewestPayload() {
        OrgId org = newOrg();
        JobKey key = JobKey.of("order-1").debouncing(Duration.ofMillis(400), Duration.ofHours(1));
        Instant last = now();
        Set<JobId> ids = new HashSet<>();
        for (int i = 1; i <= 5; i++) {
            last = now();
            JobReceipt receipt = enqueue(org, numbered(i).withKey(key));
            assertThat(receipt.state()).isEqualTo(JobState.SCHEDULED);
            assertThat(receipt.replaced()).isEqualTo(i > 1);
            ids.add(receipt.id());
            advance(Duration.ofMillis(100));
            assertNothingToClaim();
        }

        ClaimedJob claimed = awaitJob();

        assertThat(ids).containsExactly(claimed.lease().id());
        assertThat(JsonText.compact(claimed.payload())).isEqualTo("{\"n\":5}");
        assertThat(now()).isAfterOrEqualTo(last.plusMillis(400));
        assertThat(finish(claimed, COMPLETED)).isTrue();
        assertThat(enqueue(org, numbered(6).withKey(key)).duplicate()).as("a new job once done").isFalse();
    }

    @Test
    default void debouncing_putsOffNoLongerThanItsLimit() {
        OrgId org = newOrg();
        JobKey key = JobKey.of("order-1").debouncing(Duration.ofHours(1), Duration.ofHours(2));
        Instant before = now();
        JobId id = enqueue(org, numbered(1).withKey(key)).id();
        Instant created = job(org, id).createdAt();

        JobReceipt second = enqueue(org,
                numbered(2).withKey(JobKey.of("order-1").debouncing(Duration.ofHours(3), Duration.ofHours(3))));
        assertThat(second.replaced()).isTrue();
        assertThat(job(org, id).runAt().orElseThrow()).isBetween(before.plus(Duration.ofHours(3)),
                created.plus(Duration.ofHours(3)));
        enqueue(org,
                numbered(3).withKey(JobKey.of("order-1").debouncing(Duration.ofMinutes(5), Duration.ofMinutes(5))));

        assertThat(job(org, id).runAt()).as("no later than the limit after it was enqueued")
                .contains(created.plus(Duration.ofMinutes(5)));
        assertThat(payload(org, id)).isEqualTo("{\"n\":3}");
    }

    /** For each option: one job, one run, one result, whoever comes first. */
    @Test
    default void sixtyFourRacingCallers_getOneRunAndOneResult() {
        OrgId org = newOrg();
        unlimited(org);
        Map<String, JobKey> keys = Map.of("keeping", JobKey.of("keeping"), "lasting",
                JobKey.of("lasting").lasting(Duration.ofHours(1)), "forever", JobKey.of("forever").forever(),
                "replacing", JobKey.of("replacing").replacing().forever(), "debouncing",
                JobKey.of("debouncing").debouncing(Duration.ofMillis(1), Duration.ofSeconds(5)).forever());
        Map<JobId, Integer> runs = new ConcurrentHashMap<>();
        keys.forEach((name, key) -> {
            List<JobReceipt> receipts = Race.of(64, number -> {
                JobReceipt receipt = enqueue(org, numbered(number).withKey(key));
                if (number % 8 == 0) {
                    settle();
                    jobs().claim(queue(), 2, "racer-" + number, LONG_LEASE).forEach(job -> {
                        runs.merge(job.lease().id(), 1, Integer::sum);
                        assertThat(finish(job, new Outcome.Completed(Optional.of("\"" + name + "\"")))).isTrue();
                    });
                }
                return receipt;
            });

            JobId id = receipts.getFirst().id();
            assertThat(receipts).as(name).extracting(JobReceipt::id).containsOnly(id);
            assertThat(receipts).filteredOn(receipt -> !receipt.duplicate()).hasSize(1);
            eventually("it has run", () -> {
                settle();
                jobs().claim(queue(), 2, "last", LONG_LEASE).forEach(job -> {
                    runs.merge(job.lease().id(), 1, Integer::sum);
                    assertThat(finish(job, new Outcome.Completed(Optional.of("\"" + name + "\"")))).isTrue();
                });
                return runs.containsKey(id);
            });
            assertThat(runs.get(id)).isEqualTo(1);
            assertThat(enqueue(org, numbered(0).withKey(key)).result()).contains("\"" + name + "\"");
        });
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    /** Whoever is told that a job took its words must see it run with these or with later ones, and once. */
    @Test
    default void replacing_amongClaimersLosesNoWords() {
        OrgId org = newOrg();
        unlimited(org);
        Random seeds = Seed.random("replacing_amongClaimersLosesNoWords");
        long seed = seeds.nextLong();
        int enqueuers = 3;
        AtomicInteger enqueuing = new AtomicInteger(enqueuers);
        Map<JobId, Integer> told = new ConcurrentHashMap<>();
        Map<JobId, List<Integer>> ran = new ConcurrentHashMap<>();

        Race.of(2 * enqueuers, number -> {
            Random random = new Random(seed + number);
            for (int i = 1; number < enqueuers && i <= 80; i++) {
                JobReceipt receipt = enqueue(org, numbered(i).withPriority(JobPriority.ofLevel(1 + random.nextInt(4)))
                        .withDelay(Duration.ofMillis(random.nextInt(3)))
                        .withKey(JobKey.of("key-" + number).replacing()));
                if (!receipt.duplicate() || receipt.replaced()) {
                    told.put(receipt.id(), i);
                }
            }
            if (number < enqueuers) {
                enqueuing.decrementAndGet();
            }
            while (number >= enqueuers && enqueuing.get() > 0) {
                advance(Duration.ofMillis(1));
                jobs().maintain(100);
                run(ran, jobs().claim(queue(), 2, "racer-" + number, LONG_LEASE));
            }
            return number;
        });
        eventually("all have run", () -> {
            run(ran, claimAll());
            return ran.keySet().containsAll(told.keySet());
        });

        assertThat(told).isNotEmpty();
        assertThat(ran).hasSameSizeAs(told);
        told.forEach((id, words) -> assertThat(ran.get(id)).as("what job " + id + " ran with, which was told " + words)
                .containsExactly(words));
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    private void run(Map<JobId, List<Integer>> ran, List<ClaimedJob> claimed) {
        claimed.forEach(job -> ran.merge(job.lease().id(), List.of(number(job)),
                (one, other) -> Stream.concat(one.stream(), other.stream()).toList()));
        complete(claimed);
    }

    private static int number(ClaimedJob job) {
        return Integer.parseInt(job.payload().replaceAll("\\D", ""));
    }

    @Test
    default void replacing_batchesInOppositeOrdersDoNotBlockOneAnother() {
        OrgId org = newOrg();
        for (int round = 0; round < 5; round++) {
            Race.of(4, number -> {
                List<JobRequest> requests = new ArrayList<>(IntStream.range(0, 20)
                        .mapToObj(n -> numbered(number).withKey(JobKey.of("k-" + n).replacing())).toList());
                if (number % 2 == 1) {
                    Collections.reverse(requests);
                }
                assertThat(jobs().enqueue(org, requests)).hasSize(20);
                return number;
            });
        }

        unlimited(org);
        List<ClaimedJob> claimed = claimAll();
        assertThat(claimed).hasSize(20);
        assertThat(claimed).extracting(ClaimedJob::payload).as("the last call stands as a whole")
                .containsOnly(claimed.getFirst().payload());
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 20));
    }
}
