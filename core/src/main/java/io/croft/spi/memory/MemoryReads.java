package io.croft.spi.memory;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobState;
import io.croft.job.JobSummary;
import io.croft.job.LaneCounts;
import io.croft.spi.AttemptBatch;
import io.croft.spi.JobReading;
import io.croft.spi.JobStore;
import io.croft.spi.KindCounts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** Lists and counts of jobs, and how attempts went. */
final class MemoryReads implements JobReading {

    private final World world;
    private final JobTable table;
    private final MemoryAttempts attempts;

    MemoryReads(World world, JobTable table) {
        this.world = world;
        this.table = table;
        this.attempts = new MemoryAttempts(world);
    }

    @Override
    public Listed list(OrgId org, JobFilter filter, Optional<JobId> before, int limit) {
        World.checkSize("jobs", limit, 1, JobStore.MAX_BATCH);
        synchronized (world) {
            world.reach();
            long end = before.map(JobId::value).orElse(Long.MAX_VALUE);
            List<JobSummary> found = table.all()
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
            table.queues().keySet().forEach(queue -> {
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

    private JobCounts counts(String queue, Predicate<StoredJob> which) {
        List<StoredJob> some = table.all()
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
        World.checkSize("lanes", limit, 1, JobStore.MAX_BATCH);
        if (by.isFinal()) {
            throw new InvalidInputException("lanes by " + by + ": what has ended for good is not counted");
        }
        ToLongFunction<LaneCounts> size = lane -> lane.counts().in(by);
        synchronized (world) {
            world.reach();
            Comparator<LaneCounts> order = Comparator.comparingLong(size)
                    .thenComparing(lane -> lane.org().toString()).reversed();
            List<LaneCounts> lanes = new ArrayList<>();
            for (OrgId org : table.all().map(job -> job.org).distinct().toList()) {
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
            attempts.add(batch, table.queues().keySet());
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

    void erase(OrgId org) {
        attempts.erase(org);
    }
}
