package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Everything that can be done to a job, done to it in every state. */
interface JobTransitionCases extends JobFixture {

    /** Long enough to come in no test. */
    Duration LATER = Duration.ofMinutes(10);
    String KEY = "order-1";
    Outcome DEADLY = new Outcome.Failed(Optional.empty(), "java.io.IOException", "no saddle", "");

    /**
     * A job in some state.
     *
     * @param org    whose it is
     * @param id     the job
     * @param lease  its last lease; one that there never was if it has not been claimed
     * @param parent of a job that waits for another, the lease of that one
     */
    record Subject(OrgId org, JobId id, JobLease lease, Optional<JobLease> parent) {

        static Subject of(OrgId org, JobId id) {
            return new Subject(org, id, new JobLease(org, id, 1), Optional.empty());
        }
    }

    /**
     * Something that can be done to a job.
     *
     * @param name    what
     * @param changes the states in which it may change the job's state; in all others it does not
     * @param action  does it
     */
    record Deed(String name, Set<JobState> changes, Consumer<Subject> action) {
    }

    @Test
    default void job_goesFromStateToStateOnlyAsStatesAllow() {
        Map<JobState, Set<JobState>> seen = new EnumMap<>(JobState.class);
        for (JobState from : JobState.values()) {
            Set<JobState> followers = seen.computeIfAbsent(from, key -> EnumSet.noneOf(JobState.class));
            for (Deed deed : deeds()) {
                for (Duration delay : from == JobState.WAITING ? List.of(Duration.ZERO, LATER) : List.of(LATER)) {
                    JobState to = after(subject(from, delay), from, deed);
                    if (to != from) {
                        followers.add(to);
                        assertThat(from.next()).as("from " + from + ", " + deed.name()).contains(to);
                        assertThat(deed.changes()).as(deed.name() + " made a job " + to).contains(from);
                    }
                }
            }
        }

        assertThat(JobState.SCHEDULED.next()).contains(whenItsTimeHasCome());
        assertThat(JobState.RUNNING.next()).contains(whenItsLeaseHasEnded(1), whenItsLeaseHasEnded(3));
        seen.forEach((from, followers) -> assertThat(followers).as("what followed " + from).isEqualTo(from.next()));
    }

    private JobState after(Subject subject, JobState from, Deed deed) {
        assertThat(state(subject.org(), subject.id())).as("before " + deed.name()).isEqualTo(from);
        deed.action().accept(subject);
        settle();
        return state(subject.org(), subject.id());
    }

    private JobState whenItsTimeHasCome() {
        OrgId org = newOrg();
        JobReceipt soon = enqueue(org, request().withDelay(Duration.ofMillis(50)));
        assertThat(soon.state()).isEqualTo(JobState.SCHEDULED);
        return onceItIsNot(JobState.SCHEDULED, org, soon.id());
    }

    private JobState whenItsLeaseHasEnded(int attempts) {
        OrgId org = newOrg();
        JobId id = enqueue(org, JobRequest.of(kind(attempts), "{}")).id();
        claimed(id, SHORT_LEASE);
        return onceItIsNot(JobState.RUNNING, org, id);
    }

    private JobState onceItIsNot(JobState before, OrgId org, JobId id) {
        eventually("it is not " + before, () -> {
            settle();
            return state(org, id) != before;
        });
        return state(org, id);
    }

    /** What stores, workers and people can do to a job, or to one that it waits for. */
    private List<Deed> deeds() {
        Set<JobState> none = Set.of();
        Set<JobState> attempt = Set.of(JobState.RUNNING);
        Set<JobState> wait = Set.of(JobState.WAITING);
        Set<JobState> open = Set.of(JobState.WAITING, JobState.SCHEDULED, JobState.READY, JobState.DEAD);
        Set<JobState> inLine = Set.of(JobState.SCHEDULED, JobState.READY);
        List<Deed> deeds = new ArrayList<>();
        deeds.add(new Deed("upkeep", none, subject -> settle()));
        deeds.add(new Deed("retention", none, subject -> store().expire()));
        deeds.add(new Deed("claim", Set.of(JobState.READY), subject -> claimAll()));
        deeds.add(new Deed("heartbeat", none, subject -> jobs().heartbeat(List.of(subject.lease()), LONG_LEASE)));
        deeds.add(new Deed("progress", none,
                subject -> jobs().report(List.of(new Report(subject.lease(), .5, "half")))));
        deeds.add(new Deed("release", attempt, subject -> jobs().release(List.of(subject.lease()))));
        outcomes().forEach((name, outcome) -> {
            deeds.add(new Deed(name, attempt, subject -> finish(subject.lease(), outcome)));
            deeds.add(new Deed("the one before " + name, wait,
                    subject -> subject.parent().ifPresent(parent -> finish(parent, outcome))));
        });
        deeds.add(new Deed("redrive", Set.of(JobState.DEAD),
                subject -> jobs().redrive(subject.org(), List.of(subject.id()))));
        deeds.add(new Deed("redrive later", Set.of(JobState.DEAD),
                subject -> jobs().redrive(subject.org(), List.of(subject.id()), LATER, Duration.ZERO)));
        deeds.add(new Deed("discard", open,
                subject -> jobs().discard(subject.org(), List.of(subject.id()), "unwanted")));
        deeds.add(new Deed("cancel", open,
                subject -> jobs().cancel(subject.org(), List.of(subject.id()), "unwanted")));
        deeds.add(new Deed("cancel and release", EnumSet.complementOf(
                EnumSet.of(JobState.COMPLETED, JobState.CANCELLED)), subject -> {
                    jobs().cancel(subject.org(), List.of(subject.id()), "unwanted");
                    jobs().release(List.of(subject.lease()));
                }));
        deeds.add(new Deed("discard of the one before", wait, subject -> subject.parent().ifPresent(parent -> {
            finish(parent, DEADLY);
            jobs().discard(subject.org(), List.of(parent.id()), "unwanted");
        })));
        JobRequest again = request().withKey(JobKey.of(KEY).replacing());
        deeds.add(new Deed("replaced at once", inLine, subject -> enqueue(subject.org(), again)));
        deeds.add(new Deed("replaced for later", inLine, subject -> enqueue(subject.org(), again.withDelay(LATER))));
        deeds.add(new Deed("debounced", inLine, subject -> enqueue(subject.org(),
                request().withKey(JobKey.of(KEY).debouncing(LATER, LATER)))));
        return deeds;
    }

    private Map<String, Outcome> outcomes() {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        outcomes.put("completed", COMPLETED);
        outcomes.put("failed", FAILED);
        outcomes.put("failed, again later", new Outcome.Failed(LATER, "java.io.IOException", "no saddle"));
        outcomes.put("failed for good", DEADLY);
        outcomes.put("snoozed", new Outcome.Snoozed(LATER, ""));
        outcomes.put("snoozed for no time", new Outcome.Snoozed(Duration.ZERO, ""));
        outcomes.put("cancelled", new Outcome.Cancelled("no such horse"));
        outcomes.put("not begun", new Outcome.NotBegun("too late"));
        return outcomes;
    }

    private Subject subject(JobState state, Duration delay) {
        OrgId org = newOrg();
        JobRequest keyed = request().withKey(JobKey.of(KEY));
        return switch (state) {
            case WAITING -> {
                JobId before = enqueue(org);
                JobLease parent = claimed(before, LONG_LEASE);
                JobRequest waits = keyed.withAfter(After.success(before));
                JobId id = enqueue(org, delay.isZero() ? waits : waits.withDelay(delay)).id();
                yield new Subject(org, id, new JobLease(org, id, 1), Optional.of(parent));
            }
            case SCHEDULED -> Subject.of(org, enqueue(org, keyed.withDelay(delay)).id());
            case READY -> Subject.of(org, enqueue(org, keyed).id());
            case RUNNING -> running(org, keyed);
            case COMPLETED -> ended(running(org, keyed), COMPLETED);
            case CANCELLED -> ended(running(org, keyed), new Outcome.Cancelled("no such horse"));
            case DEAD -> ended(running(org, keyed), DEADLY);
        };
    }

    private Subject running(OrgId org, JobRequest request) {
        JobId id = enqueue(org, request).id();
        return new Subject(org, id, claimed(id, LONG_LEASE), Optional.empty());
    }

    private Subject ended(Subject running, Outcome outcome) {
        assertThat(finish(running.lease(), outcome)).isTrue();
        return running;
    }

    /** Claims what there is, until this job is among it. */
    private JobLease claimed(JobId id, Duration lease) {
        List<ClaimedJob> some;
        do {
            some = claim(100, lease);
            assertThat(some).as("claimed before job " + id).isNotEmpty();
        } while (!ids(some).contains(id));
        return some.stream().map(ClaimedJob::lease).filter(one -> one.id().equals(id)).findFirst().orElseThrow();
    }
}
