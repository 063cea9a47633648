package io.croft.engine.job;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.StaleLeaseException;
import io.croft.TenantContext;
import io.croft.job.Job;
import io.croft.job.JobContext;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobParent;
import io.croft.job.JobParents;
import io.croft.job.JobProgress;
import io.croft.job.JobResult;
import io.croft.job.RetryPolicy;
import io.croft.spi.BoundedText;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A leased attempt, from its claim until the store has accepted or refused its completion.
 *
 * <p>Its handler, the heartbeats and the stop of the process meet here. Whoever moves it out of {@link Phase#RUNNING}
 * first decides: an attempt that is {@link Phase#LOST}, {@link Phase#STOPPED} or {@link Phase#GIVEN_UP} has its result
 * dropped, whatever the handler returns, and one that has {@link Phase#ENDED} cannot be lost any more. That its job was
 * cancelled or its time is over moves it nowhere: the handler is only told. Thread-safe.
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
        /** Its handler hangs past its timeout; that it failed is on its way. */
        GIVEN_UP,
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
    private final Consumer<Attempt> speaks;
    private final long heldSinceNanos = System.nanoTime();
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.RUNNING);
    private volatile boolean cancelled;
    private volatile boolean timedOut;
    private volatile @Nullable Word lastWord;
    private volatile @Nullable Call call;
    private volatile boolean committed;

    /**
     * How far it is.
     *
     * @param fraction 0 to 1
     * @param message  for people
     */
    record Word(double fraction, String message) {
    }

    /**
     * @param queue  where it was claimed
     * @param speaks told when it has said how far it is
     */
    Attempt(JobStore store, ClaimedJob job, JobKind kind, String queue, Consumer<Attempt> speaks) {
        this.store = store;
        this.job = job;
        this.kind = kind;
        this.queue = queue;
        this.speaks = speaks;
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
        return cancelled || timedOut || isTakenAway();
    }

    @Override
    public void progress(double fraction, String message) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new InvalidInputException("a progress of " + fraction + " is outside 0 to 1");
        }
        lastWord = new Word(fraction, BoundedText.chars(message, JobProgress.MAX_MESSAGE_CHARS));
        if (phase.get() == Phase.RUNNING) {
            speaks.accept(this);
        }
    }

    @Override
    public JobParents parents() {
        return new JobParents(store.parents(lease().org(), id()));
    }

    @Override
    public Optional<String> parentResult(JobParent parent) {
        return store.find(lease().org(), parent.id()).flatMap(Job::result);
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

    /** Its handler completed the job in a transaction of its own, as far as it knows. */
    void committed() {
        committed = true;
    }

    /** How long its handler took, or takes; empty if it was not called. */
    Optional<Duration> took() {
        Call now = call;
        return now == null ? Optional.empty() : now.took();
    }

    /** How long it has kept a slot busy, its wait for a batch included. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - heldSinceNanos);
    }

    /** Whether its handler completed the job in a transaction of its own, so that no other outcome counts. */
    boolean hasCommitted() {
        return committed;
    }

    /** Whether its handler was told that a person has cancelled its job, so that no outcome but a completion counts. */
    boolean wasCancelled() {
        return cancelled;
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

    /** What it said last, if that is worth keeping. */
    Optional<Word> lastWord() {
        return phase.get() == Phase.RUNNING ? Optional.ofNullable(lastWord) : Optional.empty();
    }

    /** It runs in this call of its handler. */
    void belongTo(Call call) {
        this.call = call;
    }

    /** What becomes of it if its job's deadline had passed when it was claimed. */
    Outcome.NotBegun tooLate() {
        return new Outcome.NotBegun("its deadline, " + deadline().map(Instant::toString).orElse("")
                + ", had passed before its turn came");
    }

    /** A failure of this attempt. */
    Outcome.Failed failedBy(Throwable thrown) {
        return Failure.of(thrown, retryAfter(thrown));
    }

    /** How long the job waits for its next attempt after this failure; empty if there shall be none. */
    Optional<Duration> retryAfter(Throwable failure) {
        try {
            return kind.retry().waitAfter(attempt(), failure, ThreadLocalRandom.current());
        } catch (IllegalStateException e) {
            // What the function threw may repeat the handler's own message.
            LOG.warn("{}: {}{}; it waits as by default", this, e.getMessage(),
                    e.getCause() == null ? "" : ", " + Failure.forLog(e.getCause()));
            return RetryPolicy.DEFAULT.waitAfter(attempt(), failure, ThreadLocalRandom.current());
        }
    }

    /** Whether this end may leave a dead letter behind. */
    boolean mayDie(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Failed failed ->
                    failed.retryAfter().isEmpty() || attempt() >= maxAttempts() || deadline().isPresent();
            case Outcome.NotBegun notBegun -> attempt() > 1;
            case Outcome.Completed completed -> false;
            case Outcome.Snoozed snoozed -> false;
            case Outcome.Cancelled cancelled -> false;
        };
    }

    /** Whether its lease is to be prolonged. */
    boolean beats() {
        Phase now = phase.get();
        return now == Phase.RUNNING || now == Phase.ENDED || now == Phase.GIVEN_UP;
    }

    /**
     * The job was cancelled: tells its handler. Returns false if it was told before, or that does not matter any more.
     */
    boolean cancel() {
        if (cancelled || phase.get() != Phase.RUNNING) {
            return false;
        }
        cancelled = true;
        Call now = call;
        if (now != null) {
            now.interruptIfUseless();
        }
        return true;
    }

    /** Its time is over; only what it completes in a transaction of its own counts from now on. */
    void timeOut() {
        timedOut = true;
    }

    /** Whether its time is over and its handler has not begun to complete it. */
    boolean isTimedOut() {
        return timedOut && phase.get() != Phase.COMPLETING;
    }

    String timeoutMessage() {
        return "the handler ran longer than the timeout of job kind " + kind.name() + ", "
                + kind.timeout().map(Duration::toString).orElse("none");
    }

    /** Fails it without waiting for its handler any longer; returns false if it is not the handler's alone. */
    boolean giveUp() {
        return phase.compareAndSet(Phase.RUNNING, Phase.GIVEN_UP);
    }

    /** Whether its handler has no reason to go on, and no transaction that an interrupt could break. */
    boolean mayBeInterrupted() {
        return isCancelled() && phase.get() != Phase.COMPLETING;
    }

    private boolean isTakenAway() {
        return switch (phase.get()) {
            case LOST, STOPPED, GIVEN_UP -> true;
            case RUNNING, COMPLETING, ENDED -> false;
        };
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
        return phase.getAndUpdate(now -> switch (now) {
            case LOST, STOPPED, GIVEN_UP -> now;
            case RUNNING, COMPLETING, ENDED -> Phase.ENDED;
        });
    }

    /** How logs name it: never with its payload. */
    @Override
    public String toString() {
        return "job " + id() + " (" + job.kind() + ", organisation " + lease().org() + ", attempt " + attempt()
                + " of "
                + maxAttempts() + ")";
    }
}
