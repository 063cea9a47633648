package io.croft.engine.job;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.guard.Operation;
import io.croft.guard.Permission;
import io.croft.guard.TenantGuard;
import io.croft.job.FlowReceipt;
import io.croft.job.Job;
import io.croft.job.JobAdmin;
import io.croft.job.JobEnqueuer;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobListener;
import io.croft.job.JobParents;
import io.croft.job.JobQueue;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedules;
import io.croft.job.JobStatus;
import io.croft.job.JobWatch;
import io.croft.job.QueueAdmin;
import io.croft.spi.JobStore;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** The job queue over a store. Thread-safe. */
final class StoredJobQueue implements JobQueue {

    private final TenantGuard guard;
    private final JobStore store;
    private final KnownQueues queues;
    private final Handlers handlers;
    private final Upkeep upkeep;
    private final Signals signals;
    private final Watches watches;
    private final JobAdmin admin;
    private final QueueAdmin queueAdmin;
    private final JobSchedules schedules;

    StoredJobQueue(TenantGuard guard, JobStore store, KnownQueues queues, Handlers handlers, Upkeep upkeep,
            Signals signals, Watches watches, JobAdmin admin, QueueAdmin queueAdmin, JobSchedules schedules) {
        this.guard = guard;
        this.store = store;
        this.queues = queues;
        this.handlers = handlers;
        this.upkeep = upkeep;
        this.signals = signals;
        this.watches = watches;
        this.admin = admin;
        this.queueAdmin = queueAdmin;
        this.schedules = schedules;
    }

    @Override
    public List<JobReceipt> enqueueAll(TenantContext context, List<JobRequest> jobs) {
        List<JobRequest> checked = List.copyOf(jobs);
        List<JobReceipt> receipts = enqueueAll(context, checked, store::enqueue);
        signals.enqueued(checked, receipts);
        return receipts;
    }

    /**
     * When the transaction commits is not known here, so the pollers are only made to look often for a while; others
     * are told by the upkeep that finds what was committed.
     */
    @Override
    public JobEnqueuer in(Connection transaction) {
        Objects.requireNonNull(transaction, "transaction");
        return new JobEnqueuer() {
            @Override
            public List<JobReceipt> enqueueAll(TenantContext context, List<JobRequest> jobs) {
                return StoredJobQueue.this.enqueueAll(context, jobs,
                        (org, requests) -> store.enqueue(transaction, org, requests));
            }

            @Override
            public FlowReceipt enqueueFlow(TenantContext context, JobFlow flow) {
                return StoredJobQueue.this.enqueueFlow(context, flow,
                        (org, jobs) -> store.enqueue(transaction, org, jobs));
            }
        };
    }

    @Override
    public FlowReceipt enqueueFlow(TenantContext context, JobFlow flow) {
        FlowReceipt receipt = enqueueFlow(context, flow, store::enqueue);
        signals.enqueued(List.copyOf(flow.ordered().values()), List.copyOf(receipt.jobs().values()));
        return receipt;
    }

    private FlowReceipt enqueueFlow(TenantContext context, JobFlow flow,
            BiFunction<OrgId, JobFlow, List<JobReceipt>> enqueue) {
        return guard.call(context, Operation.JOBS_ENQUEUE_FLOW, org -> {
            List<String> names = List.copyOf(flow.ordered().keySet());
            Set<String> named = prepare(List.copyOf(flow.jobs().values()));
            List<JobReceipt> receipts = enqueue.apply(org.id(), flow);
            named.forEach(upkeep::ask);
            Map<String, JobReceipt> byName = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                byName.put(names.get(i), receipts.get(i));
            }
            return new FlowReceipt(byName);
        });
    }

    @Override
    public JobParents parents(TenantContext context, JobId id) {
        return guard.call(context, Operation.JOBS_PARENTS, org -> new JobParents(store.parents(org.id(), id)));
    }

    @Override
    public Optional<Job> find(TenantContext context, JobId id) {
        return guard.call(context, Operation.JOBS_FIND, org -> store.find(org.id(), id));
    }

    @Override
    public JobWatch watch(TenantContext context, JobId id, JobListener listener) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(listener, "listener");
        return guard.call(context, Operation.JOBS_WATCH, org -> watches.watch(org.id(), id, listener, () -> {
        }));
    }

    /** The call is over when the wait begins, so that nothing counts it as one that goes on. */
    @Override
    public Optional<Job> await(TenantContext context, JobId id, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(id, "id");
        if (timeout.compareTo(MAX_AWAIT) > 0) {
            throw new InvalidInputException("a wait of " + timeout + " for a job is longer than " + MAX_AWAIT
                    + ": watch it, or wait again");
        }
        Awaited awaited = new Awaited();
        Optional<JobWatch> watch = guard.call(context, Operation.JOBS_AWAIT, org -> timeout.isPositive()
                ? Optional.of(watches.watch(org.id(), id, awaited, awaited::close))
                : Optional.empty());
        if (watch.isPresent()) {
            try {
                awaited.await(timeout);
            } finally {
                watch.get().close();
            }
        }
        Org org = guard.also(context, Operation.JOBS_AWAIT, Permission.READ);
        return store.find(org.id(), id).filter(job -> job.state().hasEnded());
    }

    /** Waits for one job. */
    private static final class Awaited implements JobListener {

        private final CountDownLatch over = new CountDownLatch(1);
        private volatile boolean closed;

        void await(Duration timeout) throws InterruptedException {
            boolean inTime = over.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (inTime && closed) {
                throw new IllegalStateException("this queue was closed while a job was awaited");
            }
        }

        void close() {
            closed = true;
            over.countDown();
        }

        @Override
        public void changed(JobStatus status) {
            if (status.state().hasEnded()) {
                over.countDown();
            }
        }

        @Override
        public void gone() {
            over.countDown();
        }
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

    private List<JobReceipt> enqueueAll(TenantContext context, List<JobRequest> jobs,
            BiFunction<OrgId, List<JobRequest>, List<JobReceipt>> enqueue) {
        return guard.call(context, Operation.JOBS_ENQUEUE, org -> {
            List<JobRequest> checked = List.copyOf(jobs);
            Set<String> named = prepare(checked);
            List<JobReceipt> receipts = enqueue.apply(org.id(), checked);
            named.forEach(upkeep::ask);
            return receipts;
        });
    }

    /** With a key of the library's own, a job would keep the library's from being enqueued. */
    private static void requireHosts(JobKey key) {
        if (key.text().startsWith(JobKey.OWN_PREFIX)) {
            throw new InvalidInputException("an idempotency key begins with \"" + JobKey.OWN_PREFIX
                    + "\", as the library's own do: begin it with something else");
        }
    }

    /**
     * Checks the jobs and makes their queues known, over a connection of the store's own; returns the queues' names.
     */
    private Set<String> prepare(List<JobRequest> jobs) {
        if (jobs.isEmpty() || jobs.size() > MAX_BATCH) {
            throw new InvalidInputException(
                    jobs.size() + " jobs in one call are outside 1 to " + MAX_BATCH
                            + ": enqueue them in several calls");
        }
        for (JobRequest job : jobs) {
            handlers.check(job.kind());
            job.key().ifPresent(StoredJobQueue::requireHosts);
        }
        Set<String> named = jobs.stream().map(job -> job.kind().queue()).collect(Collectors.toSet());
        named.forEach(queues::register);
        return named;
    }
}
