package io.croft.benchmarks.jobs;

import io.croft.OrgId;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Percentiles;
import io.croft.benchmarks.run.Seed;
import io.croft.spi.JobStore.ClaimedJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a claim takes at most while everything that decides its plan changes: one organisation's backlog grows and
 * is worked off, then many small ones have it, then nobody; and every second one of the queue's tables, or all, are
 * analysed. Two threads claim and finish, one keeps the queue in order.
 */
public final class ClaimTailBenchmark implements Benchmark {

    private static final double MOST_MILLIS = 50;
    private static final int CLAIMERS = 2;
    private static final int WANT = 50;
    private static final Duration LEASE = Duration.ofMinutes(10);
    private static final String[] TABLES = {"lane", "ready", "run", "job", "wake", "scheduled"};

    private volatile boolean over;

    @Override
    public Outcome run() throws Exception {
        SplittableRandom random = new SplittableRandom(Seed.choose("claimtail"));
        long endNanos = System.nanoTime() + Duration.ofSeconds(Given.number("seconds", 600)).toNanos();
        List<Long> nanos = new ArrayList<>();
        int analysed;
        try (Database database = Database.start();
                ClaimBacklog backlog = new ClaimBacklog(database);
                QueueTables tables = new QueueTables(database);
                ExecutorService threads = Executors.newFixedThreadPool(CLAIMERS + 3)) {
            List<OrgId> orgs = new ArrayList<>();
            for (int i = 0; i < Given.count("orgs", 1_000); i++) {
                orgs.add(backlog.org("tail-" + i));
            }
            List<Future<List<Long>>> claimers = new ArrayList<>();
            for (int i = 0; i < CLAIMERS; i++) {
                claimers.add(threads.submit(() -> claim(backlog)));
            }
            Future<Integer> analyser = threads.submit(() -> analyse(tables, random.split()));
            List<Future<Integer>> others = List.of(threads.submit(upkeep(backlog)),
                    threads.submit(skew(backlog, orgs, random.split())));
            while (System.nanoTime() < endNanos) {
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
            over = true;
            for (Future<Integer> other : others) {
                other.get();
            }
            analysed = analyser.get();
            for (Future<List<Long>> claimer : claimers) {
                nanos.addAll(claimer.get());
            }
        }
        Percentiles times = Percentiles.of(nanos.stream().mapToLong(Long::longValue).toArray());
        long slow = nanos.stream().filter(time -> time > MOST_MILLIS * 1e6).count();
        System.out.printf(Locale.ROOT, "claims: %s; %d over %.0f ms (bar: none); ANALYZE %,d times%n", times, slow,
                MOST_MILLIS, analysed);
        return slow == 0 ? Outcome.REACHED : Outcome.MISSED;
    }

    private List<Long> claim(ClaimBacklog backlog) {
        List<Long> nanos = new ArrayList<>();
        while (!over) {
            long start = System.nanoTime();
            List<ClaimedJob> claimed = backlog.jobs().claim(ClaimBacklog.QUEUE, WANT, "benchmark", LEASE);
            nanos.add(System.nanoTime() - start);
            if (claimed.isEmpty()) {
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            } else {
                backlog.finish(claimed.stream().map(ClaimedJob::lease).toList());
            }
        }
        return nanos;
    }

    private int analyse(QueueTables tables, SplittableRandom random) throws Exception {
        int times = 0;
        while (!over) {
            int table = random.nextInt(TABLES.length + 1);
            tables.execute(table == TABLES.length ? "ANALYZE" : "ANALYZE croft." + TABLES[table]);
            times++;
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        }
        return times;
    }

    private Callable<Integer> upkeep(ClaimBacklog backlog) {
        return () -> {
            int rounds = 0;
            while (!over) {
                if (!backlog.hasMoreAfterUpkeep()) {
                    LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
                }
                rounds++;
            }
            return rounds;
        };
    }

    /** Three sorts of times, each some seconds long: one organisation has it all, all have a little, nobody has any. */
    private Callable<Integer> skew(ClaimBacklog backlog, List<OrgId> orgs, SplittableRandom random) {
        return () -> {
            int times = 0;
            while (!over) {
                OrgId one = orgs.get(random.nextInt(orgs.size()));
                for (int i = 0; i < 4 && !over; i++) {
                    backlog.add(one, 5_000);
                    LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
                }
                for (int i = 0; i < 500 && !over; i++) {
                    backlog.add(orgs.get(random.nextInt(orgs.size())), 1 + random.nextInt(20));
                }
                LockSupport.parkNanos(Duration.ofSeconds(1 + random.nextInt(3)).toNanos());
                times++;
            }
            return times;
        };
    }
}
