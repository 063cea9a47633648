package io.croft.benchmarks.jobs;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.job.JobCounts;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.LaneLimits;
import io.croft.job.RateLimit;
import io.croft.job.WorkerSettings;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * Rate limits of several sizes, one organisation each in a queue of its own, with a backlog and free workers all the
 * time: how many attempts more than each allows started in some time, and how many fewer than it allowed, by the times
 * at which the database has them started. The bursts are the least by which nothing is to be lost.
 */
public final class RatesBenchmark implements Benchmark {

    private static final List<RateLimit> LIMITS = List.of(new RateLimit(20, 2), new RateLimit(100, 6),
            new RateLimit(333, 18), new RateLimit(1000, 51));
    private static final double MOST_TOO_MUCH = 0.01;
    private static final double MOST_REFUSED = 0.001;
    private static final int CALL = 10_000;

    private final List<TenantContext> orgs = new ArrayList<>();

    @Override
    public Outcome run() throws Exception {
        Duration time = Duration.ofSeconds(Given.number("seconds", 60));
        try (Database database = Database.start(); Connection admin = database.connect()) {
            try (Croft host = Croft.builder().store(database.store()).start()) {
                for (int i = 0; i < LIMITS.size(); i++) {
                    enqueue(host, i, time);
                }
            }
            Croft.Builder builder = Croft.builder().store(database.store())
                    .workers(WorkerSettings.defaults().withSlots(64));
            for (int i = 0; i < LIMITS.size(); i++) {
                builder.handler(kind(i), job -> JobResult.completed());
            }
            try (Croft worker = builder.start()) {
                long end = System.nanoTime() + time.toNanos();
                while (System.nanoTime() - end < 0) {
                    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                }
                for (int i = 0; i < LIMITS.size(); i++) {
                    JobCounts left =
                            worker.jobs().admin().counts(orgs.get(i)).getOrDefault(kind(i).queue(), JobCounts.NONE);
                    if (left.ready() == 0) {
                        throw new IllegalStateException("too few jobs for " + LIMITS.get(i) + ": all have run");
                    }
                }
            }
            boolean reached = true;
            System.out.println("a second   burst   started   too many   refused (of what the rate allows)");
            for (int i = 0; i < LIMITS.size(); i++) {
                RateCheck check = RateCheck.of(LIMITS.get(i), started(admin, orgs.get(i)));
                reached &= check.tooMuch() <= MOST_TOO_MUCH && check.refused() < MOST_REFUSED;
                System.out.printf(Locale.ROOT, "%8.0f   %5d   %7d   %6.2f %%   %5.2f %%%n", LIMITS.get(i).perSecond(),
                        LIMITS.get(i).burst(), check.started(), 100 * check.tooMuch(), 100 * check.refused());
            }
            System.out.printf(Locale.ROOT, "bars: at most %.0f %% too many, less than %.1f %% refused%n",
                    100 * MOST_TOO_MUCH, 100 * MOST_REFUSED);
            return reached ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private static JobKind kind(int number) {
        return JobKind.of("bench.rate-" + number, "bench-rate-" + number);
    }

    /** Half as many again as the limit lets start in that time. */
    private void enqueue(Croft host, int number, Duration time) {
        RateLimit limit = LIMITS.get(number);
        TenantContext org = TenantContext.of(OrgId.named("rate-" + number), Actor.service("benchmark"));
        host.orgs().create(org);
        orgs.add(org);
        host.jobs().admin().setLimits(org, kind(number).queue(), LaneLimits.maxRunning(10_000).withRate(limit));
        int jobs = limit.burst() + (int) (1.5 * limit.perSecond() * time.toSeconds()) + 100;
        for (int left = jobs; left > 0; left -= CALL) {
            host.jobs().enqueueAll(org,
                    Collections.nCopies(Math.min(CALL, left), JobRequest.of(kind(number), "{}")));
        }
    }

    private static double[] started(Connection admin, TenantContext org) throws SQLException {
        try (PreparedStatement statement = admin.prepareStatement(
                "SELECT extract(epoch FROM h.first_run_at)::float8 FROM croft.job_history h WHERE h.org_id = ?")) {
            statement.setObject(1, org.org().value());
            List<Double> times = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    times.add(rows.getDouble(1));
                }
            }
            return times.stream().mapToDouble(Double::doubleValue).toArray();
        }
    }
}
