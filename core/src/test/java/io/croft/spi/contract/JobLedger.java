package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.CancelReceipt;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobReceipt;
import io.croft.job.JobState;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Held;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What must be true of jobs, kept by one who sees every call to a store and its answer, also where the caller never
 * gets it. Each method is told of one call and fails if the answer breaks a promise: a limit exceeded, a job handed out
 * twice, too early or after its end, a stale completion accepted, an accepted one forgotten. Used by one thread.
 */
final class JobLedger {

    private final Map<JobId, Entry> jobs = new LinkedHashMap<>();
    private final Map<OrgId, Integer> limits = new HashMap<>();
    private final Map<String, JobId> keys = new HashMap<>();
    /** Whose completion waits in a transaction that is open. */
    private final Set<JobId> completing = new HashSet<>();
    private final int maxAttempts;
    /** Since the beginning. */
    private Duration now = Duration.ZERO;

    /** Whether a waiting job is scheduled or ready depends on upkeep, so it is one state here. */
    enum State {
        WAITING, RUNNING, COMPLETED, CANCELLED, DEAD;

        boolean isTerminal() {
            return this == COMPLETED || this == CANCELLED || this == DEAD;
        }

        boolean isSeenAs(JobState seen) {
            return switch (this) {
                case WAITING -> seen == JobState.SCHEDULED || seen == JobState.READY;
                case RUNNING -> seen == JobState.RUNNING;
                case COMPLETED -> seen == JobState.COMPLETED;
                case CANCELLED -> seen == JobState.CANCELLED;
                case DEAD -> seen == JobState.DEAD;
            };
        }
    }

    private static final class Entry {
        final OrgId org;
        final JobId id;
        State state = State.WAITING;
        int attempts;
        Duration notBefore;
        /** Of the last claim. */
        long fence;
        Duration leaseUntil = Duration.ZERO;
        /** Whether the last heartbeat may have left the lease as it was. */
        boolean leaseInDoubt;
        /** Whether it was cancelled during its last attempt. */
        boolean told;
        final Set<Long> accepted = new HashSet<>();
        /** The accepted completion that the store must still know; it may know others. */
        long remembered;

        Entry(OrgId org, JobId id, Duration notBefore) {
            this.org = org;
            this.id = id;
            this.notBefore = notBefore;
        }

        boolean isHeldBy(JobLease lease) {
            return state == State.RUNNING && fence == lease.fence();
        }

        @Override
        public String toString() {
            return "job " + id + " (" + state + ", attempts " + attempts + ", fence " + fence + ")";
        }
    }

    JobLedger(int maxAttempts) {
        this.maxAttempts = maxAttempts;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    /** No more than so many may run from now on; those that do may go on. */
    void limit(OrgId org, int most) {
        limits.put(org, most);
    }

    /** A call with one job and a key was made. */
    void enqueued(OrgId org, String key, Duration delay, JobReceipt receipt) {
        JobId known = keys.putIfAbsent(org + key, receipt.id());
        assertThat(receipt.duplicate()).as("whether %s of job %s was known", key, receipt.id())
                .isEqualTo(known != null);
        if (known != null) {
            assertThat(receipt.id()).as("the job of " + key).isEqualTo(known);
            return;
        }
        assertThat(jobs).as("jobs before a new one").doesNotContainKey(receipt.id());
        jobs.put(receipt.id(), new Entry(org, receipt.id(), now.plus(delay)));
    }

    void claimed(List<ClaimedJob> claimed, int want, Duration lease) {
        assertThat(claimed).as("claimed jobs").hasSizeLessThanOrEqualTo(want);
        for (ClaimedJob job : claimed) {
            Entry entry = entry(job.lease());
            assertThat(entry.state).as("state of %s when it is handed out", entry).isEqualTo(State.WAITING);
            assertThat(entry.notBefore).as("earliest time of %s", entry).isLessThanOrEqualTo(now);
            assertThat(job.lease().fence()).as("new fence of %s", entry).isGreaterThan(entry.fence);
            assertThat(job.attempt()).as("number of the attempt of %s", entry).isEqualTo(entry.attempts + 1)
                    .isLessThanOrEqualTo(maxAttempts);
            assertThat(running(entry.org)).as("running jobs of %s before %s is handed out", entry.org, entry)
                    .isLessThan(limits.getOrDefault(entry.org, 0));
            entry.state = State.RUNNING;
            entry.attempts++;
            entry.fence = job.lease().fence();
            entry.leaseUntil = now.plus(lease);
            entry.leaseInDoubt = false;
            entry.told = false;
        }
    }

    void finished(Completion completion, boolean answer) {
        Entry entry = entry(completion.lease());
        long fence = completion.lease().fence();
        if (entry.isHeldBy(completion.lease())) {
            assertThat(answer).as("whether the completion of %s is accepted, which holds it", entry).isTrue();
            accept(entry, completion.outcome());
        } else if (!entry.accepted.contains(fence)) {
            assertThat(answer).as("whether the stale completion with fence %s of %s is accepted", fence, entry)
                    .isFalse();
        } else if (entry.remembered == fence) {
            assertThat(answer).as("whether the accepted completion with fence %s of %s is accepted again", fence, entry)
                    .isTrue();
        }
    }

    /** A transaction that completes a job is open now; or was refused, because the lease is lost. */
    void completing(JobLease lease, boolean opened) {
        if (opened) {
            completing.add(lease.id());
        } else {
            assertThat(entry(lease).isHeldBy(lease)).as("whether %s is held, whose completion is refused", entry(lease))
                    .isFalse();
        }
    }

    /** The transaction was committed, if the store let it, or rolled back. */
    void completed(JobLease lease, boolean committed) {
        completing.remove(lease.id());
        if (committed) {
            Entry entry = entry(lease);
            assertThat(entry.isHeldBy(lease)).as("whether fence %s holds %s, which it completes", lease.fence(), entry)
                    .isTrue();
            accept(entry, new Outcome.Completed(Optional.empty()));
        }
    }

    boolean isCompleting(JobId id) {
        return completing.contains(id);
    }

    /** Whether that is so of the job of a key. */
    boolean isCompleting(OrgId org, String key) {
        JobId id = keys.get(org + key);
        return id != null && isCompleting(id);
    }

    private void accept(Entry entry, Outcome outcome) {
        entry.accepted.add(entry.fence);
        entry.remembered = entry.fence;
        end(entry, outcome);
    }

    private void end(Entry entry, Outcome outcome) {
        if (entry.told && !(outcome instanceof Outcome.Completed || outcome instanceof Outcome.NotBegun)) {
            entry.state = State.CANCELLED;
            return;
        }
        switch (outcome) {
            case Outcome.Completed completed -> entry.state = State.COMPLETED;
            case Outcome.Cancelled cancelled -> entry.state = State.CANCELLED;
            case Outcome.NotBegun notBegun -> {
                entry.attempts--;
                entry.state = entry.attempts > 0 && !entry.told ? State.DEAD : State.CANCELLED;
            }
            case Outcome.Failed failed -> fail(entry, failed.retryAfter());
            case Outcome.Snoozed snoozed -> {
                entry.attempts--;
                entry.state = State.WAITING;
                entry.notBefore = now.plus(snoozed.delay());
            }
        }
    }

    private void fail(Entry entry, Optional<Duration> delay) {
        entry.state = entry.attempts == maxAttempts || delay.isEmpty() ? State.DEAD : State.WAITING;
        entry.notBefore = now.plus(delay.orElse(Duration.ZERO));
    }

    void prolonged(Collection<JobLease> asked, Held answer, Duration lease) {
        List<JobLease> held = asked.stream().filter(one -> entry(one).isHeldBy(one)).toList();
        assertThat(answer.leases()).as("prolonged leases").containsExactlyInAnyOrderElementsOf(held);
        assertThat(answer.cancelled()).as("leases of jobs that were cancelled")
                .containsExactlyInAnyOrderElementsOf(held.stream().filter(one -> entry(one).told).toList());
        held.forEach(one -> {
            entry(one).leaseUntil = now.plus(lease);
            entry(one).leaseInDoubt = isCompleting(one.id()); // it may be passed over, for it must not be waited for
        });
    }

    void released(Collection<JobLease> leases) {
        leases.stream().filter(lease -> entry(lease).isHeldBy(lease)).forEach(lease -> {
            Entry entry = entry(lease);
            end(entry, new Outcome.Snoozed(Duration.ZERO, ""));
            entry.remembered = 0;
        });
    }

    /** After a round of upkeep, which may leave some for the next one only if it says so. */
    void maintained(boolean more, Function<JobId, Job> find) {
        for (Entry entry : jobs.values()) {
            boolean over = entry.leaseUntil.compareTo(now) < 0;
            boolean unsure = more || entry.leaseInDoubt || isCompleting(entry.id);
            if (entry.state == State.RUNNING && (over || entry.leaseInDoubt)
                    && !(unsure && find.apply(entry.id).state() == JobState.RUNNING)) {
                entry.remembered = 0;
                end(entry, new Outcome.Failed(Duration.ZERO, "LeaseExpired", ""));
            }
        }
    }

    void redriven(OrgId org, List<JobId> asked, List<JobId> redriven) {
        List<Entry> dead = some(org, asked, Set.of(State.DEAD));
        assertThat(redriven).as("redriven jobs")
                .containsExactlyInAnyOrderElementsOf(dead.stream().map(entry -> entry.id).toList());
        dead.forEach(entry -> {
            entry.state = State.WAITING;
            entry.attempts = 0;
            entry.notBefore = now;
        });
    }

    void discarded(OrgId org, List<JobId> asked, List<JobId> discarded) {
        List<Entry> open = some(org, asked, Set.of(State.DEAD, State.WAITING));
        assertThat(discarded).as("discarded jobs")
                .containsExactlyInAnyOrderElementsOf(open.stream().map(entry -> entry.id).toList());
        open.forEach(entry -> {
            entry.state = State.CANCELLED;
            entry.remembered = 0;
        });
    }

    /** Jobs that wait end at once; those that run end as cancelled unless they complete. */
    void cancelled(OrgId org, List<JobId> asked, CancelReceipt receipt) {
        List<Entry> running = some(org, asked, Set.of(State.RUNNING));
        assertThat(receipt.told()).as("jobs cancelled while they run")
                .containsExactlyInAnyOrderElementsOf(running.stream().map(entry -> entry.id).toList());
        running.forEach(entry -> entry.told = true);
        discarded(org, asked, receipt.cancelled());
    }

    private List<Entry> some(OrgId org, List<JobId> ids, Set<State> states) {
        return jobs.values().stream()
                .filter(entry -> entry.org.equals(org) && ids.contains(entry.id) && states.contains(entry.state))
                .toList();
    }

    List<JobId> ids(OrgId org) {
        return jobs.values().stream().filter(entry -> entry.org.equals(org)).map(entry -> entry.id).toList();
    }

    OrgId org(JobId id) {
        return Objects.requireNonNull(jobs.get(id), "job " + id).org;
    }

    int running(OrgId org) {
        return count(org, State.RUNNING);
    }

    int waiting(OrgId org) {
        return count(org, State.WAITING);
    }

    private int count(OrgId org, State state) {
        int count = 0;
        for (Entry entry : jobs.values()) {
            if (entry.state == state && entry.org.equals(org)) {
                count++;
            }
        }
        return count;
    }

    boolean isAllTerminal() {
        return jobs.values().stream().allMatch(entry -> entry.state.isTerminal());
    }

    /** Each job that was enqueued is found once, where it must be. */
    void check(Function<JobId, Optional<Job>> find) {
        for (Entry entry : new ArrayList<>(jobs.values())) {
            Optional<Job> found = find.apply(entry.id);
            assertThat(found).as("whether %s is there", entry).isPresent();
            Job job = found.orElseThrow();
            assertThat(entry.state.isSeenAs(job.state())).as("whether %s may be seen as %s", entry, job.state())
                    .isTrue();
            assertThat(job.attempts()).as("attempts of " + entry).isEqualTo(entry.attempts);
        }
    }

    private Entry entry(JobLease lease) {
        Entry entry = jobs.get(lease.id());
        assertThat(entry).as("job %s, which nobody enqueued", lease.id()).isNotNull();
        Entry known = Objects.requireNonNull(entry);
        assertThat(known.org).as("organisation of %s", known).isEqualTo(lease.org());
        return known;
    }
}
