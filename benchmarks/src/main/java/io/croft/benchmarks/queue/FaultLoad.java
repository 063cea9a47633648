package io.croft.benchmarks.queue;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Database;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.LaneLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A host that enqueues all the time, each job under a key of its own, and changes limits. A call that fails is made
 * again until it succeeds: whether the first one was committed is not known, but by its key there is one job.
 */
final class FaultLoad implements AutoCloseable {

    private static final int ORGS = 40;
    private static final int MAX_LIMIT = 6;
    private static final int MAX_CALL = 10;
    private static final long PAUSE_NANOS = Duration.ofMillis(60).toNanos();
    private static final int CALLS_PER_LIMIT = 16;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Croft croft;
    private final SplittableRandom random;
    private final List<TenantContext> orgs = new ArrayList<>();
    private final Map<Long, JobKind> enqueued = new HashMap<>();
    private final Thread thread = Thread.ofPlatform().name("croft-fault-load").daemon().unstarted(this::load);
    private volatile boolean over;
    private int keys;
    private long repeated;
    private @Nullable RuntimeException failure;

    FaultLoad(Database database, SplittableRandom random) {
        this.croft = Croft.builder().store(database.store()).start();
        this.random = random;
        for (int i = 0; i < ORGS; i++) {
            TenantContext org = TenantContext.of(OrgId.named("faults-" + i), Actor.service("proof"));
            croft.orgs().create(org);
            orgs.add(org);
            limit(org);
        }
    }

    void start() {
        thread.start();
    }

    /** Ends it and returns the kinds of all jobs, by their ids. */
    Map<Long, JobKind> finish() throws InterruptedException {
        over = true;
        thread.join();
        if (failure != null) {
            throw failure;
        }
        return enqueued;
    }

    /** Calls that failed and were made again. */
    long repeated() {
        return repeated;
    }

    @Override
    public void close() {
        over = true;
        croft.close();
    }

    private void load() {
        try {
            for (int call = 1; !over; call++) {
                // the less its number, the more an organisation has
                int bound = 1 + random.nextInt(ORGS);
                enqueue(orgs.get(random.nextInt(bound)));
                if (call % CALLS_PER_LIMIT == 0) {
                    limit(orgs.get(random.nextInt(ORGS)));
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (RuntimeException e) {
            failure = e; // thrown by finish
        }
    }

    private void enqueue(TenantContext org) {
        List<JobRequest> requests = new ArrayList<>();
        for (int i = random.nextInt(MAX_CALL); i >= 0; i--) {
            int chance = random.nextInt(20);
            JobKind kind = chance == 0
                    ? FaultWorker.DOOMED
                    : chance % 2 == 0 ? FaultWorker.TRANSACTIONAL : FaultWorker.PLAIN;
            requests.add(JobRequest.of(kind, "{}").withKey("key-" + ++keys));
        }
        List<JobReceipt> receipts = untilDone(() -> croft.jobs().enqueueAll(org, requests));
        for (int i = 0; i < requests.size(); i++) {
            enqueued.put(receipts.get(i).id().value(), requests.get(i).kind());
        }
    }

    private void limit(TenantContext org) {
        LaneLimits limits = LaneLimits.maxRunning(1 + random.nextInt(MAX_LIMIT));
        untilDone(() -> {
            croft.jobs().admin().setLimits(org, FaultWorker.QUEUE, limits);
            return limits;
        });
    }

    private <T> T untilDone(Supplier<T> call) {
        long start = System.nanoTime();
        while (true) {
            try {
                return call.get();
            } catch (CroftException e) {
                if (System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw e;
                }
                repeated++;
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }
}
