package io.croft.testing;

import io.croft.Actor;
import io.croft.ErasureReceipt;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.Orgs;
import io.croft.TenantContext;
import io.croft.engine.content.StoredOrgs;
import io.croft.engine.export.OrgExport;
import io.croft.engine.job.JobEngine;
import io.croft.engine.job.ManualWork;
import io.croft.guard.TenantGuard;
import io.croft.job.Job;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobQueue;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.WorkerSettings;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.memory.MemoryJobs;
import io.croft.spi.memory.MemoryOrgs;
import io.croft.spi.memory.SettableClock;
import io.croft.spi.memory.World;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A job queue in memory, for a host's own tests: no Postgres, no folder, no workers unless {@link #startWorkers} asks
 * for them, and a clock that stands still until the test moves it.
 *
 * <pre>{@code
 * try (InMemoryJobs jobs = InMemoryJobs.builder().handler(SEND, new SendMail(mailer)).build()) {
 *     TenantContext acme = jobs.createOrg("acme");
 *     new Signup(jobs.queue()).register(acme, "ada@example.org");  // enqueues a job of kind SEND
 *
 *     Drained drained = jobs.drain().orThrow();
 *
 *     assertThat(drained.completed()).hasSize(1);
 *     assertThat(mailer.sent()).containsExactly("ada@example.org");
 * }
 * }</pre>
 *
 * <p>{@link #queue} is the queue as on Postgres, with its schedules, flows and administration, and refuses what that
 * refuses. What is due runs when {@link #drain} is called, on the thread that calls it. What is due later runs in a
 * drain after {@link #advance}, or at its very time within {@link #drainFor}.
 *
 * <p><b>Transactions.</b> {@link JobQueue#in} and {@link io.croft.job.JobContext#completeIn} take any connection, also
 * a mock, do not look at it, and take effect at once: a rollback afterwards undoes nothing here. What a host does when
 * its transaction fails is to be tested on Postgres.
 *
 * <p><b>What differs.</b> A drain runs one job at a time, or one batch, so limits on what runs at once are kept
 * without ever being felt, but for batches, which are no larger than the organisation's limit. A timeout is measured by
 * this clock: a handler that moves it on by more than its kind's timeout has failed, but none is interrupted for taking
 * long. {@link JobQueue#await} waits in real time for a drain on another thread, or for workers. There are no indexes:
 * it is made for thousands of jobs, not for millions.
 *
 * <p>Thread-safe; drains wait for one another.
 */
public final class InMemoryJobs implements AutoCloseable {

    private static final Actor TEST = Actor.service("test");

    private final InstantSource time;
    private final Optional<SettableClock> clock;
    private final World world;
    private final MemoryJobs store;
    private final TenantGuard guard;
    private final Orgs orgs;
    private final JobEngine engine;
    private final ManualWork work;
    private final ReentrantLock draining = new ReentrantLock();
    private volatile boolean started;

    private InMemoryJobs(Builder builder) {
        clock = builder.clock == null ? Optional.of(new SettableClock(builder.start)) : Optional.empty();
        time = builder.clock == null ? clock.orElseThrow() : builder.clock;
        world = new World(time);
        store = new MemoryJobs(world);
        MemoryOrgs kept = new MemoryOrgs(world, store::summary,
                org -> new ErasureReceipt.Rows(0, 0, 0, 0, store.erase(org), 0, 0, 0));
        guard = new TenantGuard(kept);
        orgs = new StoredOrgs(guard, kept, new OrgExport(store, Optional.empty(), world.audit()),
                org -> ErasureReceipt.IndexFiles.NONE);
        engine = new JobEngine(guard, store, builder.handlers, builder.workers);
        work = engine.byHand(time::instant);
    }

    /** Begins to put one together. */
    public static Builder builder() {
        return new Builder();
    }

    /** The queue, to be given to the code under test. */
    public JobQueue queue() {
        return engine.queue();
    }

    /** Creates and erases organisations. As in production, none is implied. */
    public Orgs orgs() {
        return orgs;
    }

    /** Creates the organisation {@link OrgId#named} so, and returns a context for it, of a service called "test". */
    public TenantContext createOrg(String name) {
        TenantContext context = TenantContext.of(OrgId.named(name), TEST);
        orgs.create(context);
        return context;
    }

    /** The clock of the queue, for code under test that needs the same. */
    public InstantSource clock() {
        return time;
    }

    /** The time by the clock of the queue. */
    public Instant now() {
        return time.instant();
    }

    /**
     * Moves the clock on. Nothing runs by that alone: the next drain finds more that is due, and a schedule several of
     * whose times have passed does what its policy for missed times says.
     *
     * @param by 0 or more
     * @throws InvalidInputException if it is negative
     * @throws IllegalStateException if the clock was given to the builder: whoever has it moves it
     */
    public void advance(Duration by) {
        settable("advance").advance(checked(by));
    }

    /** Runs all jobs that are due, and those that they enqueue, until none is left, on this thread. */
    public Drained drain() {
        return drain(Drain.ALL);
    }

    /**
     * Runs the jobs that are due and wanted, and those that they enqueue, until none is left, on this thread. First,
     * and between them, schedules fire and jobs whose time has come become ready, also those that are not wanted.
     *
     * @return what ran, and what is due and could not run
     * @throws DrainException                     if there are more attempts than its limit; those have run
     * @throws IllegalStateException              if a handler calls it, or workers run
     * @throws io.croft.StoreUnavailableException after {@link #goAway}
     */
    public Drained drain(Drain what) {
        return draining(() -> {
            Draining drain = new Draining(world, store, work, what);
            drain.run();
            return drain.drained();
        });
    }

    /** Lets time pass and runs all jobs, each when it is due. */
    public Drained drainFor(Duration by) {
        return drainFor(by, Drain.ALL);
    }

    /**
     * Runs what is due, moves the clock on to when the next job is due or the next schedule fires, and so on, until so
     * much time has passed. Retries come after their waits, and schedules fire at each of their times.
     *
     * @param by how much in all, 0 or more
     * @throws DrainException                     if there are more attempts than its limit, or as many steps of the
     *                                            clock
     * @throws InvalidInputException              if the time is negative
     * @throws IllegalStateException              if a handler calls it, workers run, or the clock was given to the
     *                                            builder
     * @throws io.croft.StoreUnavailableException after {@link #goAway}
     */
    public Drained drainFor(Duration by, Drain what) {
        SettableClock settable = settable("drain for a time");
        Instant end = now().plus(checked(by));
        return draining(() -> {
            Draining drain = new Draining(world, store, work, what);
            Optional<Instant> next = drain.run();
            while (now().isBefore(end)) {
                settable.advanceTo(next.filter(at -> at.isBefore(end)).orElse(end));
                drain.movedOn();
                next = drain.run();
            }
            return drain.drained();
        });
    }

    /**
     * Enqueues a job and runs one attempt of it at once, before all others.
     *
     * @return how it went
     * @throws InvalidInputException if there is no handler for its kind, or the job is refused
     * @throws IllegalStateException if it cannot run now, because it is for later, waits for others, has ended already
     *                               under its key, is paused or at a limit: it stays enqueued; or if a handler calls
     *                               this, or workers run
     */
    public Ran perform(TenantContext context, JobRequest job) {
        String kind = job.kind().name();
        if (work.batch(kind).isEmpty()) {
            throw new InvalidInputException("there is no handler for job kind " + kind + ": give one to the builder");
        }
        return draining(() -> {
            JobReceipt receipt = queue().enqueue(context, job);
            work.keepUp();
            String queue = job.kind().queue();
            List<ClaimedJob> claimed = store.claim(queue, 1, work.claimLease(queue),
                    (org, id, ofKind) -> id.equals(receipt.id()) && work.batch(ofKind).isPresent());
            if (claimed.isEmpty()) {
                throw new IllegalStateException("job " + receipt.id() + " of kind " + kind + " cannot run now: it is "
                        + job(receipt.id()).state() + ", or its lane may start nothing; drain instead");
            }
            return Draining.ran(store, work.run(queue, claimed).getFirst());
        });
    }

    /** The jobs of all organisations there is a record of, whatever became of them, in the order of enqueuing. */
    public List<Job> enqueued() {
        return store.all();
    }

    /** The same of one kind. */
    public List<Job> enqueued(JobKind kind) {
        return store.all().stream().filter(job -> job.kind().equals(kind.name())).toList();
    }

    /** The same of one organisation. */
    public List<Job> enqueued(OrgId org) {
        return store.all().stream().filter(job -> job.org().equals(org)).toList();
    }

    /**
     * A job as it stands, of whatever organisation.
     *
     * @throws InvalidInputException if there is no record of it
     */
    public Job job(JobId id) {
        return store.all().stream().filter(job -> job.id().equals(id)).findFirst()
                .orElseThrow(() -> new InvalidInputException("there is no record of job " + id));
    }

    /** Lets every call fail with {@link io.croft.StoreUnavailableException}, as if the database were away. */
    public void goAway() {
        world.setAway(true);
    }

    /** Ends {@link #goAway}. */
    public void comeBack() {
        world.setAway(false);
    }

    /**
     * Starts workers as in production, with their threads, for tests of what happens at once: they run what is due, and
     * there are no drains any more. They end with {@link #close}.
     *
     * @throws IllegalStateException if they were started before, or a handler calls it
     */
    public void startWorkers() {
        draining(() -> {
            engine.start();
            started = true;
            return true;
        });
    }

    /** Ends workers and watches, and refuses calls to the queue from then on. */
    @Override
    public void close() {
        engine.close();
        guard.close();
    }

    private SettableClock settable(String toDo) {
        return clock.orElseThrow(() -> new IllegalStateException(
                "to " + toDo + " is for whoever gave its clock to the builder: move that clock, then drain"));
    }

    private static Duration checked(Duration by) {
        if (by.isNegative()) {
            throw new InvalidInputException("the clock goes on and never back: " + by + " is negative");
        }
        return by;
    }

    private <T> T draining(Work<T> what) {
        if (draining.isHeldByCurrentThread()) {
            throw new IllegalStateException("a handler cannot drain, nor start workers: the drain that runs it takes "
                    + "what it enqueues");
        }
        draining.lock();
        try {
            if (started) {
                throw new IllegalStateException("workers run, and take what is due: watch or await the job instead");
            }
            return what.run();
        } finally {
            draining.unlock();
        }
    }

    /** What is done while nothing else drains. */
    private interface Work<T> {

        T run();
    }

    /** Puts one together. Used by one thread, once. */
    public static final class Builder {

        private final Map<JobKind, JobHandler> handlers = new HashMap<>();
        private @Nullable InstantSource clock;
        private Instant start = Instant.now();
        private WorkerSettings workers = WorkerSettings.defaults()
                .withPoll(Duration.ofMillis(10), Duration.ofMillis(50)).withStopDeadline(Duration.ofSeconds(10));

        private Builder() {
        }

        /**
         * Who handles a kind of job.
         *
         * @throws InvalidInputException if the kind has a handler already
         */
        public Builder handler(JobKind kind, JobHandler handler) {
            Objects.requireNonNull(handler, "handler");
            if (handlers.keySet().stream().anyMatch(known -> known.name().equals(kind.name()))) {
                throw new InvalidInputException("job kind " + kind.name() + " has two handlers: give one");
            }
            handlers.put(kind, handler);
            return this;
        }

        /** Where its clock begins; the present by default. */
        public Builder startingAt(Instant start) {
            this.start = Objects.requireNonNull(start, "start");
            return this;
        }

        /** A clock of the test's own, which it moves by itself; then {@link #startingAt} does not count. */
        public Builder clock(InstantSource clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * How workers behave, if they are started. By default as {@link WorkerSettings#defaults} says, but they look
         * for jobs every 10 to 50 ms and wait for handlers 10 s at the end.
         */
        public Builder workers(WorkerSettings workers) {
            this.workers = Objects.requireNonNull(workers, "workers");
            return this;
        }

        /** The queue, empty and without organisations. */
        public InMemoryJobs build() {
            return new InMemoryJobs(this);
        }
    }
}
