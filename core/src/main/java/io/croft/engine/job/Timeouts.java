package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.job.JobTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends handlers whose time is over, in two steps: first they are told and interrupted, and their attempts fail when
 * they end; those that have not ended after a grace are given up, that is their attempts fail at once and their jobs go
 * on without them. A thread cannot be killed, so such a handler keeps its slots until it ends by itself, and is
 * counted.
 *
 * <p>Kinds without a timeout cost nothing here. Thread-safe.
 */
final class Timeouts {

    private static final Logger LOG = LoggerFactory.getLogger(Timeouts.class);

    private final Duration grace;
    private final Finisher finisher;
    private final Loop loop = new Loop("croft-timeouts", this::round, Loop.LONGEST_BACKOFF);
    private final AtomicLong timedOut = new AtomicLong();

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final TreeSet<Due> dues = new TreeSet<>(Due.SOONEST);
    /** What is in {@link #dues}, by its call. */
    @GuardedBy("lock")
    private final Map<Call, Due> byCall = new HashMap<>();
    @GuardedBy("lock")
    private final Set<Call> hung = new HashSet<>();
    @GuardedBy("lock")
    private long counter;

    /**
     * The next step with a call.
     *
     * @param call    the call
     * @param atNanos when
     * @param number  tells two of one moment apart
     * @param last    whether it is the second step
     */
    private record Due(Call call, long atNanos, long number, boolean last) {

        static final Comparator<Due> SOONEST = (a, b) -> a.atNanos != b.atNanos
                ? Long.signum(a.atNanos - b.atNanos)
                : Long.compare(a.number, b.number);
    }

    /**
     * @param grace    how long a handler may take to end after it was interrupted
     * @param finisher takes the failures of attempts that are given up
     */
    Timeouts(Duration grace, Finisher finisher) {
        this.grace = grace;
        this.finisher = finisher;
    }

    void start() {
        loop.start();
    }

    void stop() {
        loop.stop();
    }

    void join(long nanos) throws InterruptedException {
        loop.join(nanos);
    }

    /** The handler is called on this thread now. */
    void began(Call call) {
        call.begin();
        call.timeout().ifPresent(timeout -> schedule(call, timeout, false));
    }

    /** The handler has ended, in its time or not. */
    void ended(Call call) {
        lock.lock();
        try {
            call.end();
            Due due = byCall.remove(call);
            if (due != null) {
                dues.remove(due);
            }
            if (hung.remove(call)) {
                LOG.info("{}: its handler has ended at last; its result is dropped", call);
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many calls' time was over before they ended. */
    long timedOut() {
        return timedOut.get();
    }

    /** How many handlers still run although they were given up. */
    int hung() {
        lock.lock();
        try {
            return hung.size();
        } finally {
            lock.unlock();
        }
    }

    private void schedule(Call call, Duration wait, boolean last) {
        boolean first;
        lock.lock();
        try {
            if (call.hasEnded()) {
                return;
            }
            Due due = new Due(call, System.nanoTime() + wait.toNanos(), counter++, last);
            byCall.put(call, due);
            dues.add(due);
            first = dues.first().equals(due);
        } finally {
            lock.unlock();
        }
        if (first) {
            loop.wake();
        }
    }

    private long round() throws InterruptedException {
        for (Due due : ripe()) {
            if (due.last()) {
                giveUp(due.call());
            } else if (due.call().timeOut()) {
                timedOut.incrementAndGet();
                schedule(due.call(), grace, true);
            }
        }
        lock.lock();
        try {
            return dues.isEmpty() ? Loop.UNTIL_WOKEN : Math.max(0, dues.first().atNanos() - System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    private List<Due> ripe() {
        long now = System.nanoTime();
        List<Due> ripe = new ArrayList<>();
        lock.lock();
        try {
            while (!dues.isEmpty() && dues.first().atNanos() - now <= 0) {
                Due due = dues.removeFirst();
                byCall.remove(due.call());
                ripe.add(due);
            }
        } finally {
            lock.unlock();
        }
        return ripe;
    }

    private void giveUp(Call call) throws InterruptedException {
        lock.lock();
        try {
            if (call.hasEnded()) {
                return;
            }
            hung.add(call);
        } finally {
            lock.unlock();
        }
        LOG.warn(
                "{}: its handler still runs {} after it was interrupted for its timeout; the job goes on without it, "
                        + "but its slots are taken until it ends",
                call, grace);
        for (Attempt attempt : call.attempts()) {
            if (attempt.giveUp()) {
                finisher.submit(attempt, attempt.failedBy(new JobTimeoutException(attempt.timeoutMessage()
                        + " and did not end within " + grace + " of being interrupted")));
            }
        }
    }
}
