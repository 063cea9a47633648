package io.croft.engine.job;

import io.croft.engine.job.Gathering.Batch;
import io.croft.engine.job.Handlers.Handled;
import io.croft.job.BatchedHandler;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.job.WorkerSettings;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims the jobs of one queue, never more than it has free slots, and starts their handlers. A job whose kind has no
 * handler here is put off for others to claim, and one whose deadline has passed is cancelled, both without using up an
 * attempt. Jobs for a handler that takes batches are gathered from one claim, or as long as the handler lets them
 * linger; each of them has a slot from its claim on. Thread-safe.
 */
final class Poller {

    /** How long a job waits whose kind has no handler in the process that claimed it. */
    static final Duration UNHANDLED_DELAY = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(Poller.class);
    private static final int PATIENCE = 20;

    private final String queue;
    private final int slots;
    private final Duration lease;
    private final int together;
    /** Stands for any kind without a handler, whatever its name. */
    private final JobKind unhandled;
    private final String worker;
    private final Shared shared;
    private final Backoff idle;
    /** Slots in use. */
    private final AtomicInteger running = new AtomicInteger();
    private final Gathering gathering = new Gathering();
    private final Loop loop;
    private volatile boolean started;

    /**
     * What the pollers of a process share.
     *
     * @param store     where jobs are claimed
     * @param health    through which it is asked
     * @param handlers  who handles which kind
     * @param unhandled kinds that nobody handles
     * @param attempts  what is held
     * @param runner    runs handlers
     * @param progress  takes what handlers say of their progress
     * @param finisher  takes the outcomes
     * @param upkeep    told when there is work
     * @param threads   a new virtual thread for each call of a handler
     */
    record Shared(JobStore store, StoreHealth health, Handlers handlers, UnhandledKinds unhandled, Attempts attempts,
            Runner runner, ProgressReports progress, Finisher finisher, Upkeep upkeep, Executor threads) {
    }

    Poller(String queue, WorkerSettings settings, Shared shared) {
        this.queue = queue;
        this.slots = settings.slotsOf(queue);
        this.lease = shared.handlers().claimLease(queue);
        this.together = shared.handlers().batch(queue);
        this.unhandled = JobKind.of("unhandled", queue).withLease(lease);
        this.worker = settings.worker();
        this.shared = shared;
        this.idle = new Backoff(settings.poll(), settings.idlePoll(), PATIENCE);
        this.loop = new Loop("croft-poll-" + queue, this::round, Loop.LONGEST_BACKOFF);
    }

    String queue() {
        return queue;
    }

    void start() {
        started = true;
        loop.start();
    }

    /** Whether it claims, and has so many slots free. */
    boolean hasRoom(long jobs) {
        return started && !loop.isStopped() && slots - running.get() >= jobs;
    }

    void stop() {
        loop.stop();
    }

    /** Waits for a stopped poller to end, and gives back what it has gathered. */
    void join(long nanos) throws InterruptedException {
        try {
            loop.join(nanos);
        } finally {
            giveBackBatches(gathering.takeAll());
        }
    }

    /** There may be something to claim now. */
    void wake() {
        idle.reset();
        loop.wake();
    }

    private long round() throws InterruptedException {
        int free = slots - running.get();
        if (free <= 0) {
            call(gathering.takeAll()); // no more will join them
            return Loop.UNTIL_WOKEN; // by the first handler that ends
        }
        List<ClaimedJob> claimed = shared.health().ask(
                () -> shared.store().claim(queue, Math.min(free, JobStore.MAX_BATCH), worker, lease, together));
        if (claimed.isEmpty()) {
            call(gathering.takeRipe());
            return Math.min(idle.nextNanos(), gathering.untilRipe());
        }
        idle.reset();
        shared.upkeep().claimed(queue);
        begin(claimed);
        call(gathering.takeRipe());
        return 0;
    }

    private void begin(List<ClaimedJob> claimed) throws InterruptedException {
        int begun = 0;
        try {
            for (; begun < claimed.size() && !loop.isStopped(); begun++) {
                begin(claimed.get(begun));
            }
        } finally {
            if (begun < claimed.size()) {
                giveBack(claimed.subList(begun, claimed.size()).stream().map(ClaimedJob::lease).toList());
            }
        }
    }

    private void begin(ClaimedJob job) throws InterruptedException {
        Handled handled = shared.handlers().find(job.kind());
        JobKind kind = handled == null ? unhandled : handled.kind();
        Attempt attempt = new Attempt(shared.store(), job, kind, queue, shared.progress()::said);
        shared.attempts().add(attempt);
        boolean begun = false;
        try {
            if (job.overdue()) {
                begun = leaveUndone(attempt);
            } else {
                begun = handled == null ? putOff(attempt, job.kind()) : execute(attempt, handled);
            }
        } finally {
            if (!begun) {
                shared.attempts().remove(attempt);
            }
        }
    }

    private boolean execute(Attempt attempt, Handled handled) {
        running.incrementAndGet();
        if (handled.handler() instanceof BatchedHandler batched) {
            gathering.add(attempt, handled, batched);
            return true;
        }
        boolean begun = false;
        try {
            call(handled.handler(), List.of(attempt));
            begun = true;
        } finally {
            if (!begun) {
                free(1);
            }
        }
        return true;
    }

    private void call(List<Batch> batches) {
        int begun = 0;
        try {
            for (; begun < batches.size() && !loop.isStopped(); begun++) {
                call(batches.get(begun).handler(), batches.get(begun).attempts());
            }
        } finally {
            giveBackBatches(batches.subList(begun, batches.size()));
        }
    }

    private void call(JobHandler handler, List<Attempt> attempts) {
        Call call = new Call(attempts);
        shared.threads().execute(() -> {
            try {
                shared.runner().run(call, handler);
            } finally {
                free(attempts.size());
            }
        });
    }

    private boolean putOff(Attempt attempt, String kind) throws InterruptedException {
        if (shared.unhandled().add(kind)) {
            LOG.warn("No handler for job kind {} of queue {} in this process: its jobs are put off for {} each time",
                    kind, queue, UNHANDLED_DELAY);
        }
        attempt.end();
        return shared.finisher().submit(attempt,
                new Outcome.Snoozed(UNHANDLED_DELAY, "no handler for kind " + kind + " in worker " + worker));
    }

    private boolean leaveUndone(Attempt attempt) throws InterruptedException {
        Outcome.NotBegun outcome = attempt.tooLate();
        LOG.info("{}: not begun, because {}", attempt, outcome.reason());
        attempt.end();
        return shared.finisher().submit(attempt, outcome);
    }

    private void free(int count) {
        if (running.getAndAdd(-count) >= slots) {
            loop.wake(); // it had no slot to claim for
        }
    }

    private void giveBackBatches(List<Batch> batches) {
        List<Attempt> attempts = batches.stream().flatMap(batch -> batch.attempts().stream()).toList();
        if (!attempts.isEmpty()) {
            attempts.forEach(shared.attempts()::remove);
            giveBack(attempts.stream().map(Attempt::lease).toList());
            free(attempts.size());
        }
    }

    /** Claimed while the process began to stop, or what could not be started. */
    private void giveBack(List<JobLease> leases) {
        try {
            shared.health().run(() -> shared.store().release(leases));
        } catch (RuntimeException e) {
            LOG.warn("{} claimed jobs of queue {} could not be given back; they run again when their leases end",
                    leases.size(), queue, e);
        }
    }
}
