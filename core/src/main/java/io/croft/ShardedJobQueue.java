package io.croft;

import io.croft.ShardedOrgs.Served;
import io.croft.engine.content.StoredOrgs;
import io.croft.engine.export.OrgExport;
import io.croft.engine.job.JobEngine;
import io.croft.engine.limits.ExportAdmission;
import io.croft.engine.shard.Nowhere;
import io.croft.engine.shard.RoutedJobQueue;
import io.croft.guard.Gate;
import io.croft.guard.Operation;
import io.croft.guard.OrgLabels;
import io.croft.guard.TenantGuard;
import io.croft.job.DeadLetterListener;
import io.croft.job.FlowReceipt;
import io.croft.job.Job;
import io.croft.job.JobAdmin;
import io.croft.job.JobEnqueuer;
import io.croft.job.JobFlow;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobListener;
import io.croft.job.JobParents;
import io.croft.job.JobQueue;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedules;
import io.croft.job.JobWatch;
import io.croft.job.OrgPlace;
import io.croft.job.QueueAdmin;
import io.croft.job.WorkerSettings;
import io.croft.limits.CallLimits;
import io.croft.limits.LoadShedding;
import io.croft.spi.JobShards;
import io.croft.spi.OrgStore;
import io.croft.spi.Store;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The job queue over several databases: the jobs of each organisation are in one of them, so that their number is not
 * bounded by what one database can do. Built once, shared by all threads, closed at the end. Thread-safe.
 *
 * <pre>{@code
 * try (ShardedJobQueue jobs = ShardedJobQueue.builder()
 *         .shards(PgShards.builder("eu-1").database("eu-1", PgStore.builder(first))
 *                 .database("eu-2", PgStore.builder(second)).open())
 *         .handler(MAIL, job -> JobResult.completed())
 *         .start()) {
 *     jobs.orgs().create(acme);
 *     jobs.enqueue(acme, JobRequest.of(MAIL, "{\"to\":\"…\"}"));
 * }
 * }</pre>
 *
 * <p>It is a {@link JobQueue} as any other, with these differences:
 * <ul>
 * <li>Organisations are created by {@link #orgs}, which gives each a database for as long as nobody moves it.
 * <li>Workers run in every database: slots are those of each, and so are the limits of whole queues
 * ({@link io.croft.job.QueueLimits}) and the fairness between organisations. An organisation's own limits are exact, as
 * ever. A process needs connections to all databases; while one is away, the organisations of the others go on.
 * <li>A host's own transaction ({@link #in}, {@link io.croft.job.JobContext#completeIn}) must be in the database of the
 * organisation: any other is refused with {@link InvalidInputException}, which names the right one. It throws
 * {@link OrgMovedException} if the organisation has just moved.
 * <li>{@link #queues} adds up what the databases say, and sets in all of them. While an organisation moves, and for
 * some seconds after, its jobs may be counted twice there.
 * <li>Schedules of all organisations are kept in every database. One that fires while an organisation moves may reach
 * it twice, or not at all. If triggering one fails in one database, those before it have triggered: the next call gives
 * their organisations the job once more.
 * <li>Redriving and discarding by a filter begin anew in the new database if the organisation moves midway: the count
 * is that of the second part, and for a moment twice the rate may be redriven.
 * <li>A watch may be late by half a minute where its organisation has moved. The bound on how many jobs are watched is
 * that of each database.
 * <li>A call for an organisation that is just moving waits for that, up to {@link #MOVE_PATIENCE}, and then throws
 * {@link StoreUnavailableException}.
 * </ul>
 *
 * <p>Documents, listings and search are not part of this: an organisation that has some, by a {@link Croft} on one of
 * the databases, has its jobs there too and cannot be moved.
 */
public final class ShardedJobQueue implements JobQueue, AutoCloseable {

    /** How long a call for an organisation that moves waits for that to end. */
    public static final Duration MOVE_PATIENCE = Duration.ofSeconds(30);

    /** The most rows of one {@link #moving} call. */
    public static final int MAX_PAGE = 1000;

    private final JobShards shards;
    private final Gate gate;
    private final RoutedJobQueue queue;
    private final Orgs orgs;
    private final Closing closing = new Closing();

    private ShardedJobQueue(Builder builder) {
        try {
            shards = builder.requireShards();
            closing.push(shards);
            ExportAdmission exports = new ExportAdmission(builder.observer);
            Store first = shards.stores().values().iterator().next();
            gate = builder.gate(first, exports);
            Map<String, JobEngine> engines = new LinkedHashMap<>();
            Map<String, Served> served = new LinkedHashMap<>();
            shards.stores().forEach((database, store) -> {
                TenantGuard guard = new TenantGuard(store.orgs(), builder.gate(store, exports));
                served.put(database, served(guard, store.orgs(), store));
                engines.put(database, engine(guard, store, builder));
            });
            TenantGuard nobodys = new TenantGuard(new Nowhere(), gate);
            closing.push(nobodys);
            JobEngine nowhere = new JobEngine(nobodys, first.jobs(), Map.of(), builder.workers);
            closing.push(nowhere); // is not started: it refuses whatever it is asked
            queue = new RoutedJobQueue(gate, shards, engines, nowhere.queue(), MOVE_PATIENCE);
            orgs = new ShardedOrgs(shards, served, served(nobodys, new Nowhere(), first), queue::forget);
            engines.values().forEach(JobEngine::start);
        } catch (RuntimeException | Error e) {
            closing.closeAfter(e);
            throw e;
        }
    }

    private static Served served(TenantGuard guard, OrgStore orgs, Store store) {
        return new Served(new StoredOrgs(guard, orgs, new OrgExport(store), org -> ErasureReceipt.IndexFiles.NONE),
                guard);
    }

    private JobEngine engine(TenantGuard guard, Store store, Builder builder) {
        closing.push(Housekeeping.start(store, store.blobs()));
        closing.push(guard);
        JobEngine engine = new JobEngine(guard, store.jobs(), builder.handlers, builder.workers, builder.deadLetters,
                builder.deadLetterListener);
        closing.push(engine);
        return engine;
    }

    /** Begins to put the parts together. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Creates, lists, suspends and erases organisations. Which database a new one gets is chosen by a hash of its id
     * and the databases' names, over those that take new ones, and then written down. One that moves can only be
     * erased when it has arrived.
     */
    public Orgs orgs() {
        return orgs;
    }

    /**
     * In which database an organisation's jobs are: asks the map, and so the database that has it.
     *
     * @throws UnknownOrgException       if it does not exist
     * @throws StoreUnavailableException if the map's database cannot be reached
     */
    public OrgPlace placeOf(OrgId org) {
        return queue.place(org);
    }

    /**
     * Moves an organisation with all its jobs, keys, limits, pauses, schedules, flows, dead letters, history, results
     * and figures to another database; ids stay what they are. Nothing is lost, and no attempt runs twice for it.
     * Returns when it is done:
     * <ol>
     * <li>Nothing more of it starts; what runs may end. Jobs can still be enqueued.
     * <li>It can only be read, while everything is copied; other calls for it wait. That takes as long as the copy, and
     * until every transaction in its database has ended that was open before, whatever it was for.
     * <li>It goes on in the other database. Where it was, it can still be read for a quarter of a minute by processes
     * that do not know yet; then that is cleared of it.
     * </ol>
     *
     * <p>If it fails, or attempts or transactions do not end in time, the organisation goes on where it is. If this
     * process is killed, it stays as it was at that moment, so it may be at a standstill: {@link #moving} tells of it,
     * and calling this again, in any process, goes on from there. Before the organisation has left, a call with the
     * database where it is ends the move instead. If two calls move it at once, the later one takes the move over, and
     * the other one fails.
     *
     * @param database its name; if it is the one where the organisation is, and no move is under way, nothing is done
     * @param patience how long attempts that run and transactions that are open may take to end, up to a day
     * @return where it is then
     * @throws NotPermittedException     if the actor is no super admin
     * @throws InvalidInputException     if there is no such database, the organisation has documents or listings, it is
     *                                   being moved to yet another database, or has left already and its move is to be
     *                                   ended
     * @throws UnknownOrgException       if the organisation does not exist
     * @throws OrgSuspendedException     if it is suspended
     * @throws OrgMovedException         if another call took the move over
     * @throws StoreUnavailableException if one of the three databases cannot be reached, or it did not become quiet in
     *                                   time: the call may be repeated
     */
    public OrgPlace move(Actor operator, OrgId org, String database, Duration patience) {
        return gate.operate(operator, Operation.SHARDS_MOVE, () -> {
            try {
                return shards.move(org, database, patience);
            } finally {
                queue.forget(org);
            }
        });
    }

    /**
     * The organisations whose moves are under way, or were left so, by their ids.
     *
     * @param after the last organisation of the page before; empty for the first page
     * @param limit 1 to {@value #MAX_PAGE}
     * @throws NotPermittedException     if the actor is no super admin
     * @throws InvalidInputException     if the limit is out of its range
     * @throws StoreUnavailableException if the map's database cannot be reached
     */
    public List<OrgPlace> moving(Actor operator, Optional<OrgId> after, int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("limit " + limit + " of moves is outside 1 to " + MAX_PAGE);
        }
        return gate.operate(operator, Operation.SHARDS_MOVING, () -> shards.moving(after, limit));
    }

    @Override
    public List<JobReceipt> enqueueAll(TenantContext context, List<JobRequest> jobs) {
        return queue.enqueueAll(context, jobs);
    }

    @Override
    public FlowReceipt enqueueFlow(TenantContext context, JobFlow flow) {
        return queue.enqueueFlow(context, flow);
    }

    @Override
    public JobEnqueuer in(Connection transaction) {
        return queue.in(transaction);
    }

    @Override
    public Optional<Job> find(TenantContext context, JobId id) {
        return queue.find(context, id);
    }

    @Override
    public JobWatch watch(TenantContext context, JobId id, JobListener listener) {
        return queue.watch(context, id, listener);
    }

    @Override
    public Optional<Job> await(TenantContext context, JobId id, Duration timeout) throws InterruptedException {
        return queue.await(context, id, timeout);
    }

    @Override
    public JobParents parents(TenantContext context, JobId id) {
        return queue.parents(context, id);
    }

    @Override
    public JobAdmin admin() {
        return queue.admin();
    }

    @Override
    public QueueAdmin queues() {
        return queue.queues();
    }

    @Override
    public JobSchedules schedules() {
        return queue.schedules();
    }

    /**
     * Stops the workers of all databases, one after the other, each as {@link Croft#close} does, and closes the
     * databases. May be called more than once.
     */
    @Override
    public void close() {
        closing.close();
    }

    /** Puts the parts together. Used by one thread, once. */
    public static final class Builder {

        private final Map<JobKind, JobHandler> handlers = new HashMap<>();
        private @Nullable JobShards shards;
        private WorkerSettings workers = WorkerSettings.defaults();
        private CallObserver observer = CallObserver.NOBODY;
        private OrgLabels labels = OrgLabels.IDS;
        private CallLimits limits = CallLimits.none();
        private Optional<LoadShedding> shedding = Optional.of(LoadShedding.adaptive());
        private int deadLetters = DeadLetterListener.DEFAULT_THRESHOLD;
        private DeadLetterListener deadLetterListener = (org, queue, deadLetters) -> {
        };

        private Builder() {
        }

        /** The databases; required. They are closed with the {@code ShardedJobQueue}. */
        public Builder shards(JobShards shards) {
            this.shards = shards;
            return this;
        }

        /**
         * The host's handler for a kind of job, in all databases; {@link JobHandler#batched} makes one that takes
         * several at once, of one organisation.
         *
         * @throws InvalidInputException if the kind has one already
         */
        public Builder handler(JobKind kind, JobHandler handler) {
            Objects.requireNonNull(handler, "handler");
            for (JobKind known : handlers.keySet()) {
                if (known.name().equals(kind.name())) {
                    throw new InvalidInputException("job kind " + kind.name() + " has two handlers: give one");
                }
            }
            handlers.put(kind, handler);
            return this;
        }

        /**
         * How the workers of this process behave in each database; {@link WorkerSettings#defaults()} by default. With
         * three databases, eight slots for a queue are 24 in all.
         */
        public Builder workers(WorkerSettings workers) {
            this.workers = Objects.requireNonNull(workers, "workers");
            return this;
        }

        /**
         * Who is told when an organisation has so many dead letters in a queue; nobody by default. It is logged as a
         * warning in any case.
         *
         * @param threshold 1 to {@value DeadLetterListener#MAX_THRESHOLD}
         * @throws InvalidInputException if it is outside that
         */
        public Builder onDeadLetters(int threshold, DeadLetterListener listener) {
            if (threshold < 1 || threshold > DeadLetterListener.MAX_THRESHOLD) {
                throw new InvalidInputException("a threshold of " + threshold + " dead letters is outside 1 to "
                        + DeadLetterListener.MAX_THRESHOLD);
            }
            this.deadLetters = threshold;
            this.deadLetterListener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /** Who is told how each call went, in whichever database; nobody by default. */
        public Builder onCall(CallObserver observer) {
            this.observer = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Lets the logging context name organisations by a hash instead of their ids: {@code org_id} is then the first
         * 16 hexadecimal digits of the HMAC-SHA256 of the id's text form, so whoever has the key finds an organisation
         * in logs ({@code printf ID | openssl dgst -sha256 -hmac KEY}) and nobody else. By default it is the id.
         * Messages of background work and the names of folders hold ids all the same.
         *
         * @param key at least 16 bytes, the same in all processes whose logs are read together
         * @throws InvalidInputException if it is shorter
         */
        public Builder hashOrgIdsInLogs(Secret key) {
            this.labels = OrgLabels.hashed(key);
            return this;
        }

        /**
         * How often calls may be made; {@link CallLimits#none()} by default. Those of an organisation are counted in
         * its database, those of none, and those that create one, in the first one. All processes are given the same.
         */
        public Builder callLimits(CallLimits limits) {
            this.limits = Objects.requireNonNull(limits, "limits");
            return this;
        }

        /**
         * When calls are refused because more are under way in their database than it can do, with
         * {@link CallRefusedException}; {@link LoadShedding#adaptive()} by default.
         */
        public Builder loadShedding(LoadShedding shedding) {
            this.shedding = Optional.of(shedding);
            return this;
        }

        /** Lets all calls in, however many are under way. */
        public Builder withoutLoadShedding() {
            this.shedding = Optional.empty();
            return this;
        }

        /**
         * Starts to run jobs. If it fails, the databases are closed.
         *
         * @throws IllegalStateException     if there are no databases
         * @throws StoreUnavailableException if one of them cannot be reached
         */
        public ShardedJobQueue start() {
            return new ShardedJobQueue(this);
        }

        private Gate gate(Store store, ExportAdmission exports) {
            return new Gate(Admissions.of(store, limits, shedding, exports, observer), observer, labels);
        }

        private JobShards requireShards() {
            if (shards == null) {
                throw new IllegalStateException("no databases: give some with .shards(PgShards.builder(…)…open())");
            }
            return shards;
        }
    }
}
