package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.guard.TenantGuard;
import io.croft.job.DeadLetterListener;
import io.croft.job.GlobalSchedules;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobListener;
import io.croft.job.JobQueue;
import io.croft.job.JobWatch;
import io.croft.job.WorkerSettings;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job queue of one process and its workers.
 *
 * <p>Between {@link #start} and {@link #close} it runs one thread for each queue that has handlers, which claims jobs,
 * two that store completions, one that prolongs leases, one that stores progress, one that ends handlers whose time is
 * over, one that keeps the queues in order, one that fires schedules, one that counts dead letters and one that stores
 * how attempts went; all are daemons and named {@code croft-…}. Another one looks at watched jobs, from the first watch
 * on. Handlers run on virtual threads. A process without handlers enqueues, fires schedules and keeps the queues in
 * order.
 *
 * <p>Thread-safe.
 */
public final class JobEngine implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JobEngine.class);

    /** What a stop allows beyond its deadline: for handlers told to end, and for the calls to the store that end it. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final JobStore store;
    private final WorkerSettings settings;
    private final Handlers handlers;
    private final StoreHealth health = new StoreHealth(LOG);
    private final Watches watches;
    private final Attempts attempts;
    private final KnownQueues queues;
    private final DeadLetterAlerts alerts;
    private final AttemptCounts counts;
    private final Upkeep upkeep;
    private final Scheduler scheduler;
    private final Finisher finisher;
    private final Finisher slowFinisher;
    private final Timeouts timeouts;
    private final ProgressReports progress;
    private final Heartbeats heartbeats;
    private final Signals signals;
    private final ExecutorService threads;
    private final List<Poller> pollers;
    private final JobQueue queue;
    private final StoredQueueAdmin queueAdmin;
    private final GlobalSchedules globalSchedules;

    /** By the store's clock where somebody else than this process moves that on. */
    private volatile LongSupplier elapsedNanos = System::nanoTime;

    private final ReentrantLock lifecycle = new ReentrantLock();
    @GuardedBy("lifecycle")
    private State state = State.NEW;

    private enum State {
        NEW, RUNNING, CLOSED
    }

    /**
     * Puts an engine together; nothing runs before {@link #start}.
     *
     * @param guard    passed by every call for an organisation
     * @param store    where jobs are kept
     * @param handlers who handles which kind; kinds have distinct names
     * @param settings how the workers behave
     * @throws io.croft.InvalidInputException if two kinds have the same name
     */
    public JobEngine(TenantGuard guard, JobStore store, Map<JobKind, JobHandler> handlers, WorkerSettings settings) {
        this(guard, store, handlers, settings, DeadLetterListener.DEFAULT_THRESHOLD, (org, queue, deadLetters) -> {
        });
    }

    /**
     * The same, which tells of dead letters.
     *
     * @param threshold from how many dead letters of a lane on
     * @param listener  who is told
     * @throws io.croft.InvalidInputException if two kinds have the same name, or the threshold is out of its range
     */
    public JobEngine(TenantGuard guard, JobStore store, Map<JobKind, JobHandler> handlers, WorkerSettings settings,
            int threshold, DeadLetterListener listener) {
        this.store = store;
        this.settings = settings;
        this.handlers = new Handlers(handlers);
        UnhandledKinds unhandled = new UnhandledKinds();
        this.watches = new Watches(store, health);
        this.attempts = new Attempts(watches::ended);
        this.queues = new KnownQueues(store);
        this.alerts = new DeadLetterAlerts(store, health, new DeadLetterAlerts.Alarm(threshold, listener));
        this.counts = new AttemptCounts(store, health);
        this.upkeep = new Upkeep(store, health, alerts, counts, settings.waking());
        this.finisher = new Finisher("croft-finish", store, health, attempts, upkeep, alerts, counts);
        this.slowFinisher = new Finisher("croft-finish-slow", store, health, attempts, upkeep, alerts, counts);
        this.timeouts = new Timeouts(settings.timeoutGrace(), finisher);
        this.progress = new ProgressReports(store, health);
        this.heartbeats = new Heartbeats(store, health, attempts, this.handlers.heartbeats());
        this.signals = new Signals(store, settings.waking(), upkeep, heartbeats);
        ScheduleTimes times = new ScheduleTimes(new Random());
        this.scheduler = new Scheduler(store.schedules(), health, times, upkeep);
        this.threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("croft-job").factory());
        Poller.Shared shared = new Poller.Shared(store, health, this.handlers, unhandled, attempts,
                new Runner(attempts, finisher, slowFinisher, timeouts), progress, finisher, upkeep, threads);
        this.pollers = this.handlers.queues().stream().map(name -> new Poller(name, settings, shared)).toList();
        this.pollers.forEach(upkeep::serve);
        this.queueAdmin = new StoredQueueAdmin(store, queues, upkeep, counts);
        StoredJobSchedules.Definitions definitions =
                new StoredJobSchedules.Definitions(store.schedules(), this.handlers, queues, times, scheduler);
        this.globalSchedules = new StoredGlobalSchedules(definitions);
        this.queue = new StoredJobQueue(guard, store, queues, this.handlers, upkeep, signals, watches,
                new StoredJobAdmin(guard, store, queues, unhandled, upkeep, attempts, timeouts, signals, counts,
                        new RedrivePace(() -> elapsedNanos.getAsLong())),
                new GatedQueueAdmin(guard.gate(), queueAdmin), new StoredJobSchedules(guard, definitions, upkeep,
                        new GatedGlobalSchedules(guard.gate(), globalSchedules)));
    }

    /** The queue; it can also be used before the start and after the stop, as long as the store can. */
    public JobQueue queue() {
        return queue;
    }

    /**
     * Watches a job for a caller that has passed the gate, as {@link JobQueue#watch} does.
     *
     * @param closed told if this engine is closed before the job has ended
     */
    public JobWatch watch(OrgId org, JobId id, JobListener listener, Runnable closed) {
        return watches.watch(org, id, listener, closed);
    }

    /** Whole queues in the store, behind the gate. */
    public StoredQueueAdmin queueAdmin() {
        return queueAdmin;
    }

    /** Schedules of all organisations in the store, behind the gate. */
    public GlobalSchedules globalSchedules() {
        return globalSchedules;
    }

    /**
     * The work of this engine, for a thread that does it by itself instead of {@link #start}.
     *
     * @param clock the store's
     */
    public ManualWork byHand(Supplier<Instant> clock) {
        handlers.queues().forEach(queues::register);
        elapsedNanos = () -> Duration.between(Instant.EPOCH, clock.get()).toNanos();
        return new ManualWork(new ManualWork.Parts(store, health, handlers, queues, attempts, scheduler, counts),
                clock);
    }

    /**
     * Makes the queues of the handlers known and starts the workers.
     *
     * @throws io.croft.StoreUnavailableException if the database cannot be reached; nothing runs then
     * @throws IllegalStateException              if it was started or closed before
     */
    public void start() {
        lifecycle.lock();
        try {
            if (state != State.NEW) {
                throw new IllegalStateException("this engine was started or closed before: make a new one");
            }
            handlers.queues().forEach(queues::register);
            state = State.RUNNING;
            alerts.start();
            counts.start();
            upkeep.start();
            scheduler.start();
            finisher.start();
            slowFinisher.start();
            timeouts.start();
            progress.start();
            heartbeats.start();
            pollers.forEach(Poller::start);
            if (!pollers.isEmpty()) {
                signals.start();
            }
            LOG.info("Worker {} has started with queues {}", settings.worker(), handlers.queues());
        } finally {
            lifecycle.unlock();
        }
    }

    /**
     * Jobs were put into this queue by other means than {@link #queue()}: looks at it at once instead of at the next
     * poll.
     *
     * @param queue its name; one without handlers here does no harm
     */
    public void wake(String queue) {
        upkeep.ask(queue);
    }

    /**
     * Stops the workers: claims nothing more and waits for the running handlers up to the stop deadline. Handlers that
     * still run are then cancelled and interrupted, their jobs given back at once for other processes, and their
     * results dropped. Takes at most some seconds longer than the deadline, unless the store takes longer to answer. If
     * the calling thread is interrupted, the deadline is now. Does nothing if called again. Not to be called by a
     * handler.
     */
    @Override
    public void close() {
        lifecycle.lock();
        try {
            if (state == State.RUNNING) {
                new Stop(settings.stopDeadline()).run();
                LOG.info("Worker {} has stopped", settings.worker());
            } else if (state == State.NEW) {
                new Stop(Duration.ZERO).endWatches(); // they need no start
            }
            threads.shutdown();
            state = State.CLOSED;
        } finally {
            lifecycle.unlock();
        }
    }

    /** One stop, step by step, by the thread that closes. Whatever holds up a step, the next ones follow. */
    private final class Stop {

        private long deadline;
        private boolean interrupted;

        Stop(Duration patience) {
            this.deadline = System.nanoTime() + patience.toNanos();
        }

        void run() {
            scheduler.stop();
            pollers.forEach(Poller::stop);
            signals.stop();
            pollers.forEach(poller -> await(nanos -> poller.join(nanos), GRACE_NANOS));
            threads.shutdown();
            await(nanos -> threads.awaitTermination(nanos, TimeUnit.NANOSECONDS), 0);
            if (!threads.isTerminated()) {
                giveBack();
                threads.shutdownNow();
                deadline = System.nanoTime();
                await(nanos -> threads.awaitTermination(nanos, TimeUnit.NANOSECONDS), GRACE_NANOS);
            }
            if (!threads.isTerminated()) {
                LOG.warn("Some handlers go on although they were cancelled and interrupted; their results are dropped");
            }
            await(finisher::awaitStored, GRACE_NANOS);
            await(slowFinisher::awaitStored, GRACE_NANOS);
            finisher.stop();
            slowFinisher.stop();
            timeouts.stop();
            progress.stop();
            heartbeats.stop();
            upkeep.stop();
            alerts.stop();
            counts.stop();
            deadline = System.nanoTime();
            await(finisher::join, GRACE_NANOS);
            await(slowFinisher::join, GRACE_NANOS);
            await(timeouts::join, GRACE_NANOS);
            await(progress::join, GRACE_NANOS);
            await(heartbeats::join, GRACE_NANOS);
            await(upkeep::join, GRACE_NANOS);
            await(scheduler::join, GRACE_NANOS);
            await(alerts::join, GRACE_NANOS);
            await(counts::join, GRACE_NANOS);
            storeCounts();
            endWatches();
        }

        void endWatches() {
            await(watches::close, GRACE_NANOS);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private void storeCounts() {
            try {
                counts.flush();
            } catch (RuntimeException e) {
                LOG.warn("The last counts of attempts could not be stored and are lost: {}", e.getMessage());
            }
        }

        private void giveBack() {
            List<JobLease> leases = attempts.stopAll();
            try {
                for (int from = 0; from < leases.size(); from += JobStore.MAX_BATCH) {
                    List<JobLease> part = leases.subList(from, Math.min(leases.size(), from + JobStore.MAX_BATCH));
                    health.run(() -> store.release(part));
                }
                LOG.warn("Handlers not done by the stop deadline: {}; their jobs are given back", leases.size());
            } catch (RuntimeException e) {
                LOG.warn("Handlers not done by the stop deadline: {}; their jobs could not be given back and run again "
                        + "when their leases end",
                        leases.size(), e);
            }
        }

        /** Waits until the deadline and so much longer. An interrupt moves the deadline to now. */
        private void await(Wait wait, long extraNanos) {
            boolean waiting = true;
            while (waiting) {
                try {
                    wait.upTo(Math.max(0, deadline + extraNanos - System.nanoTime()));
                    waiting = false;
                } catch (InterruptedException e) {
                    interrupted = true; // restored at the end
                    deadline = System.nanoTime();
                }
            }
        }
    }

    /** A step that waits at most so long. */
    private interface Wait {

        void upTo(long nanos) throws InterruptedException;
    }
}
