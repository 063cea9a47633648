package io.croft.spi.memory;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgSummary;
import io.croft.job.CancelReceipt;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobParent;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.LaneCounts;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.spi.Acting;
import io.croft.spi.AttemptBatch;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobAdministration;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.KindCounts;
import io.croft.spi.ScheduleStore;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Jobs in memory. The methods that take a connection do not look at it and take effect at once. One lock, and plain
 * collections that are searched from end to end: it is for tests, and forgets everything with the process. Thread-safe.
 *
 * <p>What enters is in {@link MemoryIntake}, what workers do in {@link MemoryWork}, lists and counts in
 * {@link MemoryReads}; they share a {@link JobTable}.
 */
public final class MemoryJobs implements JobStore {

    /** How long a finished job is remembered. */
    private static final Duration RETENTION = Duration.ofDays(7);

    private final World world;
    private final JobTable table;
    private final MemoryWork work;
    private final MemoryReads reads;
    private final MemorySchedules schedules;
    private final MemorySignals signals = new MemorySignals();

    /** No jobs yet. */
    public MemoryJobs(World world) {
        this.world = world;
        this.table = new JobTable(world);
        this.work = new MemoryWork(world, table);
        this.reads = new MemoryReads(world, table);
        this.schedules = new MemorySchedules(world, this);
    }

    @Override
    public void registerQueue(String name) {
        synchronized (world) {
            world.reach();
            table.register(name);
        }
    }

    @Override
    public List<JobReceipt> enqueue(OrgId org, List<JobRequest> requests) {
        return enqueue(org, List.of(), requests, table::makeReady);
    }

    @Override
    public List<JobReceipt> enqueue(OrgId org, JobFlow flow) {
        return enqueue(org, flow, table::makeReady);
    }

    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, List<JobRequest> requests) {
        return enqueueUntold(org, requests);
    }

    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, JobFlow flow) {
        return enqueue(org, flow, table::comeBack);
    }

    /** Leaves it to the next upkeep to tell of them. */
    List<JobReceipt> enqueueUntold(OrgId org, List<JobRequest> requests) {
        return enqueue(org, List.of(), requests, table::comeBack);
    }

    private List<JobReceipt> enqueue(OrgId org, JobFlow flow, Consumer<StoredJob> ready) {
        Map<String, JobRequest> ordered = flow.ordered();
        return enqueue(org, List.copyOf(ordered.keySet()), List.copyOf(ordered.values()), ready);
    }

    private List<JobReceipt> enqueue(OrgId org, List<String> names, List<JobRequest> requests,
            Consumer<StoredJob> ready) {
        synchronized (world) {
            world.reach();
            return new MemoryIntake(world, table, org, ready, true).enqueue(names, requests);
        }
    }

    /** Refuses more jobs than the organisation may have. */
    void requireRoom(OrgId org, int more) {
        synchronized (world) {
            world.require(org, OrgQuotas.Resource.QUEUED_JOBS, table.queued(org), more);
        }
    }

    /** Whether the organisation may have so many more jobs. */
    boolean hasRoom(OrgId org, int more) {
        synchronized (world) {
            OptionalLong limit = world.quotas(org).limit(OrgQuotas.Resource.QUEUED_JOBS);
            return more == 0 || limit.isEmpty() || table.queued(org) + more <= limit.getAsLong();
        }
    }

    /** Enqueues what a schedule fires: it is not refused. */
    JobReceipt enqueueFired(OrgId org, JobRequest request) {
        synchronized (world) {
            world.reach();
            return new MemoryIntake(world, table, org, table::makeReady, false)
                    .enqueue(List.of(), List.of(request)).getFirst();
        }
    }

    @Override
    public List<JobParent> parents(OrgId org, JobId id) {
        synchronized (world) {
            world.reach();
            return table.find(org, id).filter(job -> !job.state().isFinal()).map(job -> job.waits.list())
                    .orElse(List.of());
        }
    }

    /** Which jobs are wanted. */
    @FunctionalInterface
    public interface Wanted {

        /** Whether this one is. */
        boolean test(OrgId org, JobId id, String kind);
    }

    @Override
    public List<ClaimedJob> claim(String queue, int want, String worker, Duration lease, int together) {
        return work.claim(queue, want, lease, job -> true);
    }

    /** The same of some jobs only; others are passed over, also those whose turn it is. */
    public List<ClaimedJob> claim(String queue, int want, Duration lease, Wanted wanted) {
        return work.claim(queue, want, lease, job -> passes(job, wanted));
    }

    /** Whether such a claim would get any now. */
    public boolean canClaim(String queue, Wanted wanted) {
        synchronized (world) {
            world.reach();
            return Optional.ofNullable(table.queues().get(queue))
                    .flatMap(known -> known.first(job -> passes(job, wanted))).isPresent();
        }
    }

    private static boolean passes(StoredJob job, Wanted wanted) {
        return wanted.test(job.org, job.id, job.request().kind().name());
    }

    /** The jobs there is a record of, of all organisations, in the order in which they were enqueued. */
    public List<Job> all() {
        synchronized (world) {
            return table.all().map(StoredJob::toJob).toList();
        }
    }

    /** When the first of the jobs that wait for their time may run. */
    public Optional<Instant> nextRunAt() {
        synchronized (world) {
            return table.all().filter(job -> job.state() == JobState.SCHEDULED).map(StoredJob::runAt)
                    .min(Comparator.naturalOrder());
        }
    }

    @Override
    public List<Boolean> finish(List<Completion> completions) {
        return work.finish(completions);
    }

    @Override
    public void completeIn(Connection transaction, JobLease lease, Optional<String> result) {
        work.complete(lease, result);
    }

    /** Completes a job that this lease holds. */
    void complete(JobLease lease, Optional<String> result) {
        work.complete(lease, result);
    }

    @Override
    public Held heartbeat(Collection<JobLease> leases, Duration lease) {
        return work.heartbeat(leases, lease);
    }

    @Override
    public List<JobLease> report(List<Report> reports) {
        return work.report(reports);
    }

    @Override
    public List<Optional<JobStatus>> statuses(List<Watched> watched) {
        World.checkSize("watched jobs", watched.size(), 0, MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<Optional<JobStatus>> statuses = new ArrayList<>();
            for (Watched one : watched) {
                statuses.add(table.find(one.org(), one.id()).map(StoredJob::status));
            }
            return statuses;
        }
    }

    @Override
    public void release(Collection<JobLease> leases) {
        work.release(leases);
    }

    @Override
    public Upkept maintain(int limit, Consumer<Lane> died) {
        return work.maintain(limit, died);
    }

    @Override
    public Optional<Job> find(OrgId org, JobId id) {
        synchronized (world) {
            world.reach();
            return table.find(org, id).map(StoredJob::toJob);
        }
    }

    @Override
    public void export(Org life, Consumer<Job> each) {
        List<Job> all;
        synchronized (world) {
            world.reach();
            world.exists(life);
            all = table.all().filter(job -> job.org.equals(life.id())).map(StoredJob::toJob)
                    .sorted(Comparator.comparing((Job job) -> job.state().isFinal())).toList();
        }
        all.forEach(each);
    }

    @Override
    public List<Job> deadLetters(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        synchronized (world) {
            world.reach();
            long last = after.map(JobId::value).orElse(0L);
            return table.some(job -> job.org.equals(org) && job.isDead(filter) && job.id.value() > last, limit)
                    .stream().map(StoredJob::toJob).toList();
        }
    }

    @Override
    public List<JobId> deadLetterIds(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return deadLetters(org, filter, after, limit).stream().map(Job::id).toList();
    }

    @Override
    public int countDeadLetters(Lane lane, int atMost) {
        return deadLetters(lane.org(), DeadLetterFilter.ALL.withQueue(lane.queue()), Optional.empty(), atMost).size();
    }

    @Override
    public Listed list(OrgId org, JobFilter filter, Optional<JobId> before, int limit) {
        return reads.list(org, filter, before, limit);
    }

    /** The summary of an organisation that has nothing but jobs. */
    public OrgSummary summary(Org org) {
        long queued = 0;
        long running = 0;
        for (JobCounts counts : reads.counts(org.id()).values()) {
            queued += counts.ready() + counts.scheduled() + counts.waiting();
            running += counts.running();
        }
        return new OrgSummary(org, 0, 0, 0, 0, queued, running, Optional.empty(), Optional.empty());
    }

    @Override
    public Map<String, JobCounts> counts(OrgId org) {
        return reads.counts(org);
    }

    @Override
    public JobCounts counts(String queue) {
        return reads.counts(queue);
    }

    @Override
    public List<LaneCounts> lanes(String queue, JobState by, Optional<LanePlace> after, int limit) {
        return reads.lanes(queue, by, after, limit);
    }

    @Override
    public void count(AttemptBatch batch) {
        reads.count(batch);
    }

    @Override
    public List<KindCounts> counted(OrgId org, Instant from, Instant to) {
        return reads.counted(org, from, to);
    }

    @Override
    public List<KindCounts> counted(Instant from, Instant to) {
        return reads.counted(from, to);
    }

    @Override
    public List<JobId> redrive(OrgId org, List<JobId> ids, Duration first, Duration step) {
        synchronized (world) {
            world.reach();
            Instant now = world.now();
            List<StoredJob> dead = in(JobState.DEAD, org, ids);
            dead.forEach(job -> {
                job.revive(now.plus(first).plus(step.multipliedBy(ids.indexOf(job.id))));
                if (job.isDue(now)) {
                    table.comeBack(job);
                }
            });
            return dead.stream().map(job -> job.id).toList();
        }
    }

    private List<StoredJob> in(JobState state, OrgId org, List<JobId> ids) {
        return table.some(job -> job.org.equals(org) && ids.contains(job.id) && job.state() == state, ids.size());
    }

    @Override
    public List<JobId> discard(OrgId org, List<JobId> ids, String reason) {
        synchronized (world) {
            world.reach();
            return discard(table.some(job -> job.org.equals(org) && ids.contains(job.id)
                    && !job.state().isFinal() && job.state() != JobState.RUNNING, ids.size()), reason);
        }
    }

    @Override
    public List<JobId> discardDead(OrgId org, List<JobId> ids, String reason) {
        synchronized (world) {
            world.reach();
            return discard(in(JobState.DEAD, org, ids), reason);
        }
    }

    private List<JobId> discard(List<StoredJob> open, String reason) {
        open.forEach(job -> {
            table.queueOf(job).remove(job);
            job.note(reason);
            job.end(JobState.CANCELLED, world.now());
        });
        table.settleWaits();
        return open.stream().map(job -> job.id).toList();
    }

    @Override
    public CancelReceipt cancel(OrgId org, List<JobId> ids, String reason) {
        synchronized (world) {
            List<JobId> cancelled = discard(org, ids, reason);
            List<StoredJob> running = in(JobState.RUNNING, org, ids);
            running.forEach(job -> job.requestCancel(reason));
            return new CancelReceipt(cancelled, running.stream().map(job -> job.id).toList(), List.of());
        }
    }

    @Override
    public JobAdministration by(Acting who) {
        return new MemoryAdministration(world, this, who);
    }

    @Override
    public void setLimits(OrgId org, String queue, LaneLimits limits) {
        synchronized (world) {
            world.reach();
            world.active(org);
            table.queue(queue).setLimits(org, limits);
        }
    }

    @Override
    public void signal(Signal signal) {
        signals.signal(signal);
    }

    @Override
    public Listening listen(Consumer<Signal> heard) {
        return signals.listen(heard);
    }

    @Override
    public Map<String, LaneStatus> lanes(OrgId org) {
        synchronized (world) {
            world.reach();
            Map<String, LaneStatus> lanes = new TreeMap<>();
            table.queues().forEach((name, queue) -> queue.lane(org).ifPresent(lane -> lanes.put(name, lane)));
            return lanes;
        }
    }

    @Override
    public void pause(Pausable what) {
        synchronized (world) {
            world.reach();
            switch (what) {
                case Lane(OrgId org, String queue) -> {
                    world.active(org);
                    table.queue(queue).pause(org, true);
                }
                case Pausable.Org(OrgId org) -> {
                    world.active(org);
                    table.paused().add(org);
                }
                case Pausable.Queue(String queue) -> table.queue(queue).pause(true);
            }
        }
    }

    @Override
    public void resume(Pausable what) {
        synchronized (world) {
            world.reach();
            switch (what) {
                case Lane(OrgId org, String queue) -> {
                    world.active(org);
                    table.queue(queue).pause(org, false);
                }
                case Pausable.Org(OrgId org) -> {
                    world.active(org);
                    table.paused().remove(org);
                }
                case Pausable.Queue(String queue) -> table.queue(queue).pause(false);
            }
        }
    }

    @Override
    public Map<String, QueueStatus> queues() {
        synchronized (world) {
            world.reach();
            Map<String, QueueStatus> statuses = new TreeMap<>();
            table.queues().forEach((name, queue) -> statuses.put(name, queue.status()));
            return statuses;
        }
    }

    @Override
    public QueueLimits limits(String queue) {
        synchronized (world) {
            world.reach();
            return table.queue(queue).status().limits();
        }
    }

    @Override
    public void setLimits(String queue, QueueLimits limits) {
        synchronized (world) {
            world.reach();
            table.queue(queue).setLimits(limits);
        }
    }

    @Override
    public ScheduleStore schedules() {
        return schedules;
    }

    /** Refuses a queue that is not known. */
    void check(String queue) {
        synchronized (world) {
            table.queue(queue);
        }
    }

    /** Forgets finished jobs and keys, each in its time. */
    public void expire() {
        synchronized (world) {
            table.expire(RETENTION);
        }
    }

    /** Forgets all of an organisation's; returns how many jobs and schedules it had. */
    public long erase(OrgId org) {
        synchronized (world) {
            reads.erase(org);
            return table.erase(org) + schedules.erase(org);
        }
    }
}
