package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.StoreUnavailableException;
import io.croft.job.JobId;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the outcomes of attempts, many in one call.
 *
 * <p>A handler's thread puts its outcome into a bounded buffer and is done; when the buffer is full it waits. One
 * thread takes what is there, and what comes within {@value #GATHER_MILLIS} ms, up to {@link JobStore#MAX_BATCH}, and
 * calls {@link JobStore#finish}. While the store is away everything is kept and tried again. A fence is accepted once,
 * so trying again after an answer that got lost does no harm.
 *
 * <p>One outcome that the store cannot take, say a result that is no JSON, must not hold up the others of its batch. So
 * a batch that is refused, other than because the store is away, is halved until the refused ones stand alone. An
 * outcome that is invalid is replaced by a failure which says so; one that is refused for an unknown reason is put
 * aside, tried {@value #MAX_REFUSALS} times at growing intervals, then given up: the lease ends and another attempt
 * follows.
 *
 * <p>Until its outcome is accepted, refused or given up, an attempt stays in {@link Attempts}, so that its lease is
 * prolonged. Thread-safe.
 */
final class Finisher {

    /** The most outcomes that wait; then handlers wait. */
    static final int MAX_BUFFERED = 2 * JobStore.MAX_BATCH;
    /** How often an outcome is tried that the store refuses for an unknown reason. */
    static final int MAX_REFUSALS = 20;
    /** How long a batch waits for more. */
    static final long GATHER_MILLIS = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Finisher.class);

    private final JobStore store;
    private final StoreHealth health;
    private final Attempts attempts;
    private final Upkeep upkeep;
    private final DeadLetterAlerts alerts;
    private final AttemptCounts counts;
    private final Loop loop;

    private final BlockingQueue<Ended> buffer = new ArrayBlockingQueue<>(MAX_BUFFERED);
    /** Confined to the loop: what is being stored. */
    private final List<Ended> batch = new ArrayList<>();
    /** Confined to the loop: taken from the buffer, but of a job that is in the batch already. */
    private final List<Ended> postponed = new ArrayList<>();
    /** Confined to the loop: refused for an unknown reason, to be tried again later. */
    private final List<Ended> aside = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition allStored = lock.newCondition();
    @GuardedBy("lock")
    private int pending;
    private volatile boolean closed;

    /** An outcome on its way. Confined to the loop once it has left the buffer. */
    private static final class Ended {
        final Attempt attempt;
        final Duration took;
        Outcome outcome;
        final Backoff retry = Backoff.afterErrors(Loop.LONGEST_BACKOFF);
        int refusals;
        long retryAtNanos;
        boolean replaced;
        boolean settled;

        Ended(Attempt attempt, Outcome outcome) {
            this.attempt = attempt;
            this.took = attempt.age();
            this.outcome = outcome;
        }

        Completion completion() {
            return new Completion(attempt.lease(), outcome, Optional.of(took));
        }
    }

    Finisher(String thread, JobStore store, StoreHealth health, Attempts attempts, Upkeep upkeep,
            DeadLetterAlerts alerts, AttemptCounts counts) {
        this.loop = new Loop(thread, this::round, Loop.LONGEST_BACKOFF);
        this.store = store;
        this.health = health;
        this.attempts = attempts;
        this.upkeep = upkeep;
        this.alerts = alerts;
        this.counts = counts;
    }

    void start() {
        loop.start();
    }

    /**
     * Takes an outcome; waits while the buffer is full.
     *
     * @return false if the finisher is closed and the outcome will not be stored
     */
    boolean submit(Attempt attempt, Outcome outcome) throws InterruptedException {
        Ended ended = new Ended(attempt, outcome);
        count(1);
        boolean taken = false;
        try {
            while (!closed && !taken) {
                taken = buffer.offer(ended, 100, TimeUnit.MILLISECONDS);
            }
        } finally {
            if (!taken) {
                count(-1);
            }
        }
        loop.wake();
        return taken;
    }

    /** Waits until everything taken is stored, at most this long. */
    void awaitStored(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (pending > 0 && left > 0) {
                left = allStored.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more and ends. */
    void stop() {
        closed = true;
        loop.stop();
        lock.lock();
        try {
            if (pending > 0) {
                LOG.warn(
                        "{} completions were not stored before the stop; their jobs run again when their leases end",
                        pending);
            }
        } finally {
            lock.unlock();
        }
    }

    void join(long nanos) throws InterruptedException {
        loop.join(nanos);
    }

    private long round() throws InterruptedException {
        gather();
        if (batch.isEmpty()) {
            long now = System.nanoTime();
            return aside.stream().mapToLong(ended -> Math.max(0, ended.retryAtNanos - now)).min()
                    .orElse(Loop.UNTIL_WOKEN);
        }
        RuntimeException refused;
        try {
            refused = store(batch);
        } finally {
            batch.removeIf(ended -> ended.settled);
        }
        if (refused != null) {
            LOG.error("The store refuses {} completions for an unknown reason; they are tried again", batch.size(),
                    refused);
            aside.addAll(batch);
            batch.clear();
        }
        return 0;
    }

    private void gather() throws InterruptedException {
        Set<JobId> ids = new HashSet<>();
        batch.forEach(ended -> ids.add(ended.attempt.id()));
        long now = System.nanoTime();
        List<Ended> earlier = Stream.concat(postponed.stream(),
                aside.stream().filter(ended -> ended.retryAtNanos - now <= 0)).toList();
        postponed.clear();
        aside.removeAll(earlier);
        earlier.forEach(ended -> place(ended, ids));
        long deadline = now + TimeUnit.MILLISECONDS.toNanos(GATHER_MILLIS);
        while (batch.size() + postponed.size() + aside.size() < JobStore.MAX_BATCH) {
            Ended next = buffer.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                return;
            }
            place(next, ids);
        }
    }

    /** A job may end twice in a short time, when it was lost and claimed again; one call must not name it twice. */
    private void place(Ended ended, Set<JobId> ids) {
        (ids.add(ended.attempt.id()) ? batch : postponed).add(ended);
    }

    /** Stores these, halving while refused; returns why the last of them is still not stored. */
    private @Nullable RuntimeException store(List<Ended> part) {
        List<Boolean> answers;
        try {
            answers = health.ask(() -> store
                    .finish(part.stream().map(Ended::completion).toList()));
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            if (part.size() == 1) {
                return refused(part.getFirst(), e);
            }
            RuntimeException first = store(part.subList(0, part.size() / 2));
            RuntimeException second = store(part.subList(part.size() / 2, part.size()));
            return second == null ? first : second;
        }
        Set<String> queues = new HashSet<>();
        for (int i = 0; i < part.size(); i++) {
            Ended ended = part.get(i);
            if (!answers.get(i)) {
                LOG.warn("{}: its result is dropped, because the job was taken away from it", ended.attempt);
            } else {
                counts.ended(ended.attempt, ended.outcome);
            }
            queues.add(ended.attempt.queue());
            if (ended.attempt.mayDie(ended.outcome)) {
                alerts.died(ended.attempt.lane());
            }
            settle(ended);
        }
        upkeep.freed(queues);
        return null;
    }

    private @Nullable RuntimeException refused(Ended ended, RuntimeException why) {
        ended.refusals++;
        if (ended.refusals >= MAX_REFUSALS || (why instanceof InvalidInputException && ended.replaced)) {
            LOG.error(
                    "{}: its completion was refused {} times and is given up; the job runs again when its lease ends",
                    ended.attempt, ended.refusals, why);
            settle(ended);
            return null;
        }
        ended.retryAtNanos = System.nanoTime() + ended.retry.nextNanos();
        if (why instanceof InvalidInputException) {
            ended.replaced = true;
            ended.outcome = Failure.of(why, ended.attempt.retryAfter(why));
            return store(List.of(ended));
        }
        return why;
    }

    private void settle(Ended ended) {
        ended.settled = true;
        attempts.remove(ended.attempt);
        count(-1);
    }

    private void count(int change) {
        lock.lock();
        try {
            pending += change;
            if (pending == 0) {
                allStored.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
