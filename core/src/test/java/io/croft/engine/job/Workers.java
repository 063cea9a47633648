package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.guard.TenantGuard;
import io.croft.job.DeadLetterListener;
import io.croft.job.Job;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneLimits;
import io.croft.job.RetryPolicy;
import io.croft.job.WorkerSettings;
import io.croft.spi.JobStore;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/** Engines of one test over one store of its own, and short words for what tests do with them. */
final class Workers implements AutoCloseable {

    static final OrgId ORG = OrgId.named("riding school");
    static final OrgId NOBODY = OrgId.named("nobody");
    static final TenantContext CONTEXT = TenantContext.of(ORG, Actor.service("test"));
    /** Three attempts, no wait between them. */
    static final JobKind KIND = JobKind.of("test.work", "test")
            .withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(3));

    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
    private final InMemoryStore memory = new InMemoryStore(() -> Instant.now().plus(ahead.get()));
    /** The store itself, past all that watches and disturbs it. */
    final JobStore jobs = memory.jobs();
    final WatchedJobs store = new WatchedJobs(jobs);
    private final List<JobEngine> engines = new ArrayList<>();

    Workers() {
        create(ORG);
    }

    void create(OrgId org) {
        memory.orgs().create(TenantContext.of(org, Actor.service("test")));
    }

    /** Makes an engine; it is closed with the test. */
    JobEngine engine(WorkerSettings settings, Map<JobKind, JobHandler> handlers) {
        JobEngine engine = new JobEngine(new TenantGuard(memory.orgs()), store, handlers, settings);
        engines.add(engine);
        return engine;
    }

    /** The same, which tells of dead letters. */
    JobEngine engine(WorkerSettings settings, Map<JobKind, JobHandler> handlers, int threshold,
            DeadLetterListener listener) {
        JobEngine engine =
                new JobEngine(new TenantGuard(memory.orgs()), store, handlers, settings, threshold, listener);
        engines.add(engine);
        return engine;
    }

    /** Makes an engine with quick settings and starts it. */
    JobEngine start(Map<JobKind, JobHandler> handlers) {
        return start(settings(), handlers);
    }

    JobEngine start(WorkerSettings settings, Map<JobKind, JobHandler> handlers) {
        JobEngine engine = engine(settings, handlers);
        engine.start();
        return engine;
    }

    JobEngine start(JobHandler handler) {
        return start(Map.of(KIND, handler));
    }

    /** Polls quickly, does not wait long for handlers at the end. */
    static WorkerSettings settings() {
        return WorkerSettings.defaults().withPoll(Duration.ofMillis(10), Duration.ofMillis(50))
                .withStopDeadline(Duration.ofSeconds(10));
    }

    /** Alerts that tell nobody. */
    static DeadLetterAlerts silentAlerts(JobStore store, StoreHealth health) {
        return new DeadLetterAlerts(store, health, new DeadLetterAlerts.Alarm(50, (org, queue, deadLetters) -> {
        }));
    }

    static JobId enqueue(JobEngine engine) {
        return enqueue(engine, KIND);
    }

    static JobId enqueue(JobEngine engine, JobKind kind) {
        return engine.queue().enqueue(CONTEXT, JobRequest.of(kind, "{}")).id();
    }

    void unlimited(String queue) {
        jobs.registerQueue(queue);
        jobs.setLimits(ORG, queue, LaneLimits.maxRunning(10_000));
    }

    Job job(JobId id) {
        return jobs.find(ORG, id).orElseThrow();
    }

    /** Lets time go by on the store's clock. */
    void pass(Duration time) {
        ahead.updateAndGet(already -> already.plus(time));
    }

    /** Takes all running jobs away from whoever has them. */
    void loseLeases() {
        pass(Duration.ofHours(2));
        jobs.maintain(JobStore.MAX_BATCH);
    }

    /** Waits until the job is in this state. */
    Job await(JobId id, JobState state) {
        eventually("job " + id + " is " + state, () -> job(id).state() == state);
        return job(id);
    }

    /** Waits until it holds. */
    static void eventually(String what, BooleanSupplier condition) {
        Await.until(what, condition, () -> Await.pass(Duration.ofMillis(1)));
    }

    static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)).as("the latch opened in time").isTrue();
    }

    /** The platform threads of engines that are alive. */
    static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> name.startsWith("croft-"))
                .sorted().toList();
    }

    /** Closes all engines; none of their threads may be left. */
    @Override
    public void close() {
        engines.forEach(JobEngine::close);
        assertThat(threads()).as("threads left by closed engines").isEmpty();
    }
}
