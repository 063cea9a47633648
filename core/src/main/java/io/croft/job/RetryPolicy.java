package io.croft.job;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a failed attempt is repeated, and how often. Immutable.
 *
 * @param maxAttempts how many attempts a job has in all, 1 to 100
 * @param base        the longest wait after the first failed attempt; doubles with each further one
 * @param cap         the longest wait of all
 */
public record RetryPolicy(int maxAttempts, Duration base, Duration cap) {

    /** Three attempts, waiting up to 10 seconds after the first and 20 after the second. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(3, Duration.ofSeconds(10), Duration.ofHours(1));

    /** The most attempts. */
    public static final int MAX_ATTEMPTS = 100;

    public RetryPolicy {
        if (maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS) {
            throw new InvalidInputException("max attempts " + maxAttempts + " is outside 1 to " + MAX_ATTEMPTS);
        }
        if (base.isNegative() || cap.compareTo(base) < 0 || cap.compareTo(Duration.ofDays(7)) > 0) {
            throw new InvalidInputException("retry waits from " + base + " to " + cap
                    + ": the base must be at least 0, the cap at least the base and at most 7 days");
        }
    }

    /** The default waits with this many attempts in all. */
    public static RetryPolicy attempts(int maxAttempts) {
        return new RetryPolicy(maxAttempts, DEFAULT.base, DEFAULT.cap);
    }

    /**
     * The wait after a failed attempt: exponential with equal jitter, that is between the half and the whole of
     * {@code min(cap, base · 2^(attempt − 1))}, so that jobs which failed together do not return together.
     *
     * @param attempt the number of the attempt that failed, from 1
     */
    public Duration delay(int attempt, RandomGenerator random) {
        double whole = Math.min((double) cap.toMillis(), base.toMillis() * Math.pow(2, Math.max(0, attempt - 1)));
        return Duration.ofMillis((long) (whole * (0.5 + random.nextDouble() / 2)));
    }
}
