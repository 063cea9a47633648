package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.job.DeadLetterFilter;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Puts the dead letters that this process lets run again at a rate one after the other, whichever calls they are of:
 * so a call that goes on where another one ended, with the same filter and rate, keeps to that, too. It remembers such
 * a series for as long as the last of it is to come. Thread-safe.
 */
final class RedrivePace {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    /** When the next job may begin. */
    @GuardedBy("lock")
    private final Map<Series, Long> next = new HashMap<>();

    /**
     * Nothing is to come yet.
     *
     * @param nanos the time that has gone by, from any beginning
     */
    RedrivePace(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** How long one job takes at this rate. */
    static Duration step(int jobsPerSecond) {
        return Duration.ofNanos(SECOND / jobsPerSecond);
    }

    /**
     * What is let run again one after the other.
     *
     * @param org           of this organisation
     * @param filter        what it lets pass
     * @param jobsPerSecond at this rate
     */
    record Series(OrgId org, DeadLetterFilter filter, int jobsPerSecond) {
    }

    /** Takes the time of so many jobs; returns how long from now the first of them begins. */
    Duration take(Series series, int jobs) {
        lock.lock();
        try {
            long now = nanos.getAsLong();
            next.values().removeIf(time -> time - now <= 0);
            long first = next.getOrDefault(series, now);
            next.put(series, first + jobs * SECOND / series.jobsPerSecond());
            return Duration.ofNanos(first - now);
        } finally {
            lock.unlock();
        }
    }
}
