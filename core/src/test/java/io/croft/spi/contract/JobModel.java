package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.CancelReceipt;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Pausable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Takes random steps on a store, keeps in mind what must have come of them, and compares. */
final class JobModel {

    private static final int ATTEMPTS = 3;

    private final JobFixture on;
    private final Random random;
    private final List<OrgId> orgs = new ArrayList<>();
    private final Map<OrgId, LaneLimits> limits = new HashMap<>();
    private final Set<Pausable> paused = new HashSet<>();
    private int queueLimit = Integer.MAX_VALUE;
    private final Map<JobId, Entry> jobs = new LinkedHashMap<>();
    private final Map<String, Entry> keys = new HashMap<>();
    private final List<JobLease> ended = new ArrayList<>();

    /** What must be known of a job. Waiting jobs are all ready, because no step makes them wait for a time. */
    private static final class Entry {
        private final OrgId org;
        private final JobId id;
        private JobPriority priority;
        private JobState state = JobState.READY;
        private int attempts;
        private boolean cancelled;
        private Optional<JobLease> lease = Optional.empty();

        Entry(OrgId org, JobId id, JobPriority priority) {
            this.org = org;
            this.id = id;
            this.priority = priority;
        }
    }

    JobModel(JobFixture on, Random random, int orgs) {
        this.on = on;
        this.random = random;
        for (int i = 0; i < orgs; i++) {
            OrgId org = on.newOrg();
            this.orgs.add(org);
            limits.put(org, LaneLimits.DEFAULT);
        }
    }

    void step() {
        switch (random.nextInt(14)) {
            case 12, 13 -> replace();
            case 0, 1 -> enqueue();
            case 2, 3, 4 -> claim();
            case 5, 6, 7 -> finish();
            case 8 -> finishWhatEnded();
            case 9 -> release();
            case 10 -> repair();
            default -> setLimits();
        }
        on.settle();
    }

    private void enqueue() {
        OrgId org = pick(orgs);
        for (int i = random.nextInt(5); i >= 0; i--) {
            JobPriority priority = JobPriority.ofLevel(1 + random.nextInt(4));
            JobId id = on.enqueue(org, on.ofPriority(priority)).id();
            jobs.put(id, new Entry(org, id, priority));
        }
    }

    /** Enqueues with one of few keys, which are known while their jobs are live. */
    private void replace() {
        OrgId org = pick(orgs);
        String key = org + "-" + random.nextInt(4);
        JobPriority priority = JobPriority.ofLevel(1 + random.nextInt(4));
        Optional<Entry> live = Optional.ofNullable(keys.get(key)).filter(entry -> !entry.state.isFinal());
        Optional<Entry> waiting = live.filter(entry -> entry.state == JobState.READY);

        JobReceipt receipt = on.enqueue(org, on.ofPriority(priority).withKey(JobKey.of(key).replacing()));

        assertThat(receipt.duplicate()).as("duplicate").isEqualTo(live.isPresent());
        assertThat(receipt.replaced()).as("replaced").isEqualTo(waiting.isPresent());
        waiting.ifPresent(entry -> entry.priority = priority);
        if (live.isPresent()) {
            assertThat(receipt.id()).isEqualTo(live.get().id);
        } else {
            Entry entry = new Entry(org, receipt.id(), priority);
            jobs.put(receipt.id(), entry);
            keys.put(key, entry);
        }
    }

    private void claim() {
        List<ClaimedJob> claimed = on.claim(1 + random.nextInt(6));
        if (claimed.isEmpty()) {
            assertThat(orgs).as("lanes where a job could start").noneMatch(this::couldStart);
        }
        for (ClaimedJob job : claimed) {
            OrgId org = job.lease().org();
            Entry entry = entry(job.lease().id());
            assertThat(entry.org).isEqualTo(org);
            assertThat(entry.state).isEqualTo(JobState.READY);
            assertThat(couldStart(org)).as("may start one more").isTrue();
            assertThat(in(JobState.READY)).as("ready jobs of the lane, while one of " + entry.priority + " starts")
                    .noneMatch(other -> other.org.equals(org) && other.priority.level() < entry.priority.level());
            entry.state = JobState.RUNNING;
            entry.attempts++;
            entry.lease = Optional.of(job.lease());
            assertThat(job.attempt()).isEqualTo(entry.attempts);
        }
    }

    private boolean couldStart(OrgId org) {
        LaneLimits limit = limits.getOrDefault(org, LaneLimits.DEFAULT);
        return !isPaused(org) && in(JobState.RUNNING).size() < queueLimit
                && count(org, JobState.RUNNING) < limit.maxRunning() && count(org, JobState.READY) > 0;
    }

    private boolean isPaused(OrgId org) {
        return paused.contains(new Lane(org, on.queue())) || paused.contains(new Pausable.Org(org))
                || paused.contains(new Pausable.Queue(on.queue()));
    }

    private void finish() {
        List<Entry> ending = in(JobState.RUNNING).stream().limit(1 + random.nextInt(4)).toList();
        List<Completion> completions = new ArrayList<>();
        for (Entry entry : ending) {
            JobLease lease = entry.lease.orElseThrow();
            Outcome outcome = outcome();
            completions.add(new Completion(lease, outcome));
            end(entry, outcome);
            ended.add(lease);
        }
        assertThat(on.jobs().finish(completions)).hasSize(ending.size()).doesNotContain(false);
    }

    private Outcome outcome() {
        return switch (random.nextInt(7)) {
            case 0 -> JobFixture.FAILED;
            case 5 -> new Outcome.Failed(Optional.empty(), "E", "never", "at last");
            case 6 -> new Outcome.NotBegun("too late");
            case 1 -> new Outcome.Failed(Duration.ZERO, "E", "m");
            case 2 -> new Outcome.Snoozed(Duration.ZERO, "");
            case 3 -> new Outcome.Cancelled("enough");
            default -> JobFixture.COMPLETED;
        };
    }

    private static void end(Entry entry, Outcome outcome) {
        entry.lease = Optional.empty();
        boolean told =
                entry.cancelled && !(outcome instanceof Outcome.Completed || outcome instanceof Outcome.NotBegun);
        switch (told ? new Outcome.Cancelled("enough") : outcome) {
            case Outcome.Completed completed -> entry.state = JobState.COMPLETED;
            case Outcome.Cancelled cancelled -> entry.state = JobState.CANCELLED;
            case Outcome.NotBegun notBegun -> {
                entry.attempts--;
                entry.state = entry.attempts > 0 && !entry.cancelled ? JobState.DEAD : JobState.CANCELLED;
            }
            case Outcome.Failed failed -> entry.state =
                    entry.attempts == ATTEMPTS || failed.retryAfter().isEmpty() ? JobState.DEAD : JobState.READY;
            case Outcome.Snoozed snoozed -> {
                entry.state = JobState.READY;
                entry.attempts--;
            }
        }
    }

    /** Whether it is accepted depends on what came after; that it changes nothing does not. */
    private void finishWhatEnded() {
        if (!ended.isEmpty()) {
            on.finish(pick(ended), outcome());
        }
    }

    private void release() {
        List<Entry> running = in(JobState.RUNNING);
        if (running.isEmpty()) {
            return;
        }
        Entry entry = pick(running);
        JobLease lease = entry.lease.orElseThrow();
        on.jobs().release(List.of(lease));
        end(entry, new Outcome.Snoozed(Duration.ZERO, ""));
        ended.add(lease);
    }

    private void repair() {
        OrgId org = pick(orgs);
        List<Entry> some =
                jobs.values().stream().filter(entry -> entry.org.equals(org) && random.nextInt(3) == 0).toList();
        List<JobId> ids = some.stream().map(entry -> entry.id).toList();
        if (ids.isEmpty()) {
            return;
        }
        List<Entry> open = some.stream()
                .filter(entry -> entry.state == JobState.DEAD || entry.state == JobState.READY).toList();
        int what = random.nextInt(5);
        if (what > 1) {
            List<Entry> dead = some.stream().filter(entry -> entry.state == JobState.DEAD).toList();
            assertThat(on.jobs().redrive(org, ids))
                    .containsExactlyInAnyOrderElementsOf(dead.stream().map(e -> e.id).toList());
            dead.forEach(entry -> {
                entry.state = JobState.READY;
                entry.attempts = 0;
            });
        } else if (what > 0) {
            List<Entry> running = some.stream().filter(entry -> entry.state == JobState.RUNNING).toList();
            CancelReceipt receipt = on.jobs().cancel(org, ids, "enough");
            assertThat(receipt.cancelled())
                    .containsExactlyInAnyOrderElementsOf(open.stream().map(e -> e.id).toList());
            assertThat(receipt.told()).containsExactlyInAnyOrderElementsOf(running.stream().map(e -> e.id).toList());
            open.forEach(entry -> entry.state = JobState.CANCELLED);
            running.forEach(entry -> entry.cancelled = true);
        } else {
            assertThat(on.jobs().discard(org, ids, "enough"))
                    .containsExactlyInAnyOrderElementsOf(open.stream().map(e -> e.id).toList());
            open.forEach(entry -> entry.state = JobState.CANCELLED);
        }
    }

    private void setLimits() {
        OrgId org = pick(orgs);
        if (random.nextBoolean()) {
            LaneLimits some = LaneLimits.maxRunning(random.nextInt(6)).withWeight(0.5 + random.nextInt(3));
            on.jobs().setLimits(org, on.queue(), some);
            limits.put(org, some);
        } else if (random.nextInt(3) == 0) {
            QueueLimits some = random.nextInt(3) == 0
                    ? QueueLimits.DEFAULT
                    : QueueLimits.DEFAULT.withMaxRunning(1 + random.nextInt(8));
            on.jobs().setLimits(on.queue(), some);
            queueLimit = some.maxRunning().orElse(Integer.MAX_VALUE);
        } else {
            Pausable some = pick(List.of(new Lane(org, on.queue()), new Pausable.Org(org),
                    new Pausable.Queue(on.queue())));
            if (paused.remove(some)) {
                on.jobs().resume(some);
            } else if (random.nextInt(3) == 0) {
                on.jobs().pause(some);
                paused.add(some);
            }
        }
    }

    /** Compares every job and every counter with what they must be. */
    void check() {
        for (Entry entry : jobs.values()) {
            Job job = on.job(entry.org, entry.id);
            assertThat(job.priority()).as("priority of job " + entry.id).isEqualTo(entry.priority);
            assertThat(job.state()).as("state of job " + entry.id).isEqualTo(entry.state);
            assertThat(job.attempts()).as("attempts of job " + entry.id).isEqualTo(entry.attempts);
        }
        for (OrgId org : orgs) {
            assertThat(on.depth(org))
                    .isEqualTo(new LaneDepth(count(org, JobState.READY), count(org, JobState.RUNNING)));
            JobCounts counts = on.jobs().counts(org).getOrDefault(on.queue(), JobCounts.NONE);
            assertThat(counts).isEqualTo(new JobCounts(0, 0, count(org, JobState.READY), count(org, JobState.RUNNING),
                    count(org, JobState.DEAD), counts.oldestReady()));
            assertThat(counts.oldestReady().isPresent()).isEqualTo(counts.ready() > 0);
        }
    }

    /** Lifts all limits and completes what is left. */
    void drain() {
        paused.forEach(on.jobs()::resume);
        paused.clear();
        on.jobs().setLimits(on.queue(), QueueLimits.DEFAULT);
        queueLimit = Integer.MAX_VALUE;
        orgs.forEach(org -> {
            on.unlimited(org);
            limits.put(org, LaneLimits.maxRunning(10_000));
        });
        List<Completion> held = in(JobState.RUNNING).stream()
                .map(entry -> new Completion(entry.lease.orElseThrow(), JobFixture.COMPLETED)).toList();
        assertThat(on.jobs().finish(held)).doesNotContain(false);
        List<ClaimedJob> rest = on.claimAll();
        assertThat(on.ids(rest))
                .containsExactlyInAnyOrderElementsOf(in(JobState.READY).stream().map(e -> e.id).toList());
        on.complete(rest);
        jobs.values().stream().filter(entry -> entry.state == JobState.READY).forEach(entry -> entry.attempts++);
        jobs.values().stream().filter(entry -> entry.state == JobState.READY || entry.state == JobState.RUNNING)
                .forEach(entry -> entry.state = JobState.COMPLETED);
    }

    private List<Entry> in(JobState state) {
        return jobs.values().stream().filter(entry -> entry.state == state).toList();
    }

    private int count(OrgId org, JobState state) {
        return (int) in(state).stream().filter(entry -> entry.org.equals(org)).count();
    }

    private Entry entry(JobId id) {
        return Optional.ofNullable(jobs.get(id))
                .orElseThrow(() -> new AssertionError("job " + id + " was never enqueued"));
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
