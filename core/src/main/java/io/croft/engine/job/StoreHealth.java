package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.StoreUnavailableException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Tells once when the store goes away and once when it is back, however many threads find out. Thread-safe.
 */
final class StoreHealth {

    private final Logger log;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private boolean away;
    @GuardedBy("lock")
    private long awaySinceNanos;

    StoreHealth(Logger log) {
        this.log = log;
    }

    /** Makes a call to the store and passes on what it answers or throws. */
    <T> T ask(Supplier<T> call) {
        long began = System.nanoTime();
        T answer;
        try {
            answer = call.get();
        } catch (StoreUnavailableException e) {
            failed(e);
            throw e;
        }
        answered(began);
        return answer;
    }

    /** The same for a call without an answer. */
    void run(Runnable call) {
        ask(() -> {
            call.run();
            return true;
        });
    }

    private void failed(StoreUnavailableException e) {
        lock.lock();
        try {
            if (!away) {
                away = true;
                awaySinceNanos = System.nanoTime();
                log.warn("The job store cannot be reached; workers wait and try again: {}", e.getMessage());
            }
        } finally {
            lock.unlock();
        }
    }

    /** An answer to a call made before the store went away does not say that it is back. */
    private void answered(long beganNanos) {
        lock.lock();
        try {
            if (away && beganNanos - awaySinceNanos >= 0) {
                away = false;
                log.info("The job store is back after {}", Duration.ofNanos(System.nanoTime() - awaySinceNanos));
            }
        } finally {
            lock.unlock();
        }
    }
}
