package io.croft.benchmarks.jobs;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rows a second of enqueueing 1, 100, 1,000 and 100,000 jobs a call, from one thread, beside db-scheduler's batch, on a
 * Postgres that waits for the disk at each commit. Nobody works on the jobs; our upkeep runs meanwhile.
 */
public final class EnqueueBenchmark implements Benchmark {

    private static final int[] CALLS = {1, 100, 1_000, 100_000};
    private static final int BULK = 1_000;
    private static final double LEAST_ROWS = 50_000;
    private static final double LEAST_RATIO = 3;
    private static final JobKind KIND = JobKind.of("bench.row", "bench-rows");

    /** Enqueues rows of a round in calls of this size. */
    private interface Way {

        void enqueue(int from, int to);
    }

    @Override
    public Outcome run() throws Exception {
        int rows = Given.count("rows", 200_000);
        int rounds = Given.count("rounds", 5);
        OneTimeTask<String> task = Tasks.oneTime("row", String.class).execute((instance, context) -> {
        });
        try (Database database = Database.startDurable();
                QueueTables tables = new QueueTables(database);
                HikariDataSource pool = database.hostPool();
                Croft croft = Croft.builder().store(database.store()).start()) {
            tables.execute(DbSchedulerTables.CREATE);
            TenantContext org = TenantContext.of(OrgId.named("rows"), Actor.service("benchmark"));
            croft.orgs().create(org);
            SchedulerClient client = SchedulerClient.Builder.create(pool, task).build();
            Way ours = (from, to) -> {
                List<JobRequest> requests = new ArrayList<>(to - from);
                for (int i = from; i < to; i++) {
                    requests.add(JobRequest.of(KIND, payload(i)));
                }
                croft.jobs().enqueueAll(org, requests);
            };
            Way theirs = (from, to) -> {
                List<TaskInstance<?>> instances = new ArrayList<>(to - from);
                for (int i = from; i < to; i++) {
                    instances.add(task.instance("row-" + i, payload(i)));
                }
                client.scheduleBatch(instances, Instant.now());
            };
            return compare(tables, ours, theirs, rows, rounds);
        }
    }

    private static String payload(int number) {
        return "{\"document\":\"d-" + number + "\",\"revision\":" + number % 7 + "}";
    }

    private static Outcome compare(QueueTables tables, Way ours, Way theirs, int rows, int rounds) throws Exception {
        System.out.println("rows a call    ours rows/s    db-scheduler rows/s    ratio (medians)");
        boolean reached = true;
        for (int call : CALLS) {
            // A call of one row waits for the disk each time: a hundredth of the rows says as much.
            int count = call == 1 ? Math.max(100, rows / 100) : Math.max(rows, call);
            double[] own = new double[rounds];
            double[] other = new double[rounds];
            double[] ratios = new double[rounds];
            for (int round = -1; round < rounds; round++) {
                double mine = rate(tables, ours, call, count);
                double peer = rate(tables, theirs, call, count);
                if (round >= 0) {
                    own[round] = mine;
                    other[round] = peer;
                    ratios[round] = mine / peer;
                }
            }
            double rate = JobsBenchmark.median(own);
            double ratio = JobsBenchmark.median(ratios);
            System.out.printf(Locale.ROOT, "%,11d    %,11.0f    %,19.0f    %5.2f%n", call, rate,
                    JobsBenchmark.median(other), ratio);
            reached &= call < BULK || (rate >= LEAST_ROWS && ratio >= LEAST_RATIO);
        }
        System.out.printf(Locale.ROOT, "bars, from %,d rows a call on: at least %,.0f rows/s, ratio at least %.0f%n",
                BULK,
                LEAST_ROWS, LEAST_RATIO);
        return reached ? Outcome.REACHED : Outcome.MISSED;
    }

    private static double rate(QueueTables tables, Way way, int call, int rows) throws Exception {
        tables.clear();
        tables.execute(DbSchedulerTables.CLEAR);
        tables.execute("CHECKPOINT");
        long start = System.nanoTime();
        for (int from = 0; from < rows; from += call) {
            way.enqueue(from, Math.min(rows, from + call));
        }
        return rows / ((System.nanoTime() - start) / 1e9);
    }
}
