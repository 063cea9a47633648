package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.OrgId;
import io.croft.Orgs;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.After;
import io.croft.job.CancelReceipt;
import io.croft.job.DeadLetterFilter;
import io.croft.job.FlowReceipt;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobPage;
import io.croft.job.JobQueue;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobSchedule;
import io.croft.job.JobState;
import io.croft.job.JobSummary;
import io.croft.job.LaneLimits;
import io.croft.job.LaneState;
import io.croft.job.QueueLimits;
import io.croft.job.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a host may expect of a {@link JobQueue}, its administration and its schedules, wherever it is kept. The contract
 * of the store beneath is {@link JobStoreContract}.
 */
public abstract class JobQueueContract {

    private static final Actor OPERATOR = Actor.superAdmin("contract");

    /** This test's own, since tests may share a database. */
    private final String queueName = "q-" + UUID.randomUUID();
    private final JobKind echo = JobKind.of("contract.echo", queueName);
    private final JobKind broken = JobKind.of("contract.broken", queueName)
            .withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(2));
    private final List<String> ran = new CopyOnWriteArrayList<>();
    private final Map<OrgId, Integer> repaired = new ConcurrentHashMap<>();
    private Host host;

    /** A queue and what runs its jobs. */
    public interface Host extends AutoCloseable {

        /** The queue. */
        JobQueue queue();

        /** The organisations. */
        Orgs orgs();

        /** Lets jobs run, and returns when this one has ended; a dead letter has. */
        void run(TenantContext context, JobId job) throws InterruptedException;

        @Override
        void close();
    }

    /**
     * A queue whose jobs these handlers run.
     *
     * @param handlers by kind; all of one queue
     */
    protected abstract Host open(Map<JobKind, JobHandler> handlers);

    @BeforeEach
    final void openHost() {
        host = open(Map.of(echo, job -> {
            ran.add(job.payload());
            return JobResult.completed("{\"attempt\":" + job.attempt() + "}");
        }, broken, job -> {
            if (repaired.containsKey(job.tenant().org())) {
                return JobResult.completed();
            }
            throw new IllegalStateException("no saddle");
        }));
    }

    @AfterEach
    final void closeHost() {
        host.close();
    }

    private TenantContext newOrg() {
        TenantContext context = TenantContext.of(OrgId.of(UUID.randomUUID()), Actor.user("u-1", Role.ADMIN));
        host.orgs().create(context);
        return context;
    }

    private JobQueue queue() {
        return host.queue();
    }

    private Job ended(TenantContext org, JobId id) throws InterruptedException {
        host.run(org, id);
        return queue().find(org, id).orElseThrow();
    }

    private Job deadLetter(TenantContext org) throws InterruptedException {
        Job job = ended(org, queue().enqueue(org, JobRequest.of(broken, "{}")).id());
        assertThat(job.state()).isEqualTo(JobState.DEAD);
        return job;
    }

    @Test
    void job_isRunAndItsResultKept() throws InterruptedException {
        TenantContext org = newOrg();

        JobReceipt receipt = queue().enqueue(org, JobRequest.of(echo, "{\"n\":1}").withTags("night"));
        Job done = ended(org, receipt.id());

        assertThat(receipt.state()).isEqualTo(JobState.READY);
        assertThat(done.state()).isEqualTo(JobState.COMPLETED);
        assertThat(done.result().map(JsonText::compact)).contains("{\"attempt\":1}");
        assertThat(done.tags()).containsExactly("night");
        assertThat(queue().await(org, receipt.id(), Duration.ZERO)).isPresent();
    }

    @Test
    void job_isOfItsOrganisationAlone() throws InterruptedException {
        TenantContext org = newOrg();
        TenantContext other = newOrg();
        JobId id = queue().enqueue(org, JobRequest.of(echo, "{}")).id();

        assertThat(queue().find(other, id)).isEmpty();
        assertThat(queue().parents(other, id).list()).isEmpty();
        assertThat(queue().admin().cancel(other, List.of(id), "not theirs"))
                .isEqualTo(new CancelReceipt(List.of(), List.of(), List.of()));
        assertThat(queue().admin().list(other, JobFilter.ALL, Optional.empty(), 10).jobs()).isEmpty();
        assertThat(ended(org, id).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void unknownOrganisation_isRefusedEverywhere() {
        TenantContext unknown = TenantContext.of(OrgId.of(UUID.randomUUID()), Actor.service("contract"));

        assertThatThrownBy(() -> queue().enqueue(unknown, JobRequest.of(echo, "{}")))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> queue().find(unknown, new JobId(1))).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> queue().admin().counts(unknown)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> queue().schedules().find(unknown, "nightly")).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void enqueueAll_isAllOrNone() {
        TenantContext org = newOrg();
        List<JobRequest> jobs = new ArrayList<>(Collections.nCopies(3, JobRequest.of(echo, "{}")));
        jobs.add(JobRequest.of(echo, "no json"));

        assertThatThrownBy(() -> queue().enqueueAll(org, jobs)).isInstanceOf(InvalidInputException.class);
        assertThat(queue().admin().list(org, JobFilter.ALL, Optional.empty(), 10).jobs()).isEmpty();
    }

    @Test
    void key_givesTheFirstJobAndThenItsResult() throws InterruptedException {
        TenantContext org = newOrg();
        JobRequest once = JobRequest.of(echo, "{}").withKey(JobKey.of("order-7"));

        JobId first = queue().enqueue(org, once).id();
        ended(org, first);
        JobReceipt again = queue().enqueue(org, once);
        JobReceipt elsewhere = queue().enqueue(newOrg(), once);

        assertThat(again.id()).isEqualTo(first);
        assertThat(again.duplicate()).isTrue();
        assertThat(again.result().map(JsonText::compact)).contains("{\"attempt\":1}");
        assertThat(elsewhere.duplicate()).isFalse();
    }

    @Test
    void flow_runsInItsOrder() throws InterruptedException {
        TenantContext org = newOrg();

        FlowReceipt flow = queue().enqueueFlow(org, JobFlow.of("first", JobRequest.of(echo, "{\"n\":1}"))
                .with("second", JobRequest.of(echo, "{\"n\":2}").withAfter(After.success("first"))));
        JobId second = flow.job("second").id();

        assertThat(queue().parents(org, second).named("first").id()).isEqualTo(flow.job("first").id());
        assertThat(ended(org, second).state()).isEqualTo(JobState.COMPLETED);
        assertThat(ran.stream().map(JsonText::compact)).containsExactly("{\"n\":1}", "{\"n\":2}");
    }

    @Test
    void deadLetter_isFoundRedrivenAndDone() throws InterruptedException {
        TenantContext org = newOrg();
        Job dead = deadLetter(org);

        List<Job> found = queue().admin().deadLetters(org,
                DeadLetterFilter.ALL.withKind(broken.name()).withErrorClass(IllegalStateException.class.getName()),
                Optional.empty(), 10);
        repaired.put(org.org(), 1);
        List<JobId> redriven = queue().admin().redrive(org, List.of(dead.id()));

        assertThat(found).extracting(Job::id).containsExactly(dead.id());
        assertThat(dead.attempts()).isEqualTo(2);
        assertThat(dead.error().orElseThrow().message()).contains("no saddle");
        assertThat(redriven).containsExactly(dead.id());
        assertThat(ended(org, dead.id()).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void deadLetters_areDiscardedByFilter() throws InterruptedException {
        TenantContext org = newOrg();
        TenantContext other = newOrg();
        Job dead = deadLetter(org);
        Job theirs = deadLetter(other);

        int discarded = queue().admin().discard(org, DeadLetterFilter.ALL, "unwanted");

        assertThat(discarded).isEqualTo(1);
        assertThat(queue().find(org, dead.id()).orElseThrow().note()).contains("unwanted");
        assertThat(queue().find(other, theirs.id()).orElseThrow().state()).isEqualTo(JobState.DEAD);
    }

    @Test
    void cancel_endsWhatWaits() {
        TenantContext org = newOrg();
        JobId later = queue().enqueue(org, JobRequest.of(echo, "{}").withDelay(Duration.ofHours(1))).id();

        CancelReceipt receipt = queue().admin().cancel(org, List.of(later), "unwanted");

        assertThat(receipt.cancelled()).containsExactly(later);
        assertThat(queue().find(org, later).orElseThrow().state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void pausedLane_startsNothingUntilItIsResumed() throws InterruptedException {
        TenantContext org = newOrg();
        TenantContext other = newOrg();
        queue().admin().pause(org, queueName);
        JobId held = queue().enqueue(org, JobRequest.of(echo, "{}")).id();
        JobId theirs = queue().enqueue(other, JobRequest.of(echo, "{}")).id();

        assertThat(ended(other, theirs).state()).isEqualTo(JobState.COMPLETED);
        assertThat(queue().find(org, held).orElseThrow().state()).isEqualTo(JobState.READY);
        assertThat(Objects.requireNonNull(queue().admin().lanes(org).get(queueName)).state())
                .isEqualTo(LaneState.PAUSED);

        queue().admin().resume(org, queueName);

        assertThat(ended(org, held).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void limits_areKept() {
        TenantContext org = newOrg();
        LaneLimits limits = LaneLimits.maxRunning(3).withWeight(2);

        queue().admin().setLimits(org, queueName, limits);

        assertThat(queue().admin().limits(org, queueName)).isEqualTo(limits);
        assertThat(queue().admin().limits(newOrg(), queueName)).isEqualTo(LaneLimits.DEFAULT);
    }

    @Test
    void operators_seeAndLimitWholeQueues() throws InterruptedException {
        TenantContext org = newOrg();
        TenantContext other = newOrg();
        Stream.of(org, other).forEach(
                one -> queue().enqueue(one, JobRequest.of(echo, "{}").withDelay(Duration.ofHours(1))));
        ended(org, queue().enqueue(org, JobRequest.of(echo, "{}")).id()); // upkeep has counted them by then

        queue().queues().setLimits(OPERATOR, queueName, QueueLimits.DEFAULT.withMaxRunning(6));

        Await.until("both are counted", () -> queue().queues().counts(OPERATOR, queueName).scheduled() == 2);
        assertThat(queue().queues().limits(OPERATOR, queueName)).isEqualTo(QueueLimits.DEFAULT.withMaxRunning(6));
        assertThat(queue().queues().list(OPERATOR)).containsKey(queueName);
        assertThat(queue().queues().lanes(OPERATOR, queueName, JobState.SCHEDULED, Optional.empty(), 10).lanes())
                .extracting(lane -> lane.org()).containsExactlyInAnyOrder(org.org(), other.org());
        assertThatThrownBy(() -> queue().queues().list(Actor.user("u-1", Role.ADMIN)))
                .isInstanceOf(NotPermittedException.class);
    }

    @Test
    void list_hasPagesWithTheNewestFirst() throws InterruptedException {
        TenantContext org = newOrg();
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(queue().enqueue(org, JobRequest.of(echo, "{}").withTags(i % 2 == 0 ? "even" : "odd")).id());
        }
        for (JobId id : ids) {
            ended(org, id);
        }

        List<JobId> listed = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            JobPage page = queue().admin().list(org, JobFilter.ALL.withTag("even").withStates(JobState.COMPLETED),
                    cursor, 2);
            listed.addAll(page.jobs().stream().map(JobSummary::id).toList());
            cursor = page.next();
        } while (cursor.isPresent());

        assertThat(listed).containsExactly(ids.get(4), ids.get(2), ids.get(0));
    }

    @Test
    void counts_tellWhatWaits() {
        TenantContext org = newOrg();
        JobId later = queue().enqueue(org, JobRequest.of(echo, "{}").withDelay(Duration.ofHours(1))).id();
        queue().enqueue(org, JobRequest.of(echo, "{}").withAfter(After.success(later)));
        queue().admin().pause(org, queueName);
        queue().enqueue(org, JobRequest.of(echo, "{}"));

        Await.until("all are counted", () -> {
            JobCounts counts = queue().admin().counts(org).getOrDefault(queueName, JobCounts.NONE);
            return counts.scheduled() == 1 && counts.waiting() == 1 && counts.ready() == 1
                    && counts.oldestReady().isPresent();
        });
    }

    @Test
    void schedule_isKeptPausedTriggeredAndForgotten() throws InterruptedException {
        TenantContext org = newOrg();
        TenantContext other = newOrg();

        queue().schedules().put(org, "nightly", JobSchedule.every(Duration.ofDays(1)), JobRequest.of(echo, "{}"));
        JobId triggered = queue().schedules().trigger(org, "nightly").orElseThrow();

        assertThat(ended(org, triggered).state()).isEqualTo(JobState.COMPLETED);
        assertThat(queue().schedules().pause(org, "nightly")).isTrue();
        assertThat(queue().schedules().find(org, "nightly").orElseThrow().paused()).isTrue();
        assertThat(queue().schedules().find(other, "nightly")).isEmpty();
        assertThat(queue().schedules().list(org, Optional.empty(), 10)).hasSize(1);
        assertThat(queue().schedules().remove(org, "nightly")).isTrue();
        assertThat(queue().schedules().find(org, "nightly")).isEmpty();
    }

    @Test
    void watch_tellsUntilTheEnd() throws InterruptedException {
        TenantContext org = newOrg();
        List<JobState> told = new CopyOnWriteArrayList<>();
        JobId id = queue().enqueue(org, JobRequest.of(echo, "{}")).id();

        queue().watch(org, id, status -> told.add(status.state()));
        ended(org, id);

        Await.until("the end is told", () -> told.contains(JobState.COMPLETED));
    }

    @Test
    void erasedOrganisation_hasNoJobs() {
        TenantContext org = newOrg();
        JobId id = queue().enqueue(org, JobRequest.of(echo, "{}").withDelay(Duration.ofHours(1))).id();

        host.orgs().erase(org);
        host.orgs().create(org);

        assertThat(queue().find(org, id)).isEmpty();
        assertThat(queue().admin().list(org, JobFilter.ALL, Optional.empty(), 10).jobs()).isEmpty();
    }
}
