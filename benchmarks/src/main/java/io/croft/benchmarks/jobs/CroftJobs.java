package io.croft.benchmarks.jobs;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Database;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.WorkerSettings;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Our own queue: every organisation with its default limit of five at a time, each call enqueues jobs of one
 * organisation, as a host has to.
 */
final class CroftJobs implements JobPeer {

    static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final JobKind NOTHING = JobKind.of("bench.nothing", "bench");
    private static final String LIVE = "SELECT count(*) FROM (SELECT 1 FROM croft.job LIMIT 1) t";

    private final Database database;
    private final QueueTables tables;
    private final int slots;
    private final List<TenantContext> orgs = new ArrayList<>();

    CroftJobs(Database database, int orgCount, int slots) throws SQLException {
        this.database = database;
        this.slots = slots;
        this.tables = new QueueTables(database);
        try (Croft croft = Croft.builder().store(database.store()).start()) {
            for (int i = 0; i < orgCount; i++) {
                TenantContext org = TenantContext.of(OrgId.named("jobs-" + i), Actor.service("benchmark"));
                croft.orgs().create(org);
                orgs.add(org);
            }
        }
    }

    @Override
    public String name() {
        return "Croft, " + slots + " slots, fair over " + orgs.size() + " organisations of 5 at a time each";
    }

    @Override
    public Round round(int first, int jobs) throws Exception {
        tables.clear();
        AtomicReference<CountDownLatch> left = new AtomicReference<>(new CountDownLatch(0));
        try (Croft croft = Croft.builder().store(database.store()).handler(NOTHING, job -> {
            left.get().countDown();
            return JobResult.completed();
        }).workers(WorkerSettings.defaults().withSlots(slots)).start()) {
            run(croft, left, first);
            return run(croft, left, jobs);
        }
    }

    private Round run(Croft croft, AtomicReference<CountDownLatch> latch, int jobs) throws Exception {
        CountDownLatch left = new CountDownLatch(jobs);
        latch.set(left);
        long start = System.nanoTime();
        Enqueuers.run(orgs.size(), number -> {
            int count = jobs / orgs.size() + (number < jobs % orgs.size() ? 1 : 0);
            List<JobRequest> requests = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                requests.add(JobRequest.of(NOTHING, "{\"n\":" + i + "}"));
            }
            if (!requests.isEmpty()) {
                croft.jobs().enqueueAll(orgs.get(number), requests);
            }
        });
        long enqueued = System.nanoTime();
        if (!left.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException(left.getCount() + " jobs were not run within " + PATIENCE);
        }
        tables.awaitZero("the end of all jobs", PATIENCE, LIVE);
        return new Round(System.nanoTime() - start, enqueued - start);
    }

    @Override
    public void close() throws SQLException {
        tables.close();
    }
}
