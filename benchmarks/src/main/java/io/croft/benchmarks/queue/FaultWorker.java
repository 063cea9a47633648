package io.croft.benchmarks.queue;

import com.zaxxer.hikari.HikariDataSource;
import io.croft.Croft;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.run.Database;
import io.croft.job.JobContext;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.RetryPolicy;
import io.croft.job.WorkerSettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * A worker process to which everything happens. Its jobs take 0 to 60 ms; one in ten fails by itself and is repeated.
 * Some leave a mark and complete in one transaction, some never succeed.
 */
final class FaultWorker {

    static final String QUEUE = "faults";
    static final Duration LEASE = Duration.ofSeconds(2);
    static final JobKind PLAIN = kind("faults.plain", 50);
    static final JobKind TRANSACTIONAL = kind("faults.transactional", 50);
    static final JobKind DOOMED = kind("faults.doomed", 2);

    private static final String ADD_MARK = "INSERT INTO public.mark (job, fence) VALUES (?, ?)";
    private static final int SLOTS = 16;
    private static final int MAX_WORK_MICROS = 60_000;

    private final WorkLog log;
    private final DataSource marks;

    private FaultWorker(WorkLog log, DataSource marks) {
        this.log = log;
        this.marks = marks;
    }

    private static JobKind kind(String name, int attempts) {
        return JobKind.of(name, QUEUE).withLease(LEASE)
                .withRetry(RetryPolicy.exponential(Duration.ofMillis(20), Duration.ofMillis(200))
                        .withMaxAttempts(attempts));
    }

    /**
     * Works until standard input ends.
     *
     * @param args the database's address, the worker's name and the path of its log
     */
    public static void main(String[] args) throws Exception {
        try (Database database = Database.at(List.of(args[0], args[1]));
                HikariDataSource marks = database.hostPool();
                WorkLog log = WorkLog.create(Path.of(args[3]))) {
            FaultWorker worker = new FaultWorker(log, marks);
            try (Croft croft = Croft.builder().store(database.store()).handler(PLAIN, worker::plain)
                    .handler(TRANSACTIONAL, worker::transactional).handler(DOOMED, worker::doomed)
                    .workers(WorkerSettings.defaults().withSlots(SLOTS).withWorker(args[2])
                            .withPoll(Duration.ofMillis(20), Duration.ofMillis(100)))
                    .start()) {
                croft.jobs().admin().unhandledKinds().forEach(System.out::println);
                System.out.println("READY");
                ChildJvm.untilParentEnds();
            }
        }
        System.out.println("STOPPED");
    }

    private JobResult plain(JobContext job) {
        work(job);
        log.ended(job.tenant().org().value(), job.id().value(), job.fence());
        return JobResult.completed("{\"fence\":" + job.fence() + "}");
    }

    private JobResult transactional(JobContext job) throws Exception {
        work(job);
        try (Connection connection = marks.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement add = connection.prepareStatement(ADD_MARK)) {
                add.setLong(1, job.id().value());
                add.setLong(2, job.fence());
                add.executeUpdate();
            }
            log.ended(job.tenant().org().value(), job.id().value(), job.fence());
            job.completeIn(connection, Optional.empty());
            connection.commit();
        }
        return JobResult.completed();
    }

    private JobResult doomed(JobContext job) {
        work(job);
        throw new IllegalStateException("it never succeeds");
    }

    private void work(JobContext job) {
        log.began(job.tenant().org().value(), job.id().value(), job.fence());
        LockSupport.parkNanos(1_000L * ThreadLocalRandom.current().nextInt(MAX_WORK_MICROS));
        if (ThreadLocalRandom.current().nextInt(10) == 0) {
            throw new IllegalStateException("this attempt fails");
        }
    }
}
