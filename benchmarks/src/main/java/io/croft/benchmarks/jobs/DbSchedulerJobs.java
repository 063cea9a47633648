package io.croft.benchmarks.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.benchmarks.run.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * db-scheduler as its documentation says it is fastest: lock-and-fetch polling (on Postgres one statement with SKIP
 * LOCKED) that keeps between half and four times its threads picked, 50 threads, a connection for each, immediate
 * execution of what this process schedules, and its batch scheduling. It knows no organisations; their number is part
 * of the instances' ids.
 */
final class DbSchedulerJobs implements JobPeer {

    private static final int THREADS = 50;
    private static final int CALL = 1000;

    private final QueueTables tables;
    private final HikariDataSource pool;
    private final int orgCount;

    DbSchedulerJobs(Database database, int orgCount) throws SQLException {
        this.tables = new QueueTables(database);
        this.pool = database.hostPool(THREADS + Enqueuers.THREADS + 2);
        this.orgCount = orgCount;
        tables.execute(DbSchedulerTables.CREATE);
    }

    @Override
    public String name() {
        return "db-scheduler, " + THREADS + " threads, lock and fetch, batch scheduling";
    }

    @Override
    public Round round(int first, int jobs) throws Exception {
        tables.execute(DbSchedulerTables.CLEAR);
        AtomicReference<CountDownLatch> left = new AtomicReference<>(new CountDownLatch(0));
        OneTimeTask<String> task =
                Tasks.oneTime("nothing", String.class).execute((instance, context) -> left.get().countDown());
        Scheduler scheduler = Scheduler.create(pool, task).threads(THREADS).pollUsingLockAndFetch(0.5, 4.0)
                .pollingInterval(Duration.ofMillis(100)).enableImmediateExecution().build();
        scheduler.start();
        try {
            run(scheduler, task, left, first);
            return run(scheduler, task, left, jobs);
        } finally {
            scheduler.stop();
        }
    }

    private Round run(Scheduler scheduler, OneTimeTask<String> task, AtomicReference<CountDownLatch> latch, int jobs)
            throws Exception {
        CountDownLatch left = new CountDownLatch(jobs);
        latch.set(left);
        long start = System.nanoTime();
        Enqueuers.run((jobs + CALL - 1) / CALL, number -> {
            List<TaskInstance<?>> instances = new ArrayList<>();
            for (int i = number * CALL; i < Math.min(jobs, (number + 1) * CALL); i++) {
                instances.add(task.instance(i % orgCount + "-" + i, "{\"n\":" + i + "}"));
            }
            scheduler.scheduleBatch(instances, Instant.now());
        });
        long enqueued = System.nanoTime();
        if (!left.await(CroftJobs.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException(left.getCount() + " jobs were not run");
        }
        tables.awaitZero("the end of all tasks", CroftJobs.PATIENCE, DbSchedulerTables.LIVE);
        return new Round(System.nanoTime() - start, enqueued - start);
    }

    @Override
    public void close() throws SQLException {
        pool.close();
        tables.close();
    }
}
