package io.croft.benchmarks.queue;

import io.croft.benchmarks.queue.LaneWatch.Seen;
import io.croft.benchmarks.queue.WorkLog.Attempt;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import io.croft.job.JobKind;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Four worker processes and a host that enqueues reach a Postgres through a proxy. Workers are killed and stopped past
 * their leases, Postgres is killed, connections are cut and answers to COMMIT are dropped, in random order. Then all is
 * left in peace, and every job that was enqueued must have ended exactly once, by an attempt that held it.
 */
final class FaultProof {

    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int SHOWN = 20;
    private static final int PROGRESS_EVERY = 50;

    private final Database database;
    private final Path folder;
    private final SplittableRandom random;
    private final Consumer<String> progress;

    /**
     * How often what happens.
     *
     * @param kills   of workers, with SIGKILL
     * @param stops   of workers, with SIGSTOP until after their leases
     * @param crashes of Postgres
     * @param cuts    half of them of all connections at once, half of one after its COMMIT
     */
    record Faults(int kills, int stops, int crashes, int cuts) {
    }

    /** One thing that happens. */
    private enum Fault {
        KILL, STOP, CRASH, CUT_ALL, DROP_COMMIT_REPLY
    }

    /**
     * What came of it.
     *
     * @param jobs      how many were enqueued
     * @param attempts  executed
     * @param repeated  calls of the host that failed and were made again
     * @param clocksOff whether two workers' clocks were a day off
     * @param seen      how limits were kept
     * @param wrong     everything that was wrong, in words: must be none
     */
    record Report(long jobs, long attempts, long repeated, boolean clocksOff, Seen seen, List<String> wrong) {

        Report {
            wrong = List.copyOf(wrong);
        }
    }

    FaultProof(Database database, Path folder, long seed, Consumer<String> progress) {
        this.database = database;
        this.folder = folder;
        this.random = new SplittableRandom(seed);
        this.progress = progress;
    }

    Report run(Faults faults) throws Exception {
        database.store().close(); // migrates
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            statement.execute(QueueWorker.CREATE_MARKS);
        }
        try (PostgresProxy proxy = PostgresProxy.before(database.address().getFirst())) {
            List<String> address = database.address().stream().map(proxy::through).toList();
            try (Database proxied = Database.at(address);
                    FaultLoad load = new FaultLoad(proxied, random.split());
                    FaultCrew crew = new FaultCrew(address, folder, random.split());
                    LaneWatch watch = LaneWatch.start(database)) {
                load.start();
                cause(inRandomOrder(faults), crew, proxy);
                Map<Long, JobKind> enqueued = load.finish();
                progress.accept(enqueued.size() + " jobs were enqueued; now all is left in peace");
                Waiting.until("all jobs to end", PATIENCE, () -> {
                    crew.revive();
                    return isAllOver();
                });
                Seen seen = watch.finish();
                List<Attempt> attempts = crew.finish();
                try (Connection connection = database.connect()) {
                    List<String> wrong = new FaultAudit(connection).faults(enqueued, attempts);
                    return new Report(enqueued.size(), attempts.size(), load.repeated(), crew.hasClocksOff(), seen,
                            wrong.subList(0, Math.min(SHOWN, wrong.size())));
                }
            }
        }
    }

    private List<Fault> inRandomOrder(Faults faults) {
        List<Fault> all = new ArrayList<>();
        all.addAll(Collections.nCopies(faults.kills(), Fault.KILL));
        all.addAll(Collections.nCopies(faults.stops(), Fault.STOP));
        all.addAll(Collections.nCopies(faults.crashes(), Fault.CRASH));
        all.addAll(Collections.nCopies(faults.cuts() / 2, Fault.CUT_ALL));
        all.addAll(Collections.nCopies(faults.cuts() - faults.cuts() / 2, Fault.DROP_COMMIT_REPLY));
        Collections.shuffle(all, new Random(random.nextLong()));
        return all;
    }

    private void cause(List<Fault> faults, FaultCrew crew, PostgresProxy proxy) {
        for (int i = 0; i < faults.size(); i++) {
            Fault fault = faults.get(i);
            pause(crew);
            switch (fault) {
                case KILL -> Waiting.until("a worker to kill", PATIENCE, () -> {
                    crew.resumeWhoIsDue();
                    return crew.kill();
                });
                case STOP -> Waiting.until("a worker to stop", PATIENCE, () -> {
                    crew.resumeWhoIsDue();
                    return crew.stop();
                });
                case CRASH -> database.crash();
                case CUT_ALL -> Waiting.until("connections to cut", PATIENCE, () -> {
                    crew.resumeWhoIsDue();
                    return proxy.cutAll() > 0;
                });
                case DROP_COMMIT_REPLY -> {
                    proxy.dropNextCommitReply();
                    Waiting.until("a COMMIT", PATIENCE, () -> {
                        crew.resumeWhoIsDue();
                        return !proxy.isToDrop();
                    });
                }
            }
            if ((i + 1) % PROGRESS_EVERY == 0) {
                progress.accept((i + 1) + " of " + faults.size() + " faults");
            }
        }
        Waiting.until("stopped workers to go on", PATIENCE, () -> {
            crew.resumeWhoIsDue();
            return !crew.isAnyStopped();
        });
    }

    /** Some work gets done between faults, or nothing would ever end. */
    private void pause(FaultCrew crew) {
        long end = System.nanoTime() + Duration.ofMillis(50 + random.nextInt(500)).toNanos();
        while (System.nanoTime() - end < 0) {
            crew.resumeWhoIsDue();
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private boolean isAllOver() {
        try (Connection connection = database.connect()) {
            return new FaultAudit(connection).number(FaultAudit.LEFT_OVER) == 0;
        } catch (SQLException e) {
            throw new IllegalStateException("the database could not be asked: " + e.getMessage(), e);
        }
    }
}
