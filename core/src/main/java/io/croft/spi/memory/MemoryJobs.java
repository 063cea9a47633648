package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.job.After;
import io.croft.job.CancelReceipt;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobParent;
import io.croft.job.JobProgress;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.JobSummary;
import io.croft.job.LaneCounts;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.spi.AttemptBatch;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.KindCounts;
import io.croft.spi.ScheduleStore;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Jobs in memory. The methods that take a connection do not look at it and take effect at once. One lock, and plain
 * collections that are searched from end to end: it is for tests, and forgets everything with the process. Thread-safe.
 */
public final class MemoryJobs implements JobStore {

    /** How long a finished job is remembered. */
    private static final Duration RETENTION = Duration.ofDays(7);

    private final World world;
    private final MemorySchedules schedules;
    @GuardedBy("world")
    private final Map<String, MemoryQueue> queues = new HashMap<>();
    @GuardedBy("world")
    private final Set<OrgId> paused = new HashSet<>();
    @GuardedBy("world")
    private final Map<Long, StoredJob> jobs = new TreeMap<>();
    @GuardedBy("world")
    private final MemoryKeys keys = new MemoryKeys();
    @GuardedBy("world")
    private final MemoryAttempts attempts;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    /** Numbers jobs, places and fences. */
    @GuardedBy("world")
    private long counter;

    /** No jobs yet. */
    public MemoryJobs(World world) {
        this.world = world;
        this.schedules = new MemorySchedules(world, this);
        this.attempts = new MemoryAttempts(world);
    }

    @Override
    public void registerQueue(String name) {
        synchronized (world) {
            world.reach();
            queues.computeIfAbsent(name, key -> new MemoryQueue(world, paused));
        }
    }

    @Override
    public List<JobReceipt> enqueue(OrgId org, List<JobRequest> requests) {
        return enqueue(org, List.of(), requests);
    }

    @Override
    public List<JobReceipt> enqueue(OrgId org, JobFlow flow) {
        Map<String, JobRequest> ordered = flow.ordered();
        return enqueue(org, List.copyOf(ordered.keySet()), List.copyOf(ordered.values()));
    }

    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, JobFlow flow) {
        return enqueue(org, flow);
    }

    private List<JobReceipt> enqueue(OrgId org, List<String> names, List<JobRequest> requests) {
        synchronized (world) {
            world.reach();
            world.existing(org);
            for (JobRequest request : requests) {
                checkAfter(org, names, request);
                queue(request.kind().queue());
                check(org, request);
                if (!JsonSyntax.isObject(request.payload())) {
                    throw new InvalidInputException("the payload of a " + request.kind().name()
                            + " job is no JSON object: give one such as {}");
                }
            }
            List<JobReceipt> receipts = new ArrayList<>();
            Map<String, StoredJob> named = new HashMap<>();
            for (JobRequest request : requests) {
                String name = names.isEmpty() ? "" : names.get(receipts.size());
                receipts.add(enqueue(org, request, name, named));
            }
            return receipts;
        }
    }

    /** Refuses what names a job that there is not. */
    @GuardedBy("world")
    private void checkAfter(OrgId org, List<String> names, JobRequest request) {
        for (After after : request.after()) {
            boolean known = switch (after) {
                case After.Member member -> names.contains(member.name());
                case After.Existing(JobId id, After.Need need) -> find(org, id).isPresent();
            };
            if (!known) {
                throw new InvalidInputException("a job comes after one that is unknown, " + after);
            }
        }
    }

    @GuardedBy("world")
    private void await(StoredJob job, Map<String, StoredJob> named) {
        for (After after : job.request().after()) {
            switch (after) {
                case After.Member(String name, After.Need need) ->
                        job.waits.add(Objects.requireNonNull(named.get(name)), Optional.of(name), need);
                case After.Existing(JobId id, After.Need need) ->
                        job.waits.add(Objects.requireNonNull(jobs.get(id.value())), Optional.empty(), need);
            }
        }
        job.waits.look();
        if (job.waits.isOpen()) {
            job.waitForOthers();
        }
    }

    /** Lets go what has nothing left to wait for, and cancels what cannot get what it waits for. */
    @GuardedBy("world")
    private void settleWaits() {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (StoredJob job : some(one -> one.state() == JobState.WAITING, Integer.MAX_VALUE)) {
                job.waits.look();
                Optional<JobId> stoppedBy = job.waits.stoppedBy();
                if (stoppedBy.isPresent()) {
                    job.note("needs job " + stoppedBy.get() + " to complete, which was cancelled");
                    job.end(JobState.CANCELLED, world.now());
                    changed = true;
                } else if (!job.waits.isOpen()) {
                    job.goOn(world.now());
                    if (job.isDue(world.now())) {
                        makeReady(job);
                    }
                }
            }
        }
    }

    @Override
    public List<JobParent> parents(OrgId org, JobId id) {
        synchronized (world) {
            world.reach();
            return Optional.ofNullable(jobs.get(id.value()))
                    .filter(job -> job.org.equals(org) && !job.state().isFinal())
                    .map(job -> job.waits.list()).orElse(List.of());
        }
    }

    @GuardedBy("world")
    private JobReceipt enqueue(OrgId org, JobRequest request, String name, Map<String, StoredJob> named) {
        Instant now = world.now();
        Optional<StoredJob> known = request.key().flatMap(key -> keys.find(org, key.text(), now));
        if (known.isPresent()) {
            boolean replaced = replaces(request) && known.get().waits();
            if (replaced) {
                replace(known.get(), request);
            }
            named.put(name, known.get());
            return new JobReceipt(known.get().id, true, replaced,
                    known.get().isForgotten() ? Optional.empty() : Optional.of(known.get().state()),
                    known.get().result());
        }
        StoredJob job = new StoredJob(new JobId(++counter), org, request, now);
        jobs.put(job.id.value(), job);
        request.key().ifPresent(key -> keys.put(org, key, job, now));
        await(job, named);
        named.put(name, job);
        if (job.isDue(now)) {
            makeReady(job);
        }
        return new JobReceipt(job.id, false, false, Optional.of(job.state()), Optional.empty());
    }

    /** Refuses what cannot be kept, unless the request is a duplicate that changes nothing. */
    @GuardedBy("world")
    private void check(OrgId org, JobRequest request) {
        Instant now = world.now();
        Optional<StoredJob> known = request.key().flatMap(key -> keys.find(org, key.text(), now));
        boolean replacing = known.isPresent() && replaces(request) && known.get().waits();
        if (replacing && !known.get().isOf(request.kind())) {
            throw new InvalidInputException("a key is of a waiting job of another kind than " + request.kind().name()
                    + ": use one kind with a key that replaces");
        }
        Instant runAt = request.runAt().filter(at -> at.isAfter(now.plus(request.delay())))
                .orElse(now.plus(request.delay()));
        if ((known.isEmpty() || replacing) && runAt.isAfter(now)
                && request.deadline().filter(deadline -> deadline.isBefore(runAt)).isPresent()) {
            throw new InvalidInputException("the deadline of a job is before it may run: give a later one");
        }
    }

    private static boolean replaces(JobRequest request) {
        return request.key().filter(key -> !(key.repeat() instanceof JobKey.Repeat.Keep)).isPresent();
    }

    @GuardedBy("world")
    private void replace(StoredJob job, JobRequest by) {
        Instant now = world.now();
        if (!job.movesWith(by, now)) {
            job.replace(by, now);
            return;
        }
        queueOf(job).remove(job);
        job.replace(by, now);
        job.reschedule();
        if (job.isDue(now)) {
            makeReady(job);
        }
    }

    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, List<JobRequest> requests) {
        return enqueue(org, requests);
    }

    /** Which jobs are wanted. */
    @FunctionalInterface
    public interface Wanted {

        /** Whether this one is. */
        boolean test(OrgId org, JobId id, String kind);
    }

    @Override
    public List<ClaimedJob> claim(String queue, int want, String worker, Duration lease) {
        return claim(queue, want, lease, (org, id, kind) -> true);
    }

    /** The same of some jobs only; others are passed over, also those whose turn it is. */
    public List<ClaimedJob> claim(String queue, int want, Duration lease, Wanted wanted) {
        World.checkSize("a claim of", want, 1, MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<ClaimedJob> claimed = new ArrayList<>();
            MemoryQueue known = queues.get(queue);
            while (known != null && claimed.size() < want) {
                Optional<StoredJob> next = known.next(job -> passes(job, wanted));
                if (next.isEmpty()) {
                    break;
                }
                claimed.add(next.get().start(++counter, world.now(), world.now().plus(lease)));
            }
            return claimed;
        }
    }

    private static boolean passes(StoredJob job, Wanted wanted) {
        return wanted.test(job.org, job.id, job.request().kind().name());
    }

    /** Whether a claim would get any of these now. */
    public boolean canClaim(String queue, Wanted wanted) {
        synchronized (world) {
            world.reach();
            MemoryQueue known = queues.get(queue);
            return known != null && known.first(job -> passes(job, wanted)).isPresent();
        }
    }

    /** The jobs there is a record of, of all organisations, in the order in which they were enqueued. */
    public List<Job> all() {
        synchronized (world) {
            return jobs.values().stream().map(StoredJob::toJob).toList();
        }
    }

    /** When the first of the jobs that wait for their time may run. */
    public Optional<Instant> nextRunAt() {
        synchronized (world) {
            return jobs.values().stream().filter(job -> job.state() == JobState.SCHEDULED).map(StoredJob::runAt)
                    .min(Comparator.naturalOrder());
        }
    }

    @Override
    public List<Boolean> finish(List<Completion> completions) {
        World.checkSize("completions", completions.size(), 0, MAX_BATCH);
        synchronized (world) {
            world.reach();
            completions.forEach(completion -> check(completion.outcome()));
            List<Boolean> accepted = new ArrayList<>();
            for (Completion completion : completions) {
                accepted.add(finish(completion.lease(), completion.outcome()));
            }
            settleWaits();
            return accepted;
        }
    }

    private static void check(Outcome outcome) {
        if (outcome instanceof Outcome.Completed(Optional<String> result)
                && result.filter(json -> !JsonSyntax.isValue(json)).isPresent()) {
            throw new InvalidInputException("the result of a job is no JSON: give a value such as {}");
        }
    }

    @GuardedBy("world")
    private boolean finish(JobLease lease, Outcome outcome) {
        Optional<StoredJob> held = held(lease);
        if (held.isEmpty()) {
            return find(lease).filter(job -> job.hasAccepted(lease)).isPresent();
        }
        StoredJob job = held.get();
        Instant now = world.now();
        queueOf(job).free(job);
        job.accept();
        switch (told(job, outcome)) {
            case Outcome.Completed completed -> {
                job.hasRun();
                job.note("");
                job.complete(completed.result(), now);
            }
            case Outcome.Failed failed -> fail(job, failed);
            case Outcome.Snoozed snoozed -> {
                job.hasRun();
                job.uncount();
                job.note(snoozed.note());
                job.schedule(now.plus(snoozed.delay()));
            }
            case Outcome.Cancelled cancelled -> cancel(job, cancelled.reason());
            case Outcome.NotBegun notBegun -> {
                job.uncount();
                job.notBegun();
                job.note(notBegun.reason());
                job.end(JobState.CANCELLED, now);
            }
        }
        return true;
    }

    /** A job that was cancelled while it ran ends so, for that reason, unless it is done. */
    private static Outcome told(StoredJob job, Outcome outcome) {
        Optional<String> reason = job.cancelRequested();
        if (reason.isEmpty() || outcome instanceof Outcome.Completed) {
            return outcome;
        }
        return outcome instanceof Outcome.NotBegun
                ? new Outcome.NotBegun(reason.get())
                : new Outcome.Cancelled(reason.get());
    }

    @GuardedBy("world")
    private void cancel(StoredJob job, String reason) {
        job.hasRun();
        job.note(reason);
        job.end(JobState.CANCELLED, world.now());
    }

    @GuardedBy("world")
    private void fail(StoredJob job, Outcome.Failed failed) {
        Instant now = world.now();
        job.hasRun();
        job.fail(failed.errorClass(), failed.message(), failed.stackTrace());
        Optional<Instant> next = failed.retryAfter().map(now::plus).filter(at -> job.hasAttemptsLeft());
        if (next.filter(at -> !job.isOverdue(at)).isPresent()) {
            job.schedule(next.get());
        } else {
            job.end(JobState.DEAD, now);
            job.note(next.isPresent() ? "not tried again: its deadline would have passed" : "");
        }
    }

    @Override
    public void completeIn(Connection transaction, JobLease lease, Optional<String> result) {
        complete(lease, result);
    }

    /** Completes a job that this lease holds. */
    void complete(JobLease lease, Optional<String> result) {
        synchronized (world) {
            world.reach();
            if (held(lease).isEmpty()) {
                throw new StaleLeaseException("job " + lease.id() + " is no longer held with fence " + lease.fence()
                        + ": roll back, another attempt owns it");
            }
            Outcome completed = new Outcome.Completed(result);
            check(completed);
            finish(lease, completed);
            settleWaits();
        }
    }

    @Override
    public Held heartbeat(Collection<JobLease> leases, Duration lease) {
        World.checkSize("leases", leases.size(), 0, MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<JobLease> prolonged = new ArrayList<>();
            List<JobLease> cancelled = new ArrayList<>();
            for (JobLease each : leases) {
                Optional<StoredJob> held = held(each);
                if (held.isPresent()) {
                    held.get().prolong(world.now().plus(lease));
                    prolonged.add(each);
                    if (held.get().cancelRequested().isPresent()) {
                        cancelled.add(each);
                    }
                }
            }
            return new Held(prolonged, cancelled);
        }
    }

    @Override
    public List<JobLease> report(List<Report> reports) {
        World.checkSize("reports of progress", reports.size(), 0, MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<JobLease> kept = new ArrayList<>();
            for (Report report : reports) {
                held(report.lease()).ifPresent(job -> {
                    job.say(new JobProgress(report.fraction(), report.message(), world.now()));
                    kept.add(report.lease());
                });
            }
            return kept;
        }
    }

    @Override
    public List<Optional<JobStatus>> statuses(List<Watched> watched) {
        World.checkSize("watched jobs", watched.size(), 0, MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<Optional<JobStatus>> statuses = new ArrayList<>();
            for (Watched one : watched) {
                statuses.add(Optional.ofNullable(jobs.get(one.id().value())).filter(job -> job.org.equals(one.org()))
                        .map(StoredJob::status));
            }
            return statuses;
        }
    }

    @Override
    public void release(Collection<JobLease> leases) {
        synchronized (world) {
            world.reach();
            leases.forEach(lease -> held(lease).ifPresent(job -> {
                queueOf(job).free(job);
                if (job.cancelRequested().isPresent()) {
                    cancel(job, job.cancelRequested().get());
                } else {
                    job.hasRun();
                    job.uncount();
                    makeReady(job);
                }
            }));
        }
    }

    @Override
    public Upkept maintain(int limit, Consumer<Lane> died) {
        synchronized (world) {
            world.reach();
            Instant now = world.now();
            List<StoredJob> due = some(job -> job.isDue(now), limit);
            due.forEach(this::makeReady);
            List<StoredJob> expired = some(job -> job.isExpired(now), limit);
            List<Expired> ended = new ArrayList<>();
            expired.forEach(job -> {
                ended.add(new Expired(new Lane(job.org, job.request().kind().queue()), job.request().kind().name(),
                        job.createdAt(), 1));
                queueOf(job).free(job);
                if (job.cancelRequested().isPresent()) {
                    cancel(job, job.cancelRequested().get());
                    return;
                }
                fail(job, new Outcome.Failed(Duration.ZERO, "LeaseExpired", "the lease ended"));
                if (job.state() == JobState.DEAD) {
                    died.accept(new Lane(job.org, job.request().kind().queue()));
                }
            });
            settleWaits();
            Map<String, Duration> thaws = new HashMap<>();
            queues.forEach((name, queue) -> queue.nextThaw().ifPresent(wait -> thaws.put(name, wait)));
            return new Upkept(due.size() == limit || expired.size() == limit, thaws, ended);
        }
    }

    @GuardedBy("world")
    private List<StoredJob> some(Predicate<StoredJob> which, int limit) {
        return jobs.values().stream().filter(which).limit(limit).toList();
    }

    @Override
    public Optional<Job> find(OrgId org, JobId id) {
        synchronized (world) {
            world.reach();
            return Optional.ofNullable(jobs.get(id.value())).filter(job -> job.org.equals(org)).map(StoredJob::toJob);
        }
    }

    @Override
    public List<Job> deadLetters(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        synchronized (world) {
            world.reach();
            long last = after.map(JobId::value).orElse(0L);
            return some(job -> job.org.equals(org) && job.isDead(filter) && job.id.value() > last, limit)
                    .stream().map(StoredJob::toJob).toList();
        }
    }

    @Override
    public List<JobId> deadLetterIds(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return deadLetters(org, filter, after, limit).stream().map(Job::id).toList();
    }

    @Override
    public Listed list(OrgId org, JobFilter filter, Optional<JobId> before, int limit) {
        World.checkSize("jobs", limit, 1, MAX_BATCH);
        synchronized (world) {
            world.reach();
            long end = before.map(JobId::value).orElse(Long.MAX_VALUE);
            List<JobSummary> found = jobs.values().stream()
                    .filter(job -> job.org.equals(org) && job.id.value() < end && job.passes(filter))
                    .sorted(Comparator.comparingLong((StoredJob job) -> job.id.value()).reversed()).limit(limit + 1L)
                    .map(StoredJob::toSummary).toList();
            return found.size() <= limit
                    ? new Listed(found, Optional.empty())
                    : new Listed(found.subList(0, limit), Optional.of(found.get(limit - 1).id()));
        }
    }

    @Override
    public Map<String, JobCounts> counts(OrgId org) {
        synchronized (world) {
            world.reach();
            Map<String, JobCounts> counts = new TreeMap<>();
            queues.keySet().forEach(queue -> {
                JobCounts some = counts(queue, job -> job.org.equals(org));
                if (!some.equals(JobCounts.NONE)) {
                    counts.put(queue, some);
                }
            });
            return counts;
        }
    }

    @Override
    public JobCounts counts(String queue) {
        synchronized (world) {
            world.reach();
            return counts(queue, job -> true);
        }
    }

    @GuardedBy("world")
    private JobCounts counts(String queue, Predicate<StoredJob> which) {
        List<StoredJob> some = jobs.values().stream()
                .filter(job -> job.request().kind().queue().equals(queue) && which.test(job)).toList();
        return new JobCounts(in(some, JobState.WAITING), in(some, JobState.SCHEDULED), in(some, JobState.READY),
                in(some, JobState.RUNNING), in(some, JobState.DEAD),
                some.stream().filter(job -> job.state() == JobState.READY)
                        .min(Comparator.comparingLong(StoredJob::place)).map(StoredJob::runAt));
    }

    private static long in(List<StoredJob> jobs, JobState state) {
        return jobs.stream().filter(job -> job.state() == state).count();
    }

    @Override
    public List<LaneCounts> lanes(String queue, JobState by, Optional<LanePlace> after, int limit) {
        World.checkSize("lanes", limit, 1, MAX_BATCH);
        if (by.isFinal()) {
            throw new InvalidInputException("lanes by " + by + ": what has ended for good is not counted");
        }
        synchronized (world) {
            world.reach();
            ToLongFunction<LaneCounts> size = lane -> switch (by) {
                case WAITING -> lane.counts().waiting();
                case SCHEDULED -> lane.counts().scheduled();
                case READY -> lane.counts().ready();
                case RUNNING -> lane.counts().running();
                default -> lane.counts().dead();
            };
            Comparator<LaneCounts> order = Comparator.comparingLong(size)
                    .thenComparing(lane -> lane.org().toString()).reversed();
            List<LaneCounts> lanes = new ArrayList<>();
            for (OrgId org : jobs.values().stream().map(job -> job.org).distinct().toList()) {
                lanes.add(new LaneCounts(org, counts(queue, job -> job.org.equals(org))));
            }
            return lanes.stream().filter(lane -> size.applyAsLong(lane) > 0)
                    .filter(lane -> after.filter(place -> !isAfter(lane, size.applyAsLong(lane), place)).isEmpty())
                    .sorted(order).limit(limit).toList();
        }
    }

    private static boolean isAfter(LaneCounts lane, long size, LanePlace place) {
        return size < place.jobs()
                || (size == place.jobs() && lane.org().toString().compareTo(place.org().toString()) < 0);
    }

    @Override
    public void count(AttemptBatch batch) {
        synchronized (world) {
            world.reach();
            attempts.add(batch, queues.keySet());
        }
    }

    @Override
    public List<KindCounts> counted(OrgId org, Instant from, Instant to) {
        synchronized (world) {
            world.reach();
            return attempts.of(org, from, to);
        }
    }

    @Override
    public List<KindCounts> counted(Instant from, Instant to) {
        synchronized (world) {
            world.reach();
            return attempts.ofAll(from, to);
        }
    }

    @Override
    public int countDeadLetters(Lane lane, int atMost) {
        return deadLetters(lane.org(), DeadLetterFilter.ALL.withQueue(lane.queue()), Optional.empty(), atMost).size();
    }

    @Override
    public List<JobId> redrive(OrgId org, List<JobId> ids, Duration first, Duration step) {
        synchronized (world) {
            world.reach();
            Instant now = world.now();
            List<StoredJob> dead = some(job -> job.org.equals(org) && ids.contains(job.id)
                    && job.state() == JobState.DEAD, ids.size());
            dead.forEach(job -> {
                job.revive(now.plus(first).plus(step.multipliedBy(ids.indexOf(job.id))));
                if (job.isDue(now)) {
                    makeReady(job);
                }
            });
            return dead.stream().map(job -> job.id).toList();
        }
    }

    @Override
    public List<JobId> discard(OrgId org, List<JobId> ids, String reason) {
        synchronized (world) {
            world.reach();
            List<StoredJob> open = some(job -> job.org.equals(org) && ids.contains(job.id) && !job.state().isFinal()
                    && job.state() != JobState.RUNNING, ids.size());
            open.forEach(job -> {
                queueOf(job).remove(job);
                job.note(reason);
                job.end(JobState.CANCELLED, world.now());
            });
            settleWaits();
            return open.stream().map(job -> job.id).toList();
        }
    }

    @Override
    public CancelReceipt cancel(OrgId org, List<JobId> ids, String reason) {
        synchronized (world) {
            List<JobId> cancelled = discard(org, ids, reason);
            List<StoredJob> running = some(job -> job.org.equals(org) && ids.contains(job.id)
                    && job.state() == JobState.RUNNING, ids.size());
            running.forEach(job -> job.requestCancel(reason));
            return new CancelReceipt(cancelled, running.stream().map(job -> job.id).toList());
        }
    }

    @Override
    public void setLimits(OrgId org, String queue, LaneLimits limits) {
        synchronized (world) {
            world.reach();
            world.existing(org);
            queue(queue).setLimits(org, limits);
        }
    }

    @Override
    public void signal(Signal signal) {
        listeners.forEach(listener -> listener.accept(signal));
    }

    @Override
    public Listening listen(Consumer<Signal> heard) {
        Listener listener = new Listener(heard);
        listeners.add(listener);
        heard.accept(new Signal.Missed());
        return listener;
    }

    /** One who hears signals until it is closed. */
    private final class Listener implements Listening {
        private final Consumer<Signal> heard;

        Listener(Consumer<Signal> heard) {
            this.heard = heard;
        }

        void accept(Signal signal) {
            heard.accept(signal);
        }

        @Override
        public boolean hears() {
            return listeners.contains(this);
        }

        @Override
        public void close() {
            listeners.remove(this);
        }
    }

    @Override
    public Map<String, LaneDepth> depth(OrgId org) {
        synchronized (world) {
            world.reach();
            Map<String, LaneDepth> depths = new TreeMap<>();
            queues.forEach((name, queue) -> queue.depth(org).ifPresent(depth -> depths.put(name, depth)));
            return depths;
        }
    }

    @Override
    public Map<String, LaneStatus> lanes(OrgId org) {
        synchronized (world) {
            world.reach();
            Map<String, LaneStatus> lanes = new TreeMap<>();
            queues.forEach((name, queue) -> queue.lane(org).ifPresent(lane -> lanes.put(name, lane)));
            return lanes;
        }
    }

    @Override
    public void pause(Pausable what) {
        synchronized (world) {
            world.reach();
            switch (what) {
                case Pausable.Lane(OrgId org, String queue) -> {
                    world.existing(org);
                    queue(queue).pause(org, true);
                }
                case Pausable.Org(OrgId org) -> {
                    world.existing(org);
                    paused.add(org);
                }
                case Pausable.Queue(String queue) -> queue(queue).pause(true);
            }
        }
    }

    @Override
    public void resume(Pausable what) {
        synchronized (world) {
            world.reach();
            switch (what) {
                case Pausable.Lane(OrgId org, String queue) -> {
                    world.existing(org);
                    queue(queue).pause(org, false);
                }
                case Pausable.Org(OrgId org) -> {
                    world.existing(org);
                    paused.remove(org);
                }
                case Pausable.Queue(String queue) -> queue(queue).pause(false);
            }
        }
    }

    @Override
    public Map<String, QueueStatus> queues() {
        synchronized (world) {
            world.reach();
            Map<String, QueueStatus> statuses = new TreeMap<>();
            queues.forEach((name, queue) -> statuses.put(name, queue.status()));
            return statuses;
        }
    }

    @Override
    public QueueLimits limits(String queue) {
        synchronized (world) {
            world.reach();
            return queue(queue).status().limits();
        }
    }

    @Override
    public void setLimits(String queue, QueueLimits limits) {
        synchronized (world) {
            world.reach();
            queue(queue).setLimits(limits);
        }
    }

    @Override
    public ScheduleStore schedules() {
        return schedules;
    }

    /** Refuses a queue that is not known. */
    void check(String queue) {
        synchronized (world) {
            queue(queue);
        }
    }

    /** Forgets finished jobs and keys, each in its time. */
    public void expire() {
        synchronized (world) {
            Instant now = world.now();
            keys.expire(now);
            List<StoredJob> old = some(job -> job.isFinishedBefore(now.minus(RETENTION)), Integer.MAX_VALUE);
            old.forEach(job -> {
                job.forget();
                jobs.remove(job.id.value());
            });
        }
    }

    /** Forgets an organisation's jobs, keys, limits and schedules; returns how many rows a database would have had. */
    public long erase(OrgId org) {
        synchronized (world) {
            long before = jobs.size();
            jobs.values().removeIf(job -> job.org.equals(org));
            keys.erase(org);
            attempts.erase(org);
            queues.values().forEach(queue -> queue.erase(org));
            paused.remove(org);
            return before - jobs.size() + schedules.erase(org);
        }
    }

    @GuardedBy("world")
    private void makeReady(StoredJob job) {
        job.ready(++counter);
        queueOf(job).add(job);
    }

    @GuardedBy("world")
    private Optional<StoredJob> find(JobLease lease) {
        return Optional.ofNullable(jobs.get(lease.id().value())).filter(job -> job.org.equals(lease.org()));
    }

    @GuardedBy("world")
    private Optional<StoredJob> held(JobLease lease) {
        return find(lease).filter(job -> job.isHeldBy(lease));
    }

    @GuardedBy("world")
    private MemoryQueue queueOf(StoredJob job) {
        return queue(job.request().kind().queue());
    }

    @GuardedBy("world")
    private MemoryQueue queue(String name) {
        return World.known(queues.get(name), "queue \"" + name + "\"");
    }
}
