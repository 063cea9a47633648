package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.StoreUnavailableException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that repeats a round of work until it is stopped. A round that throws, whatever it throws, is
 * followed by a growing wait and then by the next round. Thread-safe.
 */
final class Loop {

    /** A wait that only {@link #wake} or {@link #stop} ends: 292 years. */
    static final long UNTIL_WOKEN = Long.MAX_VALUE;
    /** The longest wait after a failed round. */
    static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

    /** One round. */
    @FunctionalInterface
    interface Round {

        /**
         * Does what is there to do.
         *
         * @return how long to wait before the next round unless woken, in nanoseconds
         */
        long run() throws InterruptedException;
    }

    private final Round round;
    private final Backoff backoff;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    @GuardedBy("lock")
    private boolean woken;
    @GuardedBy("lock")
    private boolean stopped;

    Loop(String name, Round round, Duration longestBackoff) {
        this.round = round;
        this.backoff = Backoff.afterErrors(longestBackoff);
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::repeat);
    }

    void start() {
        thread.start();
    }

    /**
     * Ends the wait between two rounds, also the one after a round that is under way. Does not end the wait after a
     * failure.
     */
    void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Lets the round under way end and begins no other. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isStopped() {
        lock.lock();
        try {
            return stopped;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the thread of a stopped loop to end; past the wait it is interrupted. */
    void join(long nanos) throws InterruptedException {
        if (thread.getState() == Thread.State.NEW || thread.join(Duration.ofNanos(Math.max(0, nanos)))) {
            return;
        }
        LOG.warn("Thread {} is still in a call to the job store and is interrupted", thread.getName());
        thread.interrupt();
    }

    private void repeat() {
        try {
            while (!isStopped()) {
                boolean failed = false;
                long wait;
                try {
                    wait = round.run();
                    backoff.reset();
                } catch (InterruptedException e) {
                    throw e;
                } catch (StoreUnavailableException e) {
                    failed = true; // StoreHealth has told of it
                    wait = backoff.nextNanos();
                } catch (Throwable e) {
                    failed = true;
                    wait = backoff.nextNanos();
                    LOG.error("Thread {} met something unexpected and goes on in {} ms", thread.getName(),
                            TimeUnit.NANOSECONDS.toMillis(wait), e);
                }
                await(wait, failed);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (!isStopped()) {
                LOG.error("Thread {} was interrupted by a stranger and ends: restart this process", thread.getName());
            }
        }
    }

    private void await(long nanos, boolean failed) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (!stopped && left > 0 && (failed || !woken)) {
                left = changed.awaitNanos(left);
            }
            woken = false;
        } finally {
            lock.unlock();
        }
    }
}
