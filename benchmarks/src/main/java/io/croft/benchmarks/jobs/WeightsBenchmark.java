package io.croft.benchmarks.jobs;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.LaneLimits;
import io.croft.job.WorkerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * How well organisations of weights 1, 2, 4 and 8 share the workers while all have a backlog: by the number of their
 * jobs, where all jobs take the same time, and by the time that their jobs take, where those of half of the
 * organisations take four times as long.
 */
public final class WeightsBenchmark implements Benchmark {

    private static final int[] WEIGHTS = {1, 2, 4, 8};
    private static final int WEIGHT_SUM = 15;
    private static final int ORGS_OF_A_WEIGHT = 26;
    private static final double MOST_OFF = 0.05;
    private static final int SLOTS = 32;
    private static final Duration SHORT = Duration.ofMillis(8);
    private static final Duration LONG = SHORT.multipliedBy(4);
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final int CALL = 50_000;

    /** Organisations of one weight whose jobs take the same time, all together. */
    private record Group(int weight, Duration time) {
    }

    /** What the handlers of a group did. */
    private static final class Work {
        private final LongAdder jobs = new LongAdder();
        private final LongAdder nanos = new LongAdder();
    }

    @Override
    public Outcome run() throws Exception {
        Duration seconds = Duration.ofSeconds(Given.number("seconds", 60));
        boolean count = share("by count, jobs of the same length", seconds, SHORT, SHORT);
        boolean time = share("by execution time, jobs of two lengths", seconds, SHORT, LONG);
        return count && time ? Outcome.REACHED : Outcome.MISSED;
    }

    private static boolean share(String how, Duration seconds, Duration even, Duration odd) throws Exception {
        Map<OrgId, Group> groups = new ConcurrentHashMap<>();
        Map<Group, Work> works = new ConcurrentHashMap<>();
        JobKind kind = JobKind.of("bench.share", "bench-share");
        try (Database database = Database.start();
                Croft host = Croft.builder().store(database.store()).start()) {
            double jobs = 1.5 * SLOTS * seconds.plus(WARM_UP).toNanos() / SHORT.toNanos();
            for (int i = 0; i < WEIGHTS.length * ORGS_OF_A_WEIGHT; i++) {
                int weight = WEIGHTS[i % WEIGHTS.length];
                TenantContext org = TenantContext.of(OrgId.named("share-" + i), Actor.service("benchmark"));
                host.orgs().create(org);
                host.jobs().admin().setLimits(org, kind.queue(), LaneLimits.maxRunning(10_000).withWeight(weight));
                Group group = new Group(weight, i / WEIGHTS.length % 2 == 0 ? even : odd);
                groups.put(org.org(), group);
                works.putIfAbsent(group, new Work());
                enqueue(host, org, kind, (int) (jobs * weight / WEIGHT_SUM / ORGS_OF_A_WEIGHT));
            }
            try (Croft worker = Croft.builder().store(database.store()).handler(kind, job -> {
                Group group = groups.get(job.tenant().org());
                Work work = group == null ? null : works.get(group);
                if (group != null && work != null) {
                    long start = System.nanoTime();
                    LockSupport.parkNanos(group.time().toNanos());
                    work.jobs.increment();
                    work.nanos.add(System.nanoTime() - start);
                }
                return JobResult.completed();
            }).workers(WorkerSettings.defaults().withSlots(SLOTS).withStopDeadline(Duration.ofSeconds(5))).start()) {
                worker.jobs().admin().unhandledKinds().forEach(System.out::println);
                LockSupport.parkNanos(WARM_UP.toNanos());
                works.values().forEach(work -> {
                    work.jobs.reset();
                    work.nanos.reset();
                });
                LockSupport.parkNanos(seconds.toNanos());
                return print(how, works, even.equals(odd));
            }
        }
    }

    private static void enqueue(Croft host, TenantContext org, JobKind kind, int jobs) {
        for (int from = 0; from < jobs; from += CALL) {
            List<JobRequest> requests = new ArrayList<>();
            for (int i = from; i < Math.min(jobs, from + CALL); i++) {
                requests.add(JobRequest.of(kind, "{}"));
            }
            host.jobs().enqueueAll(org, requests);
        }
    }

    /** Each group's part for each unit of weight, against the mean of all; groups are of one size or of halves. */
    private static boolean print(String how, Map<Group, Work> works, boolean byCount) {
        Map<Group, Double> parts = new ConcurrentHashMap<>();
        works.forEach((group, work) -> parts.put(group,
                (byCount ? work.jobs.sum() : work.nanos.sum() / 1e6) / group.weight()));
        double mean = parts.values().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double worst = 0;
        System.out.println(how + ":");
        for (Group group : works.keySet().stream().sorted((one, other) -> one.weight() != other.weight()
                ? Integer.compare(one.weight(), other.weight())
                : one.time().compareTo(other.time())).toList()) {
            double off = parts.getOrDefault(group, 0.0) / mean - 1;
            worst = Math.max(worst, Math.abs(off));
            Work work = works.getOrDefault(group, new Work());
            System.out.printf(Locale.ROOT, "  weight %d, jobs of %d ms: %,d jobs, %,.0f ms, %+.1f %% from its share%n",
                    group.weight(), group.time().toMillis(), work.jobs.sum(), work.nanos.sum() / 1e6, 100 * off);
        }
        System.out.printf(Locale.ROOT, "  farthest from its share: %.1f %% (bar: at most %.0f %%)%n", 100 * worst,
                100 * MOST_OFF);
        return worst <= MOST_OFF;
    }
}
