package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.Fairness;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.job.RetryPolicy;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Upkept;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Short words for what every test of jobs does. */
interface JobFixture extends StoreFixture {

    Duration LONG_LEASE = Duration.ofHours(1);
    Duration SHORT_LEASE = Duration.ofMillis(200);
    /** Longer than the short lease, with room for clocks that differ a little. */
    Duration PAST_SHORT_LEASE = Duration.ofMillis(300);
    Outcome COMPLETED = new Outcome.Completed(Optional.empty());
    Outcome FAILED = new Outcome.Failed(Duration.ZERO, "java.io.IOException", "no saddle");

    default JobStore jobs() {
        return store().jobs();
    }

    /** Three attempts with no wait between them, in this test's queue. */
    default JobKind kind() {
        return kind(3);
    }

    default JobKind kind(int attempts) {
        return JobKind.of("test.work", queue()).withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(attempts));
    }

    default JobRequest request(String payload) {
        return JobRequest.of(kind(), payload);
    }

    default JobRequest request() {
        return request("{}");
    }

    default JobReceipt enqueue(OrgId org, JobRequest request) {
        List<JobReceipt> receipts = jobs().enqueue(org, List.of(request));
        assertThat(receipts).hasSize(1);
        return receipts.getFirst();
    }

    default JobId enqueue(OrgId org) {
        return enqueue(org, request()).id();
    }

    default List<JobId> enqueue(OrgId org, int count) {
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(request("{\"n\":" + i + "}"));
        }
        return jobs().enqueue(org, requests).stream().map(JobReceipt::id).toList();
    }

    /** Upkeep until there is no more to do. */
    default void settle() {
        int rounds = 0;
        while (jobs().maintain(1000).more()) {
            assertThat(++rounds).as("rounds of upkeep that all say there is more to do").isLessThan(10_000);
        }
    }

    /** Upkeep until there is no more to do; how many jobs of which nobody told it found in this test's queue. */
    default int came() {
        int came = 0;
        Upkept upkept;
        do {
            upkept = jobs().maintain(1000);
            came += upkept.came().getOrDefault(queue(), 0);
        } while (upkept.more());
        return came;
    }

    /** One claim after upkeep. */
    default List<ClaimedJob> claim(int want) {
        return claim(want, LONG_LEASE);
    }

    default List<ClaimedJob> claim(int want, Duration lease) {
        settle();
        List<ClaimedJob> claimed = jobs().claim(queue(), want, "contract", lease);
        assertThat(claimed).hasSizeLessThanOrEqualTo(want);
        return claimed;
    }

    /** Claims until nothing more can start. */
    default List<ClaimedJob> claimAll() {
        List<ClaimedJob> all = new ArrayList<>();
        for (List<ClaimedJob> some = claim(100); !some.isEmpty(); some = claim(100)) {
            all.addAll(some);
        }
        return all;
    }

    /** The only job that can start. */
    default ClaimedJob claimOne() {
        return claimOne(LONG_LEASE);
    }

    default ClaimedJob claimOne(Duration lease) {
        List<ClaimedJob> claimed = claim(10, lease);
        assertThat(claimed).hasSize(1);
        return claimed.getFirst();
    }

    /** The next job that can start, when there is one. */
    default ClaimedJob awaitJob() {
        List<ClaimedJob> found = new ArrayList<>();
        eventually("a job can be claimed", () -> {
            found.addAll(claim(1));
            return !found.isEmpty();
        });
        return found.getFirst();
    }

    default void assertNothingToClaim() {
        assertThat(claim(10)).isEmpty();
    }

    default boolean finish(ClaimedJob job, Outcome outcome) {
        return finish(job.lease(), outcome);
    }

    default boolean finish(JobLease lease, Outcome outcome) {
        List<Boolean> accepted = jobs().finish(List.of(new Completion(lease, outcome)));
        assertThat(accepted).hasSize(1);
        return accepted.getFirst();
    }

    /** Ends all of them well. */
    default void complete(List<ClaimedJob> claimed) {
        List<Completion> completions = claimed.stream().map(job -> new Completion(job.lease(), COMPLETED)).toList();
        if (!completions.isEmpty()) {
            assertThat(jobs().finish(completions)).hasSize(completions.size()).containsOnly(true);
        }
    }

    /** Makes a dead letter of a new job. */
    default JobId deadLetter(OrgId org) {
        JobId id = enqueue(org, JobRequest.of(kind(1), "{}")).id();
        ClaimedJob claimed = claimOne();
        assertThat(claimed.lease().id()).isEqualTo(id);
        assertThat(finish(claimed, FAILED)).isTrue();
        assertThat(job(org, id).state()).isEqualTo(JobState.DEAD);
        return id;
    }

    default Job job(OrgId org, JobId id) {
        return jobs().find(org, id).orElseThrow();
    }

    default JobState state(OrgId org, JobId id) {
        return job(org, id).state();
    }

    /** The depth of the lane of this test's queue, once upkeep has counted everything. */
    default LaneDepth depth(OrgId org) {
        settle();
        return depthNow(org);
    }

    default LaneDepth depthNow(OrgId org) {
        LaneStatus lane = jobs().lanes(org).get(queue());
        return lane == null ? new LaneDepth(0, 0) : lane.depth();
    }

    /** The lane of this test's queue, which there must be. */
    default LaneStatus lane(OrgId org) {
        return Optional.ofNullable(jobs().lanes(org).get(queue())).orElseThrow();
    }

    /** This test's queue. */
    default QueueStatus status() {
        return Optional.ofNullable(jobs().queues().get(queue())).orElseThrow();
    }

    /** Lifts the limit of the lane, for tests that are not about limits. */
    default void unlimited(OrgId org) {
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(10_000));
    }

    /** Lets lanes share by the number of attempts, for tests that count. */
    default void shareByJobs() {
        jobs().setLimits(queue(), QueueLimits.DEFAULT.withFairness(Fairness.JOBS));
    }

    default JobRequest ofPriority(JobPriority priority) {
        return request("{\"priority\":\"" + priority + "\"}").withPriority(priority);
    }

    default List<JobId> ids(List<ClaimedJob> claimed) {
        return claimed.stream().map(job -> job.lease().id()).toList();
    }
}
