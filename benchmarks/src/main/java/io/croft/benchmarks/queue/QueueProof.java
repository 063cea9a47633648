package io.croft.benchmarks.queue;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.queue.LimitSampler.Samples;
import io.croft.benchmarks.queue.WorkLog.Attempt;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobId;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneLimits;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Has two worker processes work off the jobs of many organisations, each with its own limit, kills one of them with
 * SIGKILL midway, starts another in its place, and checks every promise of the queue: in the database, as the handlers
 * saw it, and through the API.
 */
final class QueueProof {

    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int MAX_LIMIT = 6;
    private static final int SHOWN = 10;

    private final Database database;
    private final Path folder;
    private final Consumer<String> progress;
    private final SplittableRandom random;
    private final int orgCount;
    private final int jobsPerOrg;

    private final List<TenantContext> orgs = new ArrayList<>();
    private final Map<UUID, Integer> limits = new HashMap<>();
    private final Map<Long, UUID> enqueued = new HashMap<>();
    private final Set<Long> transactional = new HashSet<>();
    private final List<Attempt> attempts = new ArrayList<>();

    /**
     * What was seen.
     *
     * @param jobs       how many were enqueued
     * @param orphans    the attempts that the killed worker held when it was gone
     * @param repeated   jobs that were executed more than once
     * @param samples    what the database showed while the jobs ran
     * @param fullest    organisations whose handlers ran at their limit
     * @param faults     everything that was wrong, in words: must be none
     */
    record Report(long jobs, long orphans, long repeated, Samples samples, long fullest, List<String> faults) {

        Report {
            faults = List.copyOf(faults);
        }
    }

    QueueProof(Database database, Path folder, long seed, Consumer<String> progress) {
        this(database, folder, seed, progress, 200, 100);
    }

    private QueueProof(Database database, Path folder, long seed, Consumer<String> progress, int orgCount,
            int jobsPerOrg) {
        this.database = database;
        this.folder = folder;
        this.progress = progress;
        this.random = new SplittableRandom(seed);
        this.orgCount = orgCount;
        this.jobsPerOrg = jobsPerOrg;
    }

    Report run() throws Exception {
        try (Croft croft = Croft.builder().store(database.store()).start();
                Connection connection = database.connect()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(QueueWorker.CREATE_MARKS);
            }
            createOrgs(croft);
            enqueue(croft, jobsPerOrg / 2);
            progress.accept(enqueued.size() + " jobs of " + orgCount + " organisations wait");
            QueueAudit audit = new QueueAudit(connection);
            long orphans;
            Samples samples;
            try (LimitSampler sampler = LimitSampler.start(database)) {
                orphans = work(croft, audit);
                samples = sampler.finish();
            }
            List<String> faults = new ArrayList<>(audit.faults(enqueued, transactional, attempts));
            faults.addAll(depthFaults(croft));
            faults.addAll(resultFaults(croft));
            Map<UUID, Integer> peaks = QueueAudit.peaks(attempts);
            peaks.forEach((org, peak) -> {
                if (peak > limits.getOrDefault(org, 0)) {
                    faults.add("organisation " + org + " had " + peak + " handlers at once; its limit is "
                            + limits.get(org));
                }
            });
            long fullest =
                    peaks.entrySet().stream().filter(org -> org.getValue().equals(limits.get(org.getKey()))).count();
            long repeated = attempts.size() - attempts.stream().map(Attempt::job).distinct().count();
            return new Report(enqueued.size(), orphans, repeated, samples, fullest,
                    faults.subList(0, Math.min(SHOWN, faults.size())));
        }
    }

    /** Everything from the start of the first worker to the end of the last job; returns what the killed one held. */
    private long work(Croft croft, QueueAudit audit) throws SQLException {
        long orphans;
        try (ChildJvm first = worker("first", hangAt()); ChildJvm second = worker("second", 0)) {
            first.awaitLine("READY");
            second.awaitLine("READY");
            enqueue(croft, jobsPerOrg - jobsPerOrg / 2);
            first.awaitLine("HANGING", PATIENCE);
            first.kill();
            read("first");
            orphans = audit.heldBy("first");
            progress.accept("one worker killed after " + audit.finished() + " jobs; it held " + orphans);
            try (ChildJvm replacement = worker("third", 0)) {
                Waiting.until("all jobs to be done", PATIENCE, () -> ask(audit::finished) >= enqueued.size());
                Waiting.until("all counters to be zero", PATIENCE, () -> ask(audit::leftOver) == 0);
                replacement.awaitLine("READY");
                replacement.stop();
                read("third");
            }
            second.stop();
            read("second");
        }
        return orphans;
    }

    /** About halfway through the half of the jobs that one of two workers gets. */
    private int hangAt() {
        return orgCount * jobsPerOrg / 5 + random.nextInt(orgCount * jobsPerOrg / 10);
    }

    private ChildJvm worker(String name, int hangAt) {
        List<String> args = new ArrayList<>(database.address());
        args.addAll(List.of(name, log(name).toString(), Integer.toString(hangAt)));
        return ChildJvm.start(QueueWorker.class, name, folder, args);
    }

    private Path log(String name) {
        return folder.resolve(name + ".attempts");
    }

    private void read(String name) {
        attempts.addAll(WorkLog.read(log(name), WorkLog.micros(Instant.now())));
    }

    private void createOrgs(Croft croft) {
        for (int i = 0; i < orgCount; i++) {
            TenantContext org = TenantContext.of(OrgId.named("queue-" + i), Actor.service("proof"));
            croft.orgs().create(org);
            int limit = 1 + random.nextInt(MAX_LIMIT);
            croft.jobs().admin().setLimits(org, QueueWorker.QUEUE, LaneLimits.maxRunning(limit));
            orgs.add(org);
            limits.put(org.org().value(), limit);
        }
    }

    private void enqueue(Croft croft, int each) {
        for (TenantContext org : orgs) {
            List<JobRequest> requests = new ArrayList<>();
            for (int i = 0; i < each; i++) {
                requests.add(JobRequest.of(i % 2 == 0 ? QueueWorker.PLAIN : QueueWorker.TRANSACTIONAL,
                        "{\"seed\":" + random.nextInt(1_000_000) + "}"));
            }
            List<JobReceipt> receipts = croft.jobs().enqueueAll(org, requests);
            for (int i = 0; i < each; i++) {
                long id = receipts.get(i).id().value();
                enqueued.put(id, org.org().value());
                if (requests.get(i).kind().equals(QueueWorker.TRANSACTIONAL)) {
                    transactional.add(id);
                }
            }
        }
    }

    private List<String> depthFaults(Croft croft) {
        List<String> faults = new ArrayList<>();
        for (TenantContext org : orgs) {
            JobCounts counts = croft.jobs().admin().counts(org).getOrDefault(QueueWorker.QUEUE, JobCounts.NONE);
            if (counts.ready() != 0 || counts.running() != 0) {
                faults.add("organisation " + org.org() + " has " + counts + " after all is done");
            }
        }
        return faults;
    }

    /** A tenth of the jobs as a host sees them. */
    private List<String> resultFaults(Croft croft) {
        List<String> faults = new ArrayList<>();
        Map<UUID, TenantContext> contexts = new HashMap<>();
        orgs.forEach(org -> contexts.put(org.org().value(), org));
        enqueued.forEach((id, org) -> {
            TenantContext context = contexts.get(org);
            if (context != null && random.nextInt(10) == 0) {
                Optional<Job> job = croft.jobs().find(context, new JobId(id));
                if (job.isEmpty() || job.get().state() != JobState.COMPLETED
                        || job.get().result().isEmpty() != transactional.contains(id)) {
                    faults.add("job " + id + " is seen as " + job);
                }
            }
        });
        return faults;
    }

    private static long ask(Question question) {
        try {
            return question.ask();
        } catch (SQLException e) {
            throw new IllegalStateException("the database could not be asked", e);
        }
    }

    private interface Question {

        long ask() throws SQLException;
    }
}
