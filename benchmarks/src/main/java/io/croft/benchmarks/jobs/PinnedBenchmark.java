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
import io.croft.job.WorkerSettings;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Jobs a second while somebody's transaction stays open, so that no dead row can be cleaned up, against jobs a second
 * before it began. A thread keeps a steady backlog over 100 organisations; the jobs do nothing.
 */
public final class PinnedBenchmark implements Benchmark {

    private static final double LEAST = 0.8;
    private static final int BACKLOG = 4_000;
    private static final int CALL = 40;
    private static final int ORGS = 100;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final JobKind NOTHING = JobKind.of("bench.nothing", "bench-pinned");

    private final AtomicLong done = new AtomicLong();
    /** What may be enqueued still: each job that is done lets another one in. */
    private final Semaphore room = new Semaphore(BACKLOG);
    private volatile boolean over;

    @Override
    public Outcome run() throws Exception {
        Duration held = Duration.ofSeconds(Given.number("seconds", 600));
        Duration window = held.compareTo(Duration.ofMinutes(5)) > 0 ? Duration.ofMinutes(1) : held.dividedBy(5);
        try (Database database = Database.startDurable();
                Connection holder = database.connect();
                Croft croft = Croft.builder().store(database.store()).handler(NOTHING, job -> {
                    done.incrementAndGet();
                    room.release();
                    return JobResult.completed();
                }).workers(WorkerSettings.defaults().withSlots(Given.count("slots", 200))).start()) {
            CompletableFuture<Void> enqueuer = CompletableFuture.runAsync(() -> enqueue(croft));
            rate(WARM_UP);
            double before = rate(window);
            holder.setAutoCommit(false);
            holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (Statement statement = holder.createStatement()) {
                statement.execute("SELECT pg_current_xact_id()"); // a snapshot and a number of its own
            }
            double first = rate(held.minus(window));
            double last = rate(window);
            holder.rollback();
            over = true;
            enqueuer.join();
            System.out.printf(Locale.ROOT,
                    "jobs a second: %,.0f before; with a transaction held open %,.0f, in the last %d of %d s %,.0f: %.2f of normal "
                            + "(bar: at least %.1f)%n",
                    before, first, window.toSeconds(), held.toSeconds(), last, last / before, LEAST);
            return last >= LEAST * before ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private double rate(Duration time) {
        long start = System.nanoTime();
        long from = done.get();
        while (System.nanoTime() - start < time.toNanos()) {
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        return (done.get() - from) / ((System.nanoTime() - start) / 1e9);
    }

    private void enqueue(Croft croft) {
        List<TenantContext> orgs = new ArrayList<>();
        for (int i = 0; i < ORGS; i++) {
            TenantContext org = TenantContext.of(OrgId.named("pinned-" + i), Actor.service("benchmark"));
            croft.orgs().create(org);
            orgs.add(org);
        }
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i < CALL; i++) {
            requests.add(JobRequest.of(NOTHING, "{}"));
        }
        for (int i = 0; !over; i++) {
            room.acquireUninterruptibly(CALL);
            croft.jobs().enqueueAll(orgs.get(i % ORGS), requests);
        }
    }
}
