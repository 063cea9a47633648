package io.croft.engine.shard;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgSuspendedException;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.engine.job.GatedGlobalSchedules;
import io.croft.engine.job.GatedQueueAdmin;
import io.croft.engine.job.JobEngine;
import io.croft.guard.Gate;
import io.croft.job.FlowReceipt;
import io.croft.job.Job;
import io.croft.job.JobAdmin;
import io.croft.job.JobEnqueuer;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobListener;
import io.croft.job.JobParents;
import io.croft.job.JobQueue;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedules;
import io.croft.job.JobStatus;
import io.croft.job.JobWatch;
import io.croft.job.OrgPlace;
import io.croft.job.QueueAdmin;
import io.croft.spi.JobShards;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The job queue over several databases: each call goes to that of its organisation, or to all. Thread-safe. */
public final class RoutedJobQueue implements JobQueue {

    private final ShardRoutes routes;
    private final JobAdmin admin;
    private final QueueAdmin queueAdmin;
    private final JobSchedules schedules;

    /**
     * A queue over those of these engines, which are somebody else's to start and close.
     *
     * @param gate     what calls for all organisations pass
     * @param shards   which of them an organisation's jobs are in
     * @param engines  them, by the names of their databases
     * @param nowhere  refuses calls for organisations that are in none of them
     * @param patience how long a call for an organisation that moves waits for that to end
     */
    public RoutedJobQueue(Gate gate, JobShards shards, Map<String, JobEngine> engines, JobQueue nowhere,
            Duration patience) {
        Map<String, JobQueue> queues = new LinkedHashMap<>();
        engines.forEach((database, engine) -> queues.put(database, engine.queue()));
        this.routes = new ShardRoutes(shards, queues, nowhere, patience);
        this.admin = new RoutedJobAdmin(routes);
        this.queueAdmin = new GatedQueueAdmin(gate,
                new RoutedQueueAdmin(engines.values().stream().map(JobEngine::queueAdmin).toList()));
        this.schedules = new RoutedSchedules(routes, new GatedGlobalSchedules(gate,
                new RoutedGlobalSchedules(engines.values().stream().map(JobEngine::globalSchedules).toList())));
    }

    /** Where an organisation's jobs are now. */
    public OrgPlace place(OrgId org) {
        return routes.look(org);
    }

    /** What is known of an organisation's place is out of date. */
    public void forget(OrgId org) {
        routes.forget(org);
    }

    @Override
    public List<JobReceipt> enqueueAll(TenantContext context, List<JobRequest> jobs) {
        return routes.call(context.org(), queue -> queue.enqueueAll(context, jobs));
    }

    @Override
    public FlowReceipt enqueueFlow(TenantContext context, JobFlow flow) {
        return routes.call(context.org(), queue -> queue.enqueueFlow(context, flow));
    }

    @Override
    public JobEnqueuer in(Connection transaction) {
        Objects.requireNonNull(transaction, "transaction");
        return new JobEnqueuer() {
            @Override
            public List<JobReceipt> enqueueAll(TenantContext context, List<JobRequest> jobs) {
                return routes.callOnce(context.org(), queue -> queue.in(transaction).enqueueAll(context, jobs));
            }

            @Override
            public FlowReceipt enqueueFlow(TenantContext context, JobFlow flow) {
                return routes.callOnce(context.org(), queue -> queue.in(transaction).enqueueFlow(context, flow));
            }
        };
    }

    @Override
    public Optional<Job> find(TenantContext context, JobId id) {
        return routes.call(context.org(), queue -> queue.find(context, id));
    }

    @Override
    public JobParents parents(TenantContext context, JobId id) {
        return routes.call(context.org(), queue -> queue.parents(context, id));
    }

    @Override
    public JobWatch watch(TenantContext context, JobId id, JobListener listener) {
        Objects.requireNonNull(listener, "listener");
        FollowedWatch watch = new FollowedWatch(context, id, listener);
        watch.begin();
        return watch;
    }

    /** A watch that goes with its organisation: where that was, the job's record is gone one day. */
    private final class FollowedWatch implements JobWatch, JobListener {

        private static final Duration AGAIN = Duration.ofSeconds(1);

        private final TenantContext context;
        private final JobId id;
        private final JobListener listener;
        private volatile String database = "";
        private volatile @Nullable JobWatch watch;
        private volatile boolean closed;

        FollowedWatch(TenantContext context, JobId id, JobListener listener) {
            this.context = context;
            this.id = id;
            this.listener = listener;
        }

        void begin() {
            JobWatch begun = routes.call(context.org(), (name, queue) -> {
                database = name;
                return queue.watch(context, id, this);
            });
            watch = begun;
            if (closed) {
                begun.close();
            }
        }

        @Override
        public void changed(JobStatus status) {
            if (!closed) {
                listener.changed(status);
            }
        }

        /** Called on a thread of its own, which may wait until the databases can say more. */
        @Override
        public void gone() {
            while (!closed) {
                try {
                    if (routes.look(context.org()).database().equals(database)) {
                        listener.gone();
                    } else {
                        begin();
                    }
                    return;
                } catch (StoreUnavailableException | OrgSuspendedException e) {
                    LockSupport.parkNanos(AGAIN.toNanos());
                } catch (RuntimeException e) { // its organisation is gone, or this queue is closed
                    listener.gone();
                    return;
                }
            }
        }

        @Override
        public void close() {
            closed = true;
            JobWatch now = watch;
            if (now != null) {
                now.close();
            }
        }
    }

    /** Where the organisation was, the wait ends when the job's record is gone; it goes on where it is now. */
    @Override
    public Optional<Job> await(TenantContext context, JobId id, Duration timeout) throws InterruptedException {
        if (timeout.compareTo(MAX_AWAIT) > 0) {
            throw new InvalidInputException("a wait of " + timeout + " for a job is longer than " + MAX_AWAIT
                    + ": watch it, or wait again");
        }
        long end = System.nanoTime() + Math.max(0, timeout.toNanos());
        while (true) {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            Waited waited = routes.call(context.org(), (name, queue) -> waited(name, queue, context, id, left));
            if (waited.interrupted()) {
                throw new InterruptedException();
            } else if (waited.job().isPresent() || System.nanoTime() - end >= 0
                    || routes.look(context.org()).database().equals(waited.database())) {
                return waited.job();
            }
        }
    }

    private static Waited waited(String database, JobQueue queue, TenantContext context, JobId id, Duration timeout) {
        try {
            return new Waited(database, queue.await(context, id, timeout), false);
        } catch (InterruptedException e) {
            return new Waited(database, Optional.empty(), true); // thrown on by the caller
        }
    }

    private record Waited(String database, Optional<Job> job, boolean interrupted) {
    }

    @Override
    public JobAdmin admin() {
        return admin;
    }

    @Override
    public QueueAdmin queues() {
        return queueAdmin;
    }

    @Override
    public JobSchedules schedules() {
        return schedules;
    }
}
