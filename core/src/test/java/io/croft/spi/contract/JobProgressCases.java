package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobProgress;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Report;
import io.croft.spi.JobStore.Watched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What attempts say of their progress, and where watched jobs stand. */
interface JobProgressCases extends JobFixture {

    @Test
    default void report_isKeptUntilTheNextOne() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        assertThat(job(org, id).progress()).isEmpty();

        assertThat(jobs().report(List.of(new Report(claimed.lease(), 0.25, "saddling"))))
                .containsExactly(claimed.lease());
        JobProgress first = job(org, id).progress().orElseThrow();
        assertThat(jobs().report(List.of(new Report(claimed.lease(), 1, "")))).containsExactly(claimed.lease());
        JobProgress second = job(org, id).progress().orElseThrow();

        assertThat(first.fraction()).isEqualTo(0.25);
        assertThat(first.message()).isEqualTo("saddling");
        assertThat(second.fraction()).isEqualTo(1);
        assertThat(second.message()).isEmpty();
        assertThat(second.at()).isAfterOrEqualTo(first.at()).isBeforeOrEqualTo(now());
        assertThat(jobs().heartbeat(List.of(claimed.lease()), LONG_LEASE).leases()).containsExactly(claimed.lease());
        assertThat(job(org, id).progress()).contains(second);
    }

    @Test
    default void report_ofManyAttemptsKeepsTheLongestMessages() {
        OrgId org = newOrg();
        unlimited(org);
        enqueue(org, 50);
        List<ClaimedJob> claimed = claimAll();
        String longest = "ä".repeat(JobProgress.MAX_MESSAGE_CHARS);

        List<JobLease> kept =
                jobs().report(claimed.stream().map(job -> new Report(job.lease(), 0.5, longest)).toList());

        assertThat(kept).containsExactlyInAnyOrderElementsOf(claimed.stream().map(ClaimedJob::lease).toList());
        claimed.forEach(job -> assertThat(job(org, job.lease().id()).progress().orElseThrow().message())
                .isEqualTo(longest));
        assertThat(jobs().report(List.of())).isEmpty();
    }

    @Test
    default void report_ofAnAttemptThatIsNotHeldIsNotKept() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId id = enqueue(org);
        JobLease lease = claimOne().lease();

        List<JobLease> kept = jobs().report(List.of(new Report(new JobLease(org, id, lease.fence() - 1), 0.1, "older"),
                new Report(new JobLease(other, id, lease.fence()), 0.2, "another org's"),
                new Report(new JobLease(org, new JobId(Long.MAX_VALUE), 1), 0.3, "nobody's")));

        assertThat(kept).isEmpty();
        assertThat(job(org, id).progress()).isEmpty();
    }

    @Test
    default void progress_isGoneWithItsAttempt() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob first = claimOne();
        jobs().report(List.of(new Report(first.lease(), 0.9, "almost")));

        assertThat(finish(first, FAILED)).isTrue();
        assertThat(job(org, id).progress()).isEmpty();
        ClaimedJob second = awaitJob();
        assertThat(job(org, id).progress()).isEmpty();

        assertThat(jobs().report(List.of(new Report(first.lease(), 0.95, "late")))).isEmpty();
        jobs().report(List.of(new Report(second.lease(), 0.1, "again")));
        assertThat(finish(second, COMPLETED)).isTrue();
        assertThat(job(org, id).progress()).isEmpty();
    }

    @Test
    default void statuses_tellEachJobOfEachOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId dead = deadLetter(org);
        JobId done = enqueue(org);
        assertThat(finish(claimOne(), COMPLETED)).isTrue();
        JobId running = enqueue(other);
        ClaimedJob claimed = claimOne();
        jobs().report(List.of(new Report(claimed.lease(), 0.5, "trotting")));
        JobId cancelled = enqueue(org);
        jobs().discard(org, List.of(cancelled), "no");
        Instant later = now().plus(Duration.ofMinutes(10));
        JobId scheduled = enqueue(org, request().withRunAt(later)).id();
        JobId ready = enqueue(org, JobRequest.of(kind(), "{}")).id();

        List<Optional<JobStatus>> statuses = jobs().statuses(List.of(new Watched(org, dead), new Watched(org, done),
                new Watched(other, running), new Watched(org, cancelled), new Watched(org, scheduled),
                new Watched(org, ready), new Watched(org, running), new Watched(org, new JobId(Long.MAX_VALUE)),
                new Watched(org, done)));

        assertThat(statuses).containsExactly(status(dead, JobState.DEAD, 1), status(done, JobState.COMPLETED, 1),
                Optional.of(new JobStatus(running, JobState.RUNNING, 1, job(other, running).progress())),
                status(cancelled, JobState.CANCELLED, 0), status(scheduled, JobState.SCHEDULED, 0),
                status(ready, JobState.READY, 0), Optional.empty(), Optional.empty(),
                status(done, JobState.COMPLETED, 1));
        assertThat(job(other, running).progress().orElseThrow().message()).isEqualTo("trotting");
        assertThat(finish(claimed, COMPLETED)).isTrue();
    }

    @Test
    default void statuses_followAnAttempt() {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        List<Watched> watched = List.of(new Watched(org, id));

        List<Optional<JobStatus>> seen = new ArrayList<>(jobs().statuses(watched));
        ClaimedJob first = claimOne();
        seen.addAll(jobs().statuses(watched));
        assertThat(finish(first, new Outcome.Failed(Duration.ofMinutes(5), "E", "no"))).isTrue();
        seen.addAll(jobs().statuses(watched));

        assertThat(seen).containsExactly(status(id, JobState.READY, 0), status(id, JobState.RUNNING, 1),
                status(id, JobState.SCHEDULED, 1));
    }

    @Test
    default void reportsAndStatuses_haveTheirMost() {
        OrgId org = newOrg();
        JobLease lease = new JobLease(org, new JobId(1), 1);

        assertThat(jobs().statuses(List.of())).isEmpty();
        assertThatThrownBy(() -> jobs()
                .statuses(Collections.nCopies(JobStore.MAX_BATCH + 1, new Watched(org, new JobId(1)))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(
                () -> jobs().report(Collections.nCopies(JobStore.MAX_BATCH + 1, new Report(lease, 0, ""))))
                .isInstanceOf(InvalidInputException.class);
    }

    private static Optional<JobStatus> status(JobId id, JobState state, int attempts) {
        return Optional.of(new JobStatus(id, state, attempts, Optional.empty()));
    }
}
