package io.croft.engine.job;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.StoreUnavailableException;
import io.croft.job.CancelReceipt;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobParent;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.LaneCounts;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.spi.Acting;
import io.croft.spi.AttemptBatch;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobAdministration;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.KindCounts;
import io.croft.spi.ScheduleStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A job store that can be taken away, that can refuse, and that tells what it was asked. It is as lazy as a store may
 * be: what has come or was freed can be claimed after the next upkeep. It adds transactions to a store that has none:
 * what is done in one takes effect when it commits. Thread-safe.
 */
final class WatchedJobs implements JobStore {

    /** A call of the store, told before it is made; may throw in its place. */
    interface Watcher {
        void before(String method, Object argument);
    }

    /** A finish that was answered, with its answers. */
    record Finished(List<Completion> completions, List<Boolean> answers) {
    }

    /** The argument of a round of upkeep that does not look for expired leases. */
    static final String LEASES_LEFT_BE = "leases are left be";

    private final JobStore store;
    private final Queue<Finished> finishes = new ConcurrentLinkedQueue<>();
    private final Queue<String> calls = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Watcher> watcher = new AtomicReference<>((method, argument) -> {
    });
    private volatile boolean away;
    private volatile boolean losesAnswers;
    private volatile boolean forgetful;
    private volatile boolean unsettled;
    private volatile boolean held;

    WatchedJobs(JobStore store) {
        this.store = store;
    }

    /** Whether rounds of upkeep pass over all lanes from now on, as if another's were at them. */
    void hold(boolean now) {
        held = now;
    }

    /** Every call fails from now on. */
    void goAway() {
        away = true;
    }

    void comeBack() {
        away = false;
    }

    /** The next finish is carried out, but its answer does not arrive. */
    void loseNextAnswer() {
        losesAnswers = true;
    }

    /** Heartbeats say from now on that no lease is held. */
    void forgetLeases() {
        forgetful = true;
    }

    /** Is told of every call to come. */
    void watch(Watcher next) {
        watcher.set(next);
    }

    /** The calls so far, by their methods' names. */
    long calls(String method) {
        return calls.stream().filter(method::equals).count();
    }

    /** The finishes that were answered. */
    List<Finished> finishes() {
        return List.copyOf(finishes);
    }

    /** The outcome of the job's last attempt that was accepted. */
    Optional<Outcome> outcome(JobId id) {
        return finishes.stream().flatMap(finished -> finished.completions().stream())
                .filter(completion -> completion.lease().id().equals(id)).map(Completion::outcome)
                .reduce((earlier, later) -> later);
    }

    /** A transaction of a handler's own. */
    Connection transaction() {
        List<Runnable> effects = new ArrayList<>();
        return (Connection) Proxy.newProxyInstance(WatchedJobs.class.getClassLoader(),
                new Class<?>[]{Connection.class, Effects.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "add" -> effects.add((Runnable) arguments[0]);
                        case "commit" -> effects.forEach(Runnable::run);
                        case "rollback" -> effects.clear();
                        default -> throw new UnsupportedOperationException(method.getName());
                    }
                    return null;
                });
    }

    /** A transaction in which nothing can be done any more. */
    static Connection brokenTransaction() {
        return (Connection) Proxy.newProxyInstance(WatchedJobs.class.getClassLoader(),
                new Class<?>[]{Connection.class, Effects.class}, (proxy, method, arguments) -> {
                    throw new StoreUnavailableException("the connection is broken: open another");
                });
    }

    /** Takes up what takes effect with the commit. */
    interface Effects {
        void add(Runnable effect);
    }

    @Override
    public void registerQueue(String name) {
        ask("registerQueue", name, () -> {
            store.registerQueue(name);
            return true;
        });
    }

    @Override
    public List<JobReceipt> enqueue(OrgId org, List<JobRequest> requests) {
        return ask("enqueue", requests, () -> {
            List<JobReceipt> receipts = store.enqueue(org, requests);
            unsettled = true;
            return receipts;
        });
    }

    /** The receipts are made up: the ids are known with the commit. */
    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, List<JobRequest> requests) {
        return ask("enqueueIn", requests, () -> {
            ((Effects) transaction).add(() -> store.enqueue(transaction, org, requests));
            return requests.stream().map(
                    request -> new JobReceipt(new JobId(1), false, false, JobState.READY,
                            Optional.empty()))
                    .toList();
        });
    }

    @Override
    public List<JobReceipt> enqueue(OrgId org, JobFlow flow) {
        return ask("enqueueFlow", flow, () -> {
            List<JobReceipt> receipts = store.enqueue(org, flow);
            unsettled = true;
            return receipts;
        });
    }

    /** The receipts are made up, as above. */
    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, JobFlow flow) {
        return ask("enqueueFlowIn", flow, () -> {
            ((Effects) transaction).add(() -> store.enqueue(transaction, org, flow));
            return flow.ordered().values().stream().map(request -> new JobReceipt(new JobId(1), false, false,
                    request.after().isEmpty() ? JobState.READY : JobState.WAITING, Optional.empty()))
                    .toList();
        });
    }

    @Override
    public List<JobParent> parents(OrgId org, JobId id) {
        return store.parents(org, id);
    }

    @Override
    public List<ClaimedJob> claim(String queue, int want, String worker, Duration lease, int together) {
        return ask("claim", queue, () -> unsettled ? List.of() : store.claim(queue, want, worker, lease, together));
    }

    @Override
    public List<Boolean> finish(List<Completion> completions) {
        List<Boolean> answers = ask("finish", completions, () -> store.finish(completions));
        unsettled = true;
        finishes.add(new Finished(List.copyOf(completions), answers));
        if (losesAnswers) {
            losesAnswers = false;
            throw new StoreUnavailableException("the answer got lost");
        }
        return answers;
    }

    @Override
    public void completeIn(Connection transaction, JobLease lease, Optional<String> result) {
        ask("completeIn", lease, () -> {
            if (store.heartbeat(List.of(lease), Duration.ofMinutes(1)).leases().isEmpty()) {
                throw new StaleLeaseException("job " + lease.id() + " is no longer this attempt's");
            }
            ((Effects) transaction)
                    .add(() -> store.finish(List.of(new Completion(lease, new Outcome.Completed(result)))));
            return true;
        });
    }

    @Override
    public Held heartbeat(Collection<JobLease> leases, Duration lease) {
        return ask("heartbeat", leases,
                () -> forgetful ? new Held(List.of(), List.of()) : store.heartbeat(leases, lease));
    }

    @Override
    public List<JobLease> report(List<Report> reports) {
        return ask("report", reports, () -> store.report(reports));
    }

    @Override
    public List<Optional<JobStatus>> statuses(List<Watched> jobs) {
        return ask("statuses", jobs, () -> store.statuses(jobs));
    }

    @Override
    public void release(Collection<JobLease> leases) {
        ask("release", leases, () -> {
            store.release(leases);
            return true;
        });
    }

    @Override
    public Upkept maintain(int limit, Consumer<Lane> died) {
        return round(limit, died, limit);
    }

    /** A call of "maintain" as well, whose argument is {@link #LEASES_LEFT_BE}. */
    @Override
    public Upkept advance(int limit, Consumer<Lane> died) {
        return round(limit, died, LEASES_LEFT_BE);
    }

    private Upkept round(int limit, Consumer<Lane> died, Object argument) {
        return ask("maintain", argument, () -> {
            if (held) {
                return new Upkept(false, true, Map.of(), List.of(), Map.of());
            }
            unsettled = false;
            return store.maintain(limit, died);
        });
    }

    @Override
    public void export(Org life, Consumer<Job> each) {
        store.export(life, each);
    }

    @Override
    public Optional<Job> find(OrgId org, JobId id) {
        return store.find(org, id);
    }

    @Override
    public List<Job> deadLetters(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return store.deadLetters(org, filter, after, limit);
    }

    @Override
    public List<JobId> deadLetterIds(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return store.deadLetterIds(org, filter, after, limit);
    }

    @Override
    public Listed list(OrgId org, JobFilter filter, Optional<JobId> before, int limit) {
        return store.list(org, filter, before, limit);
    }

    @Override
    public Map<String, JobCounts> counts(OrgId org) {
        return store.counts(org);
    }

    @Override
    public JobCounts counts(String queue) {
        return store.counts(queue);
    }

    @Override
    public List<LaneCounts> lanes(String queue, JobState by, Optional<LanePlace> after, int limit) {
        return store.lanes(queue, by, after, limit);
    }

    @Override
    public void count(AttemptBatch batch) {
        ask("count", batch, () -> {
            store.count(batch);
            return true;
        });
    }

    @Override
    public List<KindCounts> counted(OrgId org, Instant from, Instant to) {
        return store.counted(org, from, to);
    }

    @Override
    public List<KindCounts> counted(Instant from, Instant to) {
        return store.counted(from, to);
    }

    @Override
    public int countDeadLetters(Lane lane, int atMost) {
        return ask("countDeadLetters", lane, () -> store.countDeadLetters(lane, atMost));
    }

    /** Watched all the same, and written down nowhere. */
    @Override
    public JobAdministration by(Acting who) {
        return this;
    }

    @Override
    public List<JobId> redrive(OrgId org, List<JobId> ids, Duration first, Duration step) {
        List<JobId> redriven = store.redrive(org, ids, first, step);
        unsettled = true;
        return redriven;
    }

    @Override
    public List<JobId> discard(OrgId org, List<JobId> ids, String reason) {
        return store.discard(org, ids, reason);
    }

    @Override
    public List<JobId> discardDead(OrgId org, List<JobId> ids, String reason) {
        return ask("discardDead", ids, () -> store.discardDead(org, ids, reason));
    }

    @Override
    public CancelReceipt cancel(OrgId org, List<JobId> ids, String reason) {
        return ask("cancel", ids, () -> store.cancel(org, ids, reason));
    }

    @Override
    public void setLimits(OrgId org, String queue, LaneLimits limits) {
        store.setLimits(org, queue, limits);
    }

    @Override
    public void signal(Signal signal) {
        ask("signal", signal, () -> {
            store.signal(signal);
            return true;
        });
    }

    @Override
    public Listening listen(Consumer<Signal> heard) {
        return store.listen(heard);
    }

    @Override
    public Map<String, LaneStatus> lanes(OrgId org) {
        return store.lanes(org);
    }

    @Override
    public void pause(Pausable what) {
        store.pause(what);
    }

    @Override
    public void resume(Pausable what) {
        store.resume(what);
    }

    @Override
    public Map<String, QueueStatus> queues() {
        return store.queues();
    }

    @Override
    public QueueLimits limits(String queue) {
        return store.limits(queue);
    }

    @Override
    public void setLimits(String queue, QueueLimits limits) {
        store.setLimits(queue, limits);
    }

    /** Away with the rest of the store, else not watched. */
    @Override
    public ScheduleStore schedules() {
        return (ScheduleStore) Proxy.newProxyInstance(ScheduleStore.class.getClassLoader(),
                new Class<?>[]{ScheduleStore.class}, (proxy, method, arguments) -> {
                    if (away) {
                        throw new StoreUnavailableException("the store was taken away");
                    }
                    try {
                        return method.invoke(store.schedules(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private <T> T ask(String method, Object argument, Supplier<T> call) {
        calls.add(method);
        if (away) {
            throw new StoreUnavailableException("the store was taken away");
        }
        watcher.get().before(method, argument);
        return call.get();
    }
}
