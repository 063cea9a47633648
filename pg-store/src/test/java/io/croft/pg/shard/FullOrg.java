package io.croft.pg.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.TenantContext;
import io.croft.flags.FlagSetting;
import io.croft.job.After;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobParent;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.JobSummary;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.RateLimit;
import io.croft.job.RetryPolicy;
import io.croft.job.ScheduleStatus;
import io.croft.pg.PgShards;
import io.croft.pg.ShardDatabases;
import io.croft.spi.Acting;
import io.croft.spi.AttemptBatch;
import io.croft.spi.AttemptBatch.OrgCounts;
import io.croft.spi.JobReading.Listed;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.KindCounts;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.ScheduleStore.ScheduleId;
import io.croft.spi.ScheduleStore.Times;
import io.croft.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** An organisation that has a bit of everything, and all that can be seen of it. */
final class FullOrg {

    private static final Duration LEASE = Duration.ofMinutes(5);

    private final OrgId org = OrgId.of(UUID.randomUUID());
    private final String queue = "full-" + org;
    private final String other = "other-" + org;
    private final JobKind kind = JobKind.of("full.work", queue)
            .withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(2));
    private final List<JobId> keyed = new ArrayList<>();

    OrgId id() {
        return org;
    }

    /** The queue of most of its jobs, which nobody else has. */
    String queue() {
        return queue;
    }

    /** Another one, where its lane is paused. */
    String other() {
        return other;
    }

    /** A kind of the first. */
    JobKind kind() {
        return kind;
    }

    TenantContext context() {
        return TenantContext.of(org, Actor.service("test"));
    }

    /** Makes it in this database, with what a database may have of an organisation. */
    static FullOrg in(PgShards shards, String database) {
        FullOrg full = new FullOrg();
        shards.stores().forEach((name, store) -> {
            store.jobs().registerQueue("only-in-" + name); // so that their numbers differ
        });
        ShardDatabases.shards(shards).map().adopt(database, List.of(full.org.value()));
        Store store = Objects.requireNonNull(shards.stores().get(database));
        store.orgs().create(full.context());
        full.fill(store.jobs());
        store.orgs().setQuotas(full.context(), OrgQuotas.UNLIMITED.with(OrgQuotas.Resource.QUEUED_JOBS, 500));
        Acting tester = Acting.in(full.context(), store.orgs().find(full.org).orElseThrow());
        store.flags().set(tester, Optional.of(full.org), "beta", FlagSetting.ON);
        store.flags().set(tester, Optional.of(full.org), "search_v2", FlagSetting.OFF);
        return full;
    }

    private void fill(JobStore jobs) {
        jobs.registerQueue(queue);
        jobs.registerQueue(other);
        jobs.setLimits(org, queue, LaneLimits.maxRunning(100).withWeight(2));
        jobs.setLimits(org, other, LaneLimits.maxRunning(3).withRate(new RateLimit(0.5, 7)));
        jobs.pause(new Lane(org, other));
        ended(jobs);
        jobs.enqueue(org, JobFlow.batch(List.of(request(1), request(2)), request(3)));
        JobId delayed = jobs.enqueue(org, List.of(request(4).withDelay(Duration.ofHours(1)))).getFirst().id();
        jobs.enqueue(org, List.of(request(5).withAfter(After.success(delayed)),
                request(6).withAfter(After.end(delayed)).withDelay(Duration.ofMinutes(1))));
        for (JobPriority priority : JobPriority.values()) {
            jobs.enqueue(org, List.of(request(7).withPriority(priority), request(8).withPriority(priority)));
        }
        jobs.enqueue(org, List.of(JobRequest.of(JobKind.of("other", other), "{\"deep\":{\"null\":null,\"x\":1e400}}")
                .withTags("a", "b \"quoted\", {braces}").withDeadline(Instant.now().plus(Duration.ofDays(900)))));
        List<JobReceipt> receipts = jobs.enqueue(org, List.of(request(9).withKey("plain"),
                request(10).withKey(JobKey.of("ünïcode 'key'").forever()),
                request(11).withKey(JobKey.of("live").whileLive()),
                request(12).withKey(JobKey.of("replacing").replacing()).withDelay(Duration.ofHours(2))));
        receipts.forEach(receipt -> keyed.add(receipt.id()));
        jobs.enqueue(org, List.of(request(13).withKey(JobKey.of("replacing").replacing())
                .withPriority(JobPriority.HIGH).withDelay(Duration.ofHours(3))));
        jobs.schedules().put(ScheduleId.of(org, "nightly"), JobSchedule.every(Duration.ofHours(1)).withTimeField("at"),
                request(14), (schedule, now) -> new Times(now.plusSeconds(500), now.plusSeconds(600)));
        jobs.schedules().trigger(org, "nightly");
        jobs.count(new AttemptBatch(UUID.randomUUID(), 1, List.of(new OrgCounts(org, Instant.now().plusSeconds(60),
                new KindCounts(queue, kind.name(), 3, 2, 1,
                        LatencyHistogram.ofDurations(List.of(Duration.ofMillis(5))))))));
        settle(jobs);
    }

    /** Dead, completed with results of all sorts, cancelled, and one that waits for its second attempt. */
    private void ended(JobStore jobs) {
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            requests.add(i == 4 ? request(20 + i).withKey(JobKey.of("done").forever()) : request(20 + i));
        }
        List<JobId> ids = jobs.enqueue(org, requests).stream().map(JobReceipt::id).toList();
        settle(jobs);
        List<ClaimedJob> claimed = jobs.claim(queue, 100, "full", LEASE);
        assertThat(claimed).hasSize(8);
        List<Outcome> outcomes = List.of(
                new Outcome.Failed(Optional.empty(), "java.io.IOException", "no \\ \"saddle\"", "at x\n\tat y"),
                new Outcome.Failed(Optional.of(Duration.ZERO), "E", "again", ""),
                new Outcome.Completed(Optional.empty()), new Outcome.Completed(Optional.of("null")),
                new Outcome.Completed(Optional.of("{\"n\":[1,2.50,\"(,)\"]}")), new Outcome.Cancelled("not needed"),
                new Outcome.Snoozed(Duration.ofHours(1), "later"),
                new Outcome.Failed(Optional.of(Duration.ofHours(1)), "E", "much later", ""));
        List<Completion> completions = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            completions.add(new Completion(claimed.get(i).lease(), outcomes.get(i)));
        }
        assertThat(ids).hasSize(8);
        jobs.enqueue(org, List.of(request(30))); // before the one that is tried again, though its id is greater
        assertThat(jobs.finish(completions)).containsOnly(true);
    }

    private JobRequest request(int number) {
        return JobRequest.of(kind, "{\"number\":" + number + "}");
    }

    static void settle(JobStore jobs) {
        int rounds = 0;
        while (jobs.maintain(1000).more()) {
            assertThat(++rounds).isLessThan(10_000);
        }
    }

    /** All that can be seen of it in this store. */
    Seen seen(PgShards shards, String database) {
        JobStore jobs = jobs(shards, database);
        settle(jobs);
        List<JobSummary> summaries = new ArrayList<>();
        Optional<JobId> before = Optional.empty();
        do {
            Listed listed = jobs.list(org, JobFilter.ALL, before, 10);
            summaries.addAll(listed.jobs());
            before = listed.next();
        } while (before.isPresent());
        List<Job> all = summaries.stream().map(one -> jobs.find(org, one.id()).orElseThrow()).toList();
        List<List<JobParent>> parents = summaries.stream().map(one -> jobs.parents(org, one.id())).toList();
        Instant now = Instant.now();
        Store store = Objects.requireNonNull(shards.stores().get(database));
        return new Seen(summaries, all, parents, jobs.counts(org), jobs.lanes(org),
                jobs.schedules().list(Optional.of(org), Optional.empty(), 100),
                jobs.counted(org, now.minusSeconds(7200), now.plusSeconds(7200)).stream()
                        .map(one -> one.kind() + " " + one.completed() + " " + one.failed() + " " + one.cancelled()
                                + " " + one.times().percentile(.5))
                        .toList(),
                store.orgs().quotas(org).orElseThrow(), store.flags().all().of(org));
    }

    static JobStore jobs(PgShards shards, String database) {
        return Objects.requireNonNull(shards.stores().get(database)).jobs();
    }

    /** All that may start is claimed, in order, and ended; returns the payloads. */
    List<String> work(JobStore jobs) {
        List<String> payloads = new ArrayList<>();
        settle(jobs);
        for (List<ClaimedJob> some = jobs.claim(queue, 100, "work", LEASE); !some.isEmpty(); some =
                jobs.claim(queue, 100, "work", LEASE)) {
            some.forEach(job -> payloads.add(job.payload()));
            assertThat(jobs.finish(some.stream().map(job -> new Completion(job.lease(),
                    new Outcome.Completed(Optional.empty()))).toList())).containsOnly(true);
            settle(jobs);
        }
        return payloads;
    }

    /** Its keys stand for the same jobs as ever. */
    void assertKeys(JobStore jobs) {
        List<JobReceipt> receipts = jobs.enqueue(org, List.of(request(9).withKey("plain"),
                request(10).withKey(JobKey.of("ünïcode 'key'").forever()),
                request(11).withKey(JobKey.of("live").whileLive()), request(12).withKey("replacing"),
                request(24).withKey("done")));
        assertThat(receipts).allMatch(JobReceipt::duplicate);
        assertThat(receipts.stream().map(JobReceipt::id).limit(4)).isEqualTo(keyed);
        assertThat(receipts.getLast().result()).contains("{\"n\": [1, 2.50, \"(,)\"]}");
    }

    /** What is seen of an organisation. */
    record Seen(List<JobSummary> summaries, List<Job> jobs, List<List<JobParent>> parents,
            Map<String, JobCounts> counts, Map<String, LaneStatus> lanes, List<ScheduleStatus> schedules,
            List<String> counted, OrgQuotas quotas, Map<String, FlagSetting> flags) {
    }
}
