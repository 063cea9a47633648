package io.croft.spi.memory;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The jobs, their queues and keys, which all that deals with jobs in memory shares. Guarded by the world. */
final class JobTable {

    private final World world;
    private final Map<String, MemoryQueue> queues = new TreeMap<>();
    private final Set<OrgId> paused = new HashSet<>();
    private final Map<Long, StoredJob> jobs = new TreeMap<>();
    /** How many became ready of which nobody has told, by queue. */
    private final Map<String, Integer> came = new HashMap<>();
    final MemoryKeys keys = new MemoryKeys();
    /** Numbers jobs, places and fences. */
    private long counter;

    JobTable(World world) {
        this.world = world;
    }

    long next() {
        return ++counter;
    }

    void register(String queue) {
        queues.computeIfAbsent(queue, key -> new MemoryQueue(world, paused));
    }

    /** All of them, by name. */
    Map<String, MemoryQueue> queues() {
        return queues;
    }

    MemoryQueue queue(String name) {
        MemoryQueue queue = queues.get(name);
        if (queue == null) {
            throw new InvalidInputException("queue \"" + name + "\" is not known: " + JobStore.MAKES_KNOWN);
        }
        return queue;
    }

    MemoryQueue queueOf(StoredJob job) {
        return queue(job.request().kind().queue());
    }

    /** Orgs whose lanes are all paused. */
    Set<OrgId> paused() {
        return paused;
    }

    StoredJob add(OrgId org, JobRequest request) {
        StoredJob job = new StoredJob(new JobId(next()), org, request, world.now());
        jobs.put(job.id.value(), job);
        return job;
    }

    Stream<StoredJob> all() {
        return jobs.values().stream();
    }

    List<StoredJob> some(Predicate<StoredJob> which, int limit) {
        return all().filter(which).limit(limit).toList();
    }

    /** What is due: the first of each lane, then the second of each. */
    List<StoredJob> due(int limit) {
        Map<Lane, Integer> turns = new HashMap<>();
        Map<StoredJob, Integer> turnOf = new LinkedHashMap<>();
        Instant now = world.now();
        all().filter(job -> job.isDue(now)).sorted(Comparator.comparing(StoredJob::runAt))
                .forEach(job -> turnOf.put(job,
                        turns.merge(new Lane(job.org, job.request().kind().queue()), 1, Integer::sum)));
        return turnOf.entrySet().stream().sorted(Map.Entry.comparingByValue()).limit(limit).map(Map.Entry::getKey)
                .toList();
    }

    /** How many of an organisation are to be run. */
    long queued(OrgId org) {
        return all().filter(job -> job.org.equals(org)).map(StoredJob::state).filter(state -> state == JobState.READY
                || state == JobState.SCHEDULED || state == JobState.WAITING).count();
    }

    Optional<StoredJob> find(OrgId org, JobId id) {
        return Optional.ofNullable(jobs.get(id.value())).filter(job -> job.org.equals(org));
    }

    Optional<StoredJob> held(JobLease lease) {
        return find(lease.org(), lease.id()).filter(job -> job.isHeldBy(lease));
    }

    /** Into the line, for whoever knows of it. */
    void makeReady(StoredJob job) {
        job.ready(next());
        queueOf(job).add(job);
    }

    /** Into the line, and nobody knows who may want it. */
    void comeBack(StoredJob job) {
        makeReady(job);
        came.merge(job.request().kind().queue(), 1, Integer::sum);
    }

    Map<String, Integer> takeCame() {
        Map<String, Integer> taken = Map.copyOf(came);
        came.clear();
        return taken;
    }

    /** Lets go what has nothing left to wait for, and cancels what cannot get what it waits for. */
    void settleWaits() {
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
                        comeBack(job);
                    }
                }
            }
        }
    }

    /** Forgets keys in their time, and jobs that ended so long ago. */
    void expire(Duration retention) {
        Instant now = world.now();
        keys.expire(now);
        for (StoredJob job : some(one -> one.isFinishedBefore(now.minus(retention)), Integer.MAX_VALUE)) {
            jobs.remove(job.id.value());
        }
    }

    /** Returns how many jobs it had. */
    long erase(OrgId org) {
        long before = jobs.size();
        jobs.values().removeIf(job -> job.org.equals(org));
        keys.erase(org);
        queues.values().forEach(queue -> queue.erase(org));
        paused.remove(org);
        return before - jobs.size();
    }
}
