package io.croft.engine.job;

import io.croft.Actor;
import io.croft.StaleLeaseException;
import io.croft.TenantContext;
import io.croft.job.JobContext;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.RetryPolicy;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A leased attempt, from its claim until the store has accepted or refused its completion.
 *
 * <p>Its handler, the heartbeats and the stop of the process meet here. Whoever moves it out of {@link Phase#RUNNING}
 * first decides: an attempt that is {@link Phase#LOST} or {@link Phase#STOPPED} has its result dropped, whatever the
 * handler returns, and one that has {@link Phase#ENDED} cannot be lost any more. Thread-safe.
 */
final class Attempt implements JobContext {

    /** Where an attempt stands. */
    enum Phase {
        /** Its handler runs. */
        RUNNING,
        /**
         * Its handler has called {@link JobContext#completeIn}: its transaction holds the row of the lease, which must
         * not be waited for, and a lease that is gone may just mean that the transaction committed.
         */
        COMPLETING,
        /** The store said that the lease is gone. */
        LOST,
        /** The process stops and has given the job back. */
        STOPPED,
        /** Its handler is done; the completion is on its way. */
        ENDED
    }

    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final Actor WORKER = Actor.service("croft-worker");

    private final JobStore store;
    private final ClaimedJob job;
    private final JobKind kind;
    private final String queue;
    private final TenantContext tenant;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.RUNNING);
    private volatile boolean committed;
    private volatile @Nullable Duration took;

    /**
     * @param queue where it was claimed
     */
    Attempt(JobStore store, ClaimedJob job, JobKind kind, String queue) {
        this.store = store;
        this.job = job;
        this.kind = kind;
        this.queue = queue;
        this.tenant = new TenantContext(job.lease().org(), WORKER, "job-" + job.lease().id());
    }

    @Override
    public TenantContext tenant() {
        return tenant;
    }

    @Override
    public JobId id() {
        return job.lease().id();
    }

    @Override
    public JobKind kind() {
        return kind;
    }

    @Override
    public String payload() {
        return job.payload();
    }

    @Override
    public Set<String> tags() {
        return job.tags();
    }

    @Override
    public Optional<Instant> deadline() {
        return job.deadline();
    }

    @Override
    public int attempt() {
        return job.attempt();
    }

    @Override
    public int maxAttempts() {
        return job.maxAttempts();
    }

    @Override
    public long fence() {
        return job.lease().fence();
    }

    @Override
    public boolean isCancelled() {
        Phase now = phase.get();
        return now == Phase.LOST || now == Phase.STOPPED;
    }

    @Override
    public void completeIn(Connection transaction, Optional<String> result) {
        new JobResult.Completed(result); // checks its size
        if (!phase.compareAndSet(Phase.RUNNING, Phase.COMPLETING) && phase.get() != Phase.COMPLETING) {
            throw new StaleLeaseException(this + " is no longer this attempt's: roll back, another attempt owns it");
        }
        try {
            store.completeIn(transaction, job.lease(), result);
        } catch (StaleLeaseException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            phase.compareAndSet(Phase.COMPLETING, Phase.RUNNING); // nothing is on its way: the lease goes on
            throw e;
        }
    }

    /**
     * Its handler has ended.
     *
     * @param took      how long it took
     * @param committed whether it completed the job in a transaction of its own, as far as it knows
     */
    void handled(Duration took, boolean committed) {
        this.committed = committed;
        this.took = took;
    }

    /** How long its handler took; empty if it was not called. */
    Optional<Duration> took() {
        return Optional.ofNullable(took);
    }

    /** Whether its handler completed the job in a transaction of its own, so that no other outcome counts. */
    boolean hasCommitted() {
        return committed;
    }

    /** When its job was enqueued, by the store's clock. */
    Instant createdAt() {
        return job.createdAt();
    }

    JobLease lease() {
        return job.lease();
    }

    String queue() {
        return queue;
    }

    /** The lane of its job. */
    Lane lane() {
        return new Lane(lease().org(), queue);
    }

    /** How long the job waits for its next attempt after this failure; empty if there shall be none. */
    Optional<Duration> retryAfter(Throwable failure) {
        try {
            return kind.retry().waitAfter(attempt(), failure, ThreadLocalRandom.current());
        } catch (IllegalStateException e) {
            LOG.warn("{}: {}; it waits as by default", this, e.getMessage(), e.getCause());
            return RetryPolicy.DEFAULT.waitAfter(attempt(), failure, ThreadLocalRandom.current());
        }
    }

    /** Whether this failure may leave a dead letter behind. */
    boolean mayDie(Outcome outcome) {
        return outcome instanceof Outcome.Failed failed
                && (failed.retryAfter().isEmpty() || attempt() >= maxAttempts() || deadline().isPresent());
    }

    /** Whether its lease is to be prolonged. */
    boolean beats() {
        Phase now = phase.get();
        return now == Phase.RUNNING || now == Phase.ENDED;
    }

    /** Takes note that the lease is gone; returns false if that does not matter any more. */
    boolean lose() {
        return phase.compareAndSet(Phase.RUNNING, Phase.LOST);
    }

    /**
     * Takes the job away from its handler because the process stops; returns false if it is not the handler's alone.
     */
    boolean stop() {
        return phase.compareAndSet(Phase.RUNNING, Phase.STOPPED);
    }

    /** The handler is done: returns the phase in which it was. A cancelled attempt stays so. */
    Phase end() {
        return phase.getAndUpdate(now -> now == Phase.LOST || now == Phase.STOPPED ? now : Phase.ENDED);
    }

    /** How logs name it: never with its payload. */
    @Override
    public String toString() {
        return "job " + id() + " (" + job.kind() + ", organisation " + lease().org() + ", attempt " + attempt()
                + " of "
                + maxAttempts() + ")";
    }
}
