package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/**
 * Random flows and random ends of their jobs, and what must hold of them whatever a store does: none begins before what
 * it waits for, none waits for nothing, and none is cancelled without a reason. Used by one thread.
 */
final class FlowModel {

    private final JobFlowCases on;
    private final Random random;
    private final OrgId org;
    private final Map<JobId, Entry> jobs = new LinkedHashMap<>();
    private final List<ClaimedJob> running = new ArrayList<>();

    private static final class Entry {
        private final JobId id;
        private final Map<JobId, After.Need> parents = new HashMap<>();
        /** Those that were dead letters when somebody looked, and so have ended for who needs no more. */
        private final Set<JobId> died = new HashSet<>();
        /** Cancelled by the model. */
        private boolean cancelled;
        private int ends;

        Entry(JobId id) {
            this.id = id;
        }
    }

    FlowModel(JobFlowCases on, Random random, OrgId org) {
        this.on = on;
        this.random = random;
        this.org = org;
        on.unlimited(org);
    }

    void step() {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> enqueue();
            case 3, 4 -> claim();
            case 5, 6, 7 -> finish();
            case 8 -> discard();
            default -> redrive();
        }
        on.settle();
        noteDead();
    }

    private void enqueue() {
        List<String> names = new ArrayList<>();
        Map<String, JobRequest> members = new HashMap<>();
        Map<String, Map<Object, After.Need>> wanted = new LinkedHashMap<>();
        for (int i = random.nextInt(8); i >= 0; i--) {
            String name = "job-" + names.size();
            Map<Object, After.Need> parents = new LinkedHashMap<>();
            for (int n = random.nextInt(4); n > 0; n--) {
                After.Need need = random.nextInt(3) == 0 ? After.Need.END : After.Need.SUCCESS;
                if (!names.isEmpty() && random.nextInt(4) > 0) {
                    parents.put(names.get(random.nextInt(names.size())), need);
                } else if (!jobs.isEmpty()) {
                    parents.put(recent().id, need);
                }
            }
            names.add(name);
            wanted.put(name, parents);
            List<After> after = new ArrayList<>();
            parents.forEach((parent, need) -> after.add(parent instanceof JobId id
                    ? new After.Existing(id, need)
                    : new After.Member((String) parent, need)));
            members.put(name, on.mortal().withAfter(after));
        }
        JobFlow flow = JobFlow.of(members);
        JobFlowCases.Ids ids = on.enqueue(org, flow);
        wanted.forEach((name, parents) -> {
            Entry entry = new Entry(ids.get(name));
            parents.forEach((parent, need) -> entry.parents.put(parent instanceof JobId id
                    ? id
                    : ids.get((String) parent), need));
            jobs.put(entry.id, entry);
        });
    }

    /** One of those that came last. */
    private Entry recent() {
        List<Entry> all = List.copyOf(jobs.values());
        return all.get(all.size() - 1 - random.nextInt(Math.min(12, all.size())));
    }

    private void claim() {
        for (ClaimedJob job : on.claim(1 + random.nextInt(4))) {
            began(job);
        }
    }

    private void began(ClaimedJob job) {
        Entry entry = entry(job);
        entry.parents.forEach((parent, need) -> assertThat(isMet(entry, parent, need))
                .as("job " + entry.id + " begins, which needs the " + need + " of " + parent).isTrue());
        assertThat(on.jobs().parents(org, entry.id)).as("what job " + entry.id + " sees as it begins")
                .allMatch(parent -> parent.end().isPresent()).hasSameSizeAs(entry.parents.keySet());
        running.add(job);
    }

    private Entry entry(ClaimedJob job) {
        return Objects.requireNonNull(jobs.get(job.lease().id()));
    }

    private boolean isMet(Entry entry, JobId parent, After.Need need) {
        JobState state = on.state(org, parent);
        return state == JobState.COMPLETED
                || (need == After.Need.END && (state.hasEnded() || entry.died.contains(parent)));
    }

    private void finish() {
        if (!running.isEmpty()) {
            finish(running.remove(random.nextInt(running.size())), switch (random.nextInt(8)) {
                case 0 -> JobFixture.FAILED;
                case 1 -> new Outcome.Cancelled("enough");
                case 2 -> new Outcome.Snoozed(Duration.ZERO, "later");
                default -> JobFixture.COMPLETED;
            });
        }
    }

    private void finish(ClaimedJob job, Outcome outcome) {
        Entry entry = entry(job);
        assertThat(on.finish(job, outcome)).isTrue();
        if (outcome instanceof Outcome.Cancelled || outcome instanceof Outcome.Completed) {
            entry.ends++;
            entry.cancelled = outcome instanceof Outcome.Cancelled;
        }
    }

    private void discard() {
        if (!jobs.isEmpty()) {
            Entry entry = recent();
            if (!on.jobs().discard(org, List.of(entry.id), "enough").isEmpty()) {
                entry.ends++;
                entry.cancelled = true;
            }
        }
    }

    private void redrive() {
        List<JobId> dead = jobs.keySet().stream().filter(id -> on.state(org, id) == JobState.DEAD).toList();
        if (!dead.isEmpty()) {
            on.jobs().redrive(org, List.of(dead.get(random.nextInt(dead.size()))));
        }
    }

    private void noteDead() {
        Set<JobId> dead = new HashSet<>();
        for (Entry entry : jobs.values()) {
            for (JobId parent : entry.parents.keySet()) {
                if (dead.contains(parent) || on.state(org, parent) == JobState.DEAD) {
                    dead.add(parent);
                    entry.died.add(parent);
                }
            }
        }
    }

    /** Looks at every job. */
    void check() {
        for (Entry entry : jobs.values()) {
            JobState state = on.state(org, entry.id);
            boolean stopped = entry.parents.entrySet().stream().anyMatch(parent -> parent
                    .getValue() == After.Need.SUCCESS && on.state(org, parent.getKey()) == JobState.CANCELLED);
            boolean met = entry.parents.entrySet().stream()
                    .allMatch(parent -> isMet(entry, parent.getKey(), parent.getValue()));
            switch (state) {
                case WAITING -> {
                    assertThat(met).as("job " + entry.id + " waits for nothing").isFalse();
                    assertThat(stopped).as("job " + entry.id + " waits in vain").isFalse();
                    assertThat(entry.ends).isZero();
                }
                case CANCELLED -> assertThat(entry.cancelled || stopped)
                        .as("job " + entry.id + " has a reason to be cancelled").isTrue();
                case COMPLETED -> assertThat(entry.ends).as("ends of job " + entry.id).isEqualTo(1);
                case READY, RUNNING, SCHEDULED, DEAD -> assertThat(met).as("job " + entry.id + " may run").isTrue();
            }
            assertThat(entry.ends).as("ends of job " + entry.id).isLessThanOrEqualTo(1);
        }
    }

    /** Completes all that may run, until every job has ended. */
    void drain() {
        boolean more = true;
        while (more) {
            List.copyOf(running).forEach(job -> finish(job, JobFixture.COMPLETED));
            running.clear();
            List<JobId> dead = jobs.keySet().stream().filter(id -> on.state(org, id) == JobState.DEAD).toList();
            if (!dead.isEmpty()) {
                on.jobs().redrive(org, dead);
            }
            on.claimAll().forEach(this::began);
            more = !running.isEmpty();
        }
        on.settle();
        check();
        assertThat(jobs.keySet()).allMatch(id -> on.state(org, id).isFinal());
    }
}
