package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One call of a handler, for one attempt or for those of a batch, and the thread that it runs on. Its attempts are of
 * one kind. Whoever finds that the work has become useless interrupts it here, which never reaches what the thread does
 * after the call. Thread-safe.
 */
final class Call {

    private final List<Attempt> attempts;
    private final ReentrantLock lock = new ReentrantLock();
    /** While the handler runs. */
    @GuardedBy("lock")
    private @Nullable Thread thread;
    @GuardedBy("lock")
    private boolean ended;
    @GuardedBy("lock")
    private Optional<Duration> took = Optional.empty();
    @GuardedBy("lock")
    private long beganNanos;

    Call(List<Attempt> attempts) {
        this.attempts = List.copyOf(attempts);
        this.attempts.forEach(attempt -> attempt.belongTo(this));
    }

    List<Attempt> attempts() {
        return attempts;
    }

    /** How long it may run. */
    Optional<Duration> timeout() {
        return attempts.getFirst().kind().timeout();
    }

    /** The handler is called on this thread now. */
    void begin() {
        lock.lock();
        try {
            thread = Thread.currentThread();
            beganNanos = System.nanoTime();
        } finally {
            lock.unlock();
        }
        interruptIfUseless();
    }

    /** The handler has ended. */
    void end() {
        lock.lock();
        try {
            took = tookNow();
            thread = null;
            ended = true;
        } finally {
            lock.unlock();
        }
    }

    /** How long the handler took, or takes; empty if it was not called yet. */
    Optional<Duration> took() {
        lock.lock();
        try {
            return ended ? took : tookNow();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Optional<Duration> tookNow() {
        return thread == null ? Optional.empty() : Optional.of(Duration.ofNanos(System.nanoTime() - beganNanos));
    }

    boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Interrupts the handler if none of its attempts is worth going on; one that is completing may not be disturbed.
     */
    void interruptIfUseless() {
        lock.lock();
        try {
            if (thread != null && attempts.stream().allMatch(Attempt::mayBeInterrupted)) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Its time is over: tells the attempts and interrupts the handler. Returns false if it has ended by now. */
    boolean timeOut() {
        if (hasEnded()) {
            return false;
        }
        attempts.forEach(Attempt::timeOut);
        interruptIfUseless();
        return true;
    }

    /** How logs name it. */
    @Override
    public String toString() {
        return attempts.size() == 1
                ? attempts.getFirst().toString()
                : "batch of " + attempts.size() + " with " + attempts.getFirst();
    }
}
