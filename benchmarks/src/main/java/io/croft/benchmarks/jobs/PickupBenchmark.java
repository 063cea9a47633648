package io.croft.benchmarks.jobs;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Percentiles;
import io.croft.benchmarks.run.Seed;
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
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * From the return of an enqueue to the start of the handler: of an idle queue, enqueued by the process that works and
 * by another; and of a new organisation's first job, while a million jobs of another wait and keep all slots busy.
 */
public final class PickupBenchmark implements Benchmark {

    private static final double MOST_IDLE_MILLIS = 5;
    private static final double MOST_BEHIND_MILLIS = 100;
    private static final JobKind SMALL = JobKind.of("bench.small", "bench-pickup");
    private static final JobKind LOAD = JobKind.of("bench.load", "bench-pickup");
    private static final Duration LOAD_TIME = Duration.ofMillis(5);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int CALL = 50_000;

    /** When the handler of a job began, by the number in its payload. */
    private final Map<String, Started> started = new ConcurrentHashMap<>();

    private static final class Started {
        private final CountDownLatch latch = new CountDownLatch(1);
        private volatile long nanos;
    }

    @Override
    public Outcome run() throws Exception {
        SplittableRandom random = new SplittableRandom(Seed.choose("pickup"));
        int samples = Given.count("samples", 500);
        try (Database database = Database.startDurable();
                Croft croft = Croft.builder().store(database.store()).handler(SMALL, job -> {
                    begin(job.payload());
                    return JobResult.completed();
                }).handler(LOAD, job -> {
                    LockSupport.parkNanos(LOAD_TIME.toNanos());
                    return JobResult.completed();
                }).workers(WorkerSettings.defaults()).start();
                Croft other = Croft.builder().store(database.store()).start()) {
            TenantContext org = newOrg(croft, "idle");
            idle(croft, org, samples / 5, random); // to warm up
            Percentiles here = idle(croft, org, samples, random);
            Percentiles there = idle(other, org, samples, random);
            System.out.printf(Locale.ROOT, "idle, enqueued by the process that works: %s (bar: p50 at most %.0f ms)%n",
                    here,
                    MOST_IDLE_MILLIS);
            System.out.printf(Locale.ROOT, "idle, enqueued by another: %s (bar: the same)%n", there);
            Percentiles behind = behind(croft, samples, random);
            System.out.printf(Locale.ROOT,
                    "a new organisation's first job behind the backlog: %s (bar: p99 at most %.0f ms)%n",
                    behind, MOST_BEHIND_MILLIS);
            boolean reached = here.millis(.5) <= MOST_IDLE_MILLIS && there.millis(.5) <= MOST_IDLE_MILLIS
                    && behind.millis(.99) <= MOST_BEHIND_MILLIS;
            return reached ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private void begin(String payload) {
        Started job = started.computeIfAbsent(number(payload), key -> new Started());
        job.nanos = System.nanoTime();
        job.latch.countDown();
    }

    /** The number alone: the database writes the object in its own way. */
    private static String number(String payload) {
        return payload.replaceAll("[^0-9]", "");
    }

    private static TenantContext newOrg(Croft croft, String name) {
        TenantContext org = TenantContext.of(OrgId.named(name), Actor.service("benchmark"));
        croft.orgs().create(org);
        return org;
    }

    private Percentiles idle(Croft croft, TenantContext org, int samples, SplittableRandom random) throws Exception {
        long[] nanos = new long[samples];
        for (int i = 0; i < samples; i++) {
            LockSupport.parkNanos(Duration.ofMillis(20 + random.nextInt(60)).toNanos());
            nanos[i] = pickup(croft, org, random);
        }
        return Percentiles.of(nanos);
    }

    private Percentiles behind(Croft croft, int samples, SplittableRandom random) throws Exception {
        TenantContext big = newOrg(croft, "big");
        croft.jobs().admin().setLimits(big, LOAD.queue(), LaneLimits.maxRunning(10_000));
        int backlog = Given.count("backlog", 1_000_000);
        for (int from = 0; from < backlog; from += CALL) {
            List<JobRequest> requests = new ArrayList<>();
            for (int i = from; i < Math.min(backlog, from + CALL); i++) {
                requests.add(JobRequest.of(LOAD, "{}"));
            }
            croft.jobs().enqueueAll(big, requests);
        }
        long[] nanos = new long[samples];
        for (int i = 0; i < samples; i++) {
            TenantContext org = newOrg(croft, "new-" + i);
            LockSupport.parkNanos(Duration.ofMillis(random.nextInt(40)).toNanos());
            nanos[i] = pickup(croft, org, random);
        }
        return Percentiles.of(nanos);
    }

    /** Zero where the handler began before the enqueue returned. */
    private long pickup(Croft croft, TenantContext org, SplittableRandom random) throws InterruptedException {
        String number = Long.toString(random.nextLong(Long.MAX_VALUE));
        Started job = started.computeIfAbsent(number, key -> new Started());
        croft.jobs().enqueue(org, JobRequest.of(SMALL, "{\"n\":\"" + number + "\"}"));
        long enqueued = System.nanoTime();
        if (!job.latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("a job was not begun within " + PATIENCE);
        }
        started.remove(number);
        return Math.max(0, job.nanos - enqueued);
    }
}
