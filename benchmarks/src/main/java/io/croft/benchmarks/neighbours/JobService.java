package io.croft.benchmarks.neighbours;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import io.croft.job.JobRequest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Jobs enqueued one by one into a queue by the process that works on it, every organisation with the default limits. A
 * call is answered when the job's handler begins. Each job has a deadline: what the workers do not come to in time is
 * dropped, as it is of no use then.
 */
final class JobService implements Service {

    private static final Duration USEFUL = Duration.ofSeconds(1);
    /** What begins by then has begun, and ends, while it is of use. */
    private static final Duration DEADLINE = Duration.ofMillis(800);
    private static final Duration RAMP = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration LEAD = Duration.ofMillis(50);
    private static final String LIVE = "SELECT count(*) FROM (SELECT 1 FROM croft.job LIMIT 1) t";

    private final Croft croft;
    private final Database database;
    private final TimedWork work;
    private final int slots;
    private final List<TenantContext> orgs = new ArrayList<>();

    /**
     * Jobs of this product.
     *
     * @param database of the product
     * @param work     the product's handler for {@link TimedWork#KIND}
     * @param slots    how many jobs it runs at once
     */
    JobService(Croft croft, Database database, TimedWork work, int slots) {
        this.croft = croft;
        this.database = database;
        this.work = work;
        this.slots = slots;
    }

    /** Makes organisations. */
    void moveIn(int count) {
        for (int i = 0; i < count; i++) {
            TenantContext org = TenantContext.of(OrgId.named("neighbour-" + i), Actor.service("benchmark"));
            croft.orgs().create(org);
            orgs.add(org);
        }
    }

    @Override
    public String name() {
        return "jobs";
    }

    @Override
    public Duration useful() {
        return USEFUL.minus(TimedWork.TIME);
    }

    @Override
    public double capacity(Duration time) {
        double most = slots * (double) time.plus(RAMP).toNanos() / TimedWork.TIME.toNanos();
        int each = 1 + (int) (1.5 * most / orgs.size());
        JobRequest request = JobRequest.of(TimedWork.KIND, TimedWork.payload())
                .withDeadline(Instant.now().plus(time).plus(RAMP.multipliedBy(3)));
        for (TenantContext org : orgs) {
            croft.jobs().enqueueAll(org, Collections.nCopies(each, request));
        }
        LockSupport.parkNanos(RAMP.toNanos());
        long before = work.begun();
        long begin = System.nanoTime();
        LockSupport.parkNanos(time.toNanos());
        double rate = (work.begun() - before) / ((System.nanoTime() - begin) / 1e9);
        awaitNone();
        return rate;
    }

    @Override
    public Fates run(Arrivals arrivals) {
        Fates fates = new Fates(arrivals, System.nanoTime() + LEAD.toNanos());
        work.begin(fates);
        OpenLoop.run(fates, arrivals.count(), USEFUL, call -> {
            try {
                croft.jobs().enqueue(orgs.get(fates.org(call)),
                        JobRequest.of(TimedWork.KIND, work.payload(call)).withDeadline(deadline(fates, call)));
            } catch (CroftException e) {
                fates.failed(call, e.getClass().getSimpleName());
            }
        });
        awaitNone();
        return fates;
    }

    /** By the clock of the database, which is this machine's. */
    private static Instant deadline(Fates fates, int call) {
        return Instant.now().plusNanos(fates.due(call) - System.nanoTime()).plus(DEADLINE);
    }

    private void awaitNone() {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Waiting.until("the end of all jobs", PATIENCE, () -> live(statement) == 0);
        } catch (SQLException e) {
            throw new IllegalStateException("the jobs that are left could not be counted", e);
        }
    }

    private static int live(Statement statement) {
        try (ResultSet rows = statement.executeQuery(LIVE)) {
            rows.next();
            return rows.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException("the jobs that are left could not be counted", e);
        }
    }
}
