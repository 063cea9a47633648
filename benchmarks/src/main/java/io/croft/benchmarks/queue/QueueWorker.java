package io.croft.benchmarks.queue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.Croft;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.run.Database;
import io.croft.job.JobContext;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.WorkerSettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * A worker process of the queue's proof. Its jobs take 0 to 5 ms. Half of them complete plainly with their fence as the
 * result; the others write a row of their own and complete in the same transaction.
 */
final class QueueWorker {

    static final String QUEUE = "proof";
    /** A short lease, so that the jobs of a killed worker come back soon. */
    static final Duration LEASE = Duration.ofSeconds(3);
    static final JobKind PLAIN = JobKind.of("proof.plain", QUEUE).withLease(LEASE);
    static final JobKind TRANSACTIONAL = JobKind.of("proof.transactional", QUEUE).withLease(LEASE);
    /** Where transactional jobs leave their mark; nothing keeps two marks of one job apart. */
    static final String CREATE_MARKS = "CREATE TABLE public.mark (job bigint NOT NULL, fence bigint NOT NULL)";

    private static final String ADD_MARK = "INSERT INTO public.mark (job, fence) VALUES (?, ?)";
    private static final int SLOTS = 24;
    private static final int MAX_WORK_MICROS = 5_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final WorkLog log;
    private final DataSource marks;
    private final AtomicInteger untilHanging;

    private QueueWorker(WorkLog log, DataSource marks, int hangAt) {
        this.log = log;
        this.marks = marks;
        this.untilHanging = new AtomicInteger(hangAt);
    }

    /**
     * Works until standard input ends.
     *
     * @param args the database's address, the worker's name, the path of its log, and which of its attempts never ends,
     *             so that the worker can be killed in the middle of it; 0 for none
     */
    public static void main(String[] args) throws Exception {
        try (Database database = Database.at(List.of(args[0], args[1]));
                HikariDataSource marks = database.hostPool();
                WorkLog log = WorkLog.create(Path.of(args[3]))) {
            QueueWorker worker = new QueueWorker(log, marks, Integer.parseInt(args[4]));
            try (Croft croft = Croft.builder().store(database.store())
                    .handler(PLAIN, worker::plain).handler(TRANSACTIONAL, worker::transactional)
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

    private JobResult plain(JobContext job) throws Exception {
        begin(job);
        end(job);
        return JobResult.completed("{\"fence\":" + job.fence() + "}");
    }

    private JobResult transactional(JobContext job) throws Exception {
        begin(job);
        try (Connection connection = marks.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement add = connection.prepareStatement(ADD_MARK)) {
                add.setLong(1, job.id().value());
                add.setLong(2, job.fence());
                add.executeUpdate();
            }
            end(job);
            job.completeIn(connection, Optional.empty());
            connection.commit();
        }
        return JobResult.completed();
    }

    private void begin(JobContext job) throws Exception {
        log.began(job.tenant().org().value(), job.id().value(), job.fence());
        if (untilHanging.decrementAndGet() == 0) {
            System.out.println("HANGING");
            ChildJvm.untilKilled();
        }
        JsonNode payload = JSON.readTree(job.payload());
        SplittableRandom random = new SplittableRandom(payload.path("seed").asLong() + job.attempt());
        LockSupport.parkNanos(1_000L * random.nextInt(MAX_WORK_MICROS));
    }

    private void end(JobContext job) {
        log.ended(job.tenant().org().value(), job.id().value(), job.fence());
    }
}
