package io.croft.benchmarks.jobs;

import com.zaxxer.hikari.HikariDataSource;
import io.croft.benchmarks.run.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.configuration.JobRunrConfiguration.JobRunrConfigurationResult;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;

/**
 * JobRunr with 50 workers, a connection for each, the shortest poll interval that it takes on a database (5 s; while
 * there is work it looks without waiting for it), and its bulk enqueue of requests, which needs no analysis of
 * lambdas. Idle, it may take those 5 s to notice the first job, which says nothing of its speed: its time counts from
 * when the first job runs. It knows no organisations; their number is part of the requests.
 */
final class JobRunrJobs implements JobPeer {

    private static final int WORKERS = 50;
    private static final int CALL = 1000;
    private static final String CREATED = "SELECT count(to_regclass('public.jobrunr_jobs'))";
    private static final String LIVE =
            "SELECT count(*) FROM (SELECT 1 FROM public.jobrunr_jobs WHERE state <> 'SUCCEEDED' LIMIT 1) t";

    private final QueueTables tables;
    private final HikariDataSource pool;
    private final int orgCount;

    JobRunrJobs(Database database, int orgCount) throws SQLException {
        this.tables = new QueueTables(database);
        this.pool = database.hostPool(WORKERS + Enqueuers.THREADS + 2);
        this.orgCount = orgCount;
    }

    @Override
    public String name() {
        return "JobRunr, " + WORKERS + " workers, polls every 5 s and while there is work, bulk enqueue";
    }

    @Override
    public Round round(int first, int jobs) throws Exception {
        if (tables.number(CREATED) > 0) {
            tables.execute("TRUNCATE public.jobrunr_jobs");
        }
        NothingHandler handler = new NothingHandler();
        JobRunrConfigurationResult jobrunr = JobRunr.configure().useJsonMapper(new JacksonJsonMapper())
                .useJobActivator(new OneHandler(handler)).useStorageProvider(new PostgresStorageProvider(pool))
                .useBackgroundJobServer(BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andWorkerCount(WORKERS).andPollInterval(Duration.ofSeconds(5)))
                .initialize();
        try {
            run(jobrunr, handler, first);
            return run(jobrunr, handler, jobs);
        } finally {
            JobRunr.destroy();
        }
    }

    private Round run(JobRunrConfigurationResult jobrunr, NothingHandler handler, int jobs) throws Exception {
        CountDownLatch left = handler.expect(jobs);
        long start = System.nanoTime();
        Enqueuers.run((jobs + CALL - 1) / CALL, number -> jobrunr.getJobRequestScheduler().enqueue(
                IntStream.range(number * CALL, Math.min(jobs, (number + 1) * CALL))
                        .mapToObj(i -> new Nothing(i % orgCount, i))));
        long enqueued = System.nanoTime();
        if (!left.await(CroftJobs.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException(left.getCount() + " jobs were not run");
        }
        tables.awaitZero("the end of all jobs", CroftJobs.PATIENCE, LIVE);
        return new Round(System.nanoTime() - handler.firstNanos.get(), enqueued - start);
    }

    @Override
    public void close() throws SQLException {
        pool.close();
        tables.close();
    }

    /** What is enqueued. Public with fields, because JobRunr writes it as JSON. */
    @SuppressWarnings("rawtypes")
    public static final class Nothing implements JobRequest {

        private static final long serialVersionUID = 1;

        /** Whose it is. */
        public int org;
        /** Its number. */
        public int number;

        /** For JobRunr to read. */
        public Nothing() {
        }

        Nothing(int org, int number) {
            this.org = org;
            this.number = number;
        }

        @Override
        public Class<? extends JobRequestHandler> getJobRequestHandler() {
            return NothingHandler.class;
        }
    }

    /** Counts and does nothing else. */
    public static final class NothingHandler implements JobRequestHandler<Nothing> {

        private final AtomicReference<CountDownLatch> left = new AtomicReference<>(new CountDownLatch(0));
        private final AtomicLong firstNanos = new AtomicLong();

        CountDownLatch expect(int jobs) {
            CountDownLatch latch = new CountDownLatch(jobs);
            firstNanos.set(0);
            left.set(latch);
            return latch;
        }

        @Override
        public void run(Nothing request) {
            if (firstNanos.get() == 0) {
                firstNanos.compareAndSet(0, System.nanoTime());
            }
            left.get().countDown();
        }
    }

    /** Gives the one handler to whoever asks. */
    private record OneHandler(NothingHandler handler) implements JobActivator {

        @Override
        public <T> T activateJob(Class<T> type) {
            return type.cast(handler);
        }
    }
}
