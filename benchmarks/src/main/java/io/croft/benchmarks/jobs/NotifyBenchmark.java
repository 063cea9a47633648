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
import io.croft.job.Waking;
import io.croft.job.WorkerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What it costs to tell other processes of jobs: commits a second of 16 clients that enqueue one job each time, where
 * others are told and where nobody is, in turn, on a Postgres that waits for the disk at each commit. A third process
 * listens; nobody works on the jobs.
 */
public final class NotifyBenchmark implements Benchmark {

    private static final int CLIENTS = 16;
    private static final double MOST_LOST = 0.05;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String UNTOLD = "SELECT count(*) FROM (SELECT 1 FROM croft.wake LIMIT 1) t";
    private static final JobKind ENQUEUED = JobKind.of("bench.told", "bench-told");
    private static final JobKind OF_THE_LISTENER = JobKind.of("bench.listening", "bench-listening");

    private final TenantContext org = TenantContext.of(OrgId.named("told"), Actor.service("benchmark"));

    @Override
    public Outcome run() throws Exception {
        int rounds = Given.count("rounds", 7);
        Duration time = Duration.ofSeconds(Given.number("seconds", 10));
        try (Database database = Database.startDurable();
                QueueTables tables = new QueueTables(database);
                Croft telling = process(database, Waking.SIGNALS);
                Croft silent = process(database, Waking.POLL);
                Croft listening = Croft.builder().store(database.store())
                        .handler(OF_THE_LISTENER, job -> JobResult.completed()).start()) {
            listening.orgs().create(org);
            double[] told = new double[rounds];
            double[] untold = new double[rounds];
            double[] ratios = new double[rounds];
            for (int round = -1; round < rounds; round++) {
                // In either order, since what comes second finds the machine as the first has left it.
                boolean first = round % 2 == 0;
                double before = rate(tables, first ? telling : silent, time);
                double after = rate(tables, first ? silent : telling, time);
                if (round >= 0) {
                    told[round] = first ? before : after;
                    untold[round] = first ? after : before;
                    ratios[round] = told[round] / untold[round];
                }
            }
            double lost = 1 - JobsBenchmark.median(ratios);
            System.out.printf(Locale.ROOT,
                    "commits a second of %d clients, medians of %d rounds: %,.0f where others are told, "
                            + "%,.0f where nobody is: %.1f %% lost (bar: at most %.0f %%)%n",
                    CLIENTS, rounds, JobsBenchmark.median(told), JobsBenchmark.median(untold), 100 * lost,
                    100 * MOST_LOST);
            return lost <= MOST_LOST ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private static Croft process(Database database, Waking waking) {
        return Croft.builder().store(database.store(CLIENTS + 4))
                .workers(WorkerSettings.defaults().withWaking(waking)).start();
    }

    private double rate(QueueTables tables, Croft croft, Duration time) throws Exception {
        // Else upkeep may be at tables that are emptied, and both wait for each other.
        tables.awaitZero("lanes to be told of all jobs", PATIENCE, UNTOLD);
        tables.clear();
        tables.execute("CHECKPOINT");
        AtomicLong commits = new AtomicLong();
        long start = System.nanoTime();
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                all.add(clients.submit(() -> {
                    while (System.nanoTime() - start < time.toNanos()) {
                        croft.jobs().enqueue(org, JobRequest.of(ENQUEUED, "{}"));
                        commits.incrementAndGet();
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        return commits.get() / ((System.nanoTime() - start) / 1e9);
    }
}
