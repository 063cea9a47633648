package io.croft.job;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Whether a failed attempt is repeated, when, and how often. Immutable; each {@code with…} method returns a changed
 * copy. Thread-safe if a custom function is.
 */
public final class RetryPolicy {

    /** The most attempts. */
    public static final int MAX_ATTEMPTS = 100;
    /** How many attempts a job has by default. */
    public static final int DEFAULT_ATTEMPTS = 3;
    /** The longest wait of {@link #exponential} and {@link #fixed}. */
    public static final Duration MAX_WAIT = Duration.ofDays(7);
    /** The longest wait that a {@link #custom} function may ask for. */
    public static final Duration MAX_CUSTOM_WAIT = Duration.ofDays(366);
    /** How deep causes are looked at for classes that are never retried. */
    public static final int MAX_CAUSES = 10;

    /** Three attempts, waiting up to 10 seconds after the first and 20 after the second, {@link #exponential}. */
    public static final RetryPolicy DEFAULT = exponential(Duration.ofSeconds(10), Duration.ofHours(1));

    private final int maxAttempts;
    private final Waits waits;
    private final List<Class<? extends Throwable>> neverRetried;

    private RetryPolicy(int maxAttempts, Waits waits, List<Class<? extends Throwable>> neverRetried) {
        this.maxAttempts = maxAttempts;
        this.waits = waits;
        this.neverRetried = neverRetried;
    }

    /** Decides on the wait after a failed attempt. */
    @FunctionalInterface
    public interface Custom {

        /**
         * How long to wait.
         *
         * @param attempt the number of the attempt that failed, from 1
         * @param failure what its handler threw
         * @return 0 to 366 days; empty to make it a dead letter at once
         */
        Optional<Duration> waitAfter(int attempt, Throwable failure);
    }

    private sealed interface Waits {

        record Exponential(Duration base, Duration cap) implements Waits {
        }

        record Fixed(Duration length) implements Waits {
        }

        record Own(Custom function) implements Waits {
        }
    }

    /**
     * Waits that grow, with full jitter: after attempt {@code n} any time between 0 and
     * {@code min(cap, base · 2^(n − 1))} is as likely as another, so that jobs which failed together do not return
     * together. There is no least wait, which is what makes the load even; see Brooker, <i>Exponential Backoff And
     * Jitter</i>, AWS Architecture Blog, 2015.
     *
     * @param base 0 or more
     * @param cap  from {@code base} to 7 days
     * @throws InvalidInputException if one is outside that
     */
    public static RetryPolicy exponential(Duration base, Duration cap) {
        if (base.isNegative() || cap.compareTo(base) < 0 || cap.compareTo(MAX_WAIT) > 0) {
            throw new InvalidInputException("retry waits from " + base + " to " + cap
                    + ": the base must be at least 0, the cap at least the base and at most 7 days");
        }
        return new RetryPolicy(DEFAULT_ATTEMPTS, new Waits.Exponential(base, cap), List.of());
    }

    /**
     * The same wait after each failed attempt.
     *
     * @param wait 0 to 7 days
     * @throws InvalidInputException if it is outside that
     */
    public static RetryPolicy fixed(Duration wait) {
        if (wait.isNegative() || wait.compareTo(MAX_WAIT) > 0) {
            throw new InvalidInputException("retry wait " + wait + " is outside 0 to 7 days");
        }
        return new RetryPolicy(DEFAULT_ATTEMPTS, new Waits.Fixed(wait), List.of());
    }

    /**
     * Waits of the host's own. The function is called by the thread of the attempt that failed, or by one of the queue's
     * where a handler hangs past its timeout, and must be quick. If it throws, or returns null or a wait outside 0 to
     * 366 days, the wait is that of {@link #DEFAULT}, and a warning is logged.
     */
    public static RetryPolicy custom(Custom function) {
        Objects.requireNonNull(function, "function");
        return new RetryPolicy(DEFAULT_ATTEMPTS, new Waits.Own(function), List.of());
    }

    /**
     * The default waits with this many attempts in all.
     *
     * @param maxAttempts 1 to {@value #MAX_ATTEMPTS}
     * @throws InvalidInputException if it is outside that
     */
    public static RetryPolicy attempts(int maxAttempts) {
        return DEFAULT.withMaxAttempts(maxAttempts);
    }

    /**
     * The same with this many attempts in all; {@value #DEFAULT_ATTEMPTS} by default. A job may have a number of its
     * own: {@link JobRequest#withMaxAttempts}.
     *
     * @param maxAttempts 1 to {@value #MAX_ATTEMPTS}
     * @throws InvalidInputException if it is outside that
     */
    public RetryPolicy withMaxAttempts(int maxAttempts) {
        checkMaxAttempts(maxAttempts);
        return new RetryPolicy(maxAttempts, waits, neverRetried);
    }

    /**
     * The same, which makes a job a dead letter at once, whatever attempts are left, when its handler throws one of
     * these or of their subclasses, or something with one of them among its nearest {@value #MAX_CAUSES} causes. Added
     * to those named before.
     */
    @SafeVarargs
    public final RetryPolicy neverRetrying(Class<? extends Throwable>... classes) {
        List<Class<? extends Throwable>> all = new ArrayList<>(neverRetried);
        for (Class<? extends Throwable> type : classes) {
            all.add(type);
        }
        return new RetryPolicy(maxAttempts, waits, List.copyOf(all));
    }

    /** How many attempts a job has in all. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /**
     * The wait after a failed attempt, if it is to be repeated. Whether attempts are left is not looked at.
     *
     * @param attempt the number of the attempt that failed, from 1
     * @param failure what its handler threw
     * @param random  for jitter
     * @return empty for a dead letter at once
     * @throws IllegalStateException if a custom function throws, or returns what is no wait
     */
    public Optional<Duration> waitAfter(int attempt, Throwable failure, RandomGenerator random) {
        if (isNeverRetried(failure)) {
            return Optional.empty();
        }
        return switch (waits) {
            case Waits.Exponential(Duration base, Duration cap) -> {
                double whole =
                        Math.min((double) cap.toMillis(), base.toMillis() * Math.pow(2, Math.max(0, attempt - 1)));
                yield Optional.of(Duration.ofMillis(Math.round(whole * random.nextDouble())));
            }
            case Waits.Fixed(Duration length) -> Optional.of(length);
            case Waits.Own(Custom function) -> ask(function, attempt, failure);
        };
    }

    /** The functions of hosts are not held to their types. */
    private static Optional<Duration> ask(Custom function, int attempt, Throwable failure) {
        Optional<Duration> wait;
        try {
            wait = function.waitAfter(attempt, failure);
        } catch (RuntimeException | Error e) {
            throw new IllegalStateException("a custom retry function threw " + e.getClass().getName(), e);
        }
        if (wait == null) {
            throw new IllegalStateException("a custom retry function returned null");
        }
        if (wait.isPresent() && (wait.get().isNegative() || wait.get().compareTo(MAX_CUSTOM_WAIT) > 0)) {
            throw new IllegalStateException("a custom retry function returned a wait of " + wait.get()
                    + ", which is outside 0 to 366 days");
        }
        return wait;
    }

    /** What is thrown is the handler's: asking it for its cause may throw too. */
    private boolean isNeverRetried(Throwable failure) {
        if (neverRetried.isEmpty()) {
            return false;
        }
        Throwable one = failure;
        for (int depth = 0; one != null && depth <= MAX_CAUSES; depth++) {
            Throwable candidate = one;
            if (neverRetried.stream().anyMatch(type -> type.isInstance(candidate))) {
                return true;
            }
            try {
                one = candidate.getCause();
            } catch (RuntimeException | Error e) {
                return false;
            }
        }
        return false;
    }

    static void checkMaxAttempts(int maxAttempts) {
        if (maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS) {
            throw new InvalidInputException("max attempts " + maxAttempts + " is outside 1 to " + MAX_ATTEMPTS);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RetryPolicy policy && policy.maxAttempts == maxAttempts && policy.waits.equals(waits)
                && policy.neverRetried.equals(neverRetried);
    }

    @Override
    public int hashCode() {
        return Objects.hash(maxAttempts, waits, neverRetried);
    }

    @Override
    public String toString() {
        return "RetryPolicy[maxAttempts=" + maxAttempts + ", " + waits + ", neverRetried=" + neverRetried + "]";
    }
}
