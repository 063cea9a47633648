package io.croft;

import java.time.Duration;
import java.util.Objects;

/**
 * The call was not made, because too many are: nothing was read or written. The same call may be made again after
 * {@link #retryAfter}; a host that answers over HTTP says 429, or 503 for {@link Reason#OVERLOAD}, and gives that time
 * in {@code Retry-After}. An attempt of a job that ends with one of {@link Reason#ORG_SHARE} or {@link Reason#OVERLOAD}
 * is put off for that time and not counted.
 *
 * <p>It has no stack trace, so that refusing costs little when it happens most.
 */
public final class CallRefusedException extends CroftException {

    private static final long serialVersionUID = 1L;

    private static final Duration SHORTEST = Duration.ofMillis(1);

    private final Reason reason;
    private final Duration retryAfter;

    /** Why a call was refused. */
    public enum Reason {
        /** Its actor has made as many of this tier as {@link io.croft.limits.CallLimits} allow. */
        ACTOR_RATE,
        /** Its organisation has. */
        ORG_RATE,
        /** Its organisation has as many calls under way here as {@link io.croft.limits.LoadShedding} lets it. */
        ORG_SHARE,
        /** This process has as many calls under way as it can do without becoming slower. */
        OVERLOAD
    }

    /**
     * For a call that is refused.
     *
     * @param message    says which call, which limit, and when to come back
     * @param retryAfter how long to wait; less than 1 ms counts as 1 ms
     */
    public CallRefusedException(String message, Reason reason, Duration retryAfter) {
        super(message);
        this.reason = Objects.requireNonNull(reason, "reason");
        this.retryAfter = retryAfter.compareTo(SHORTEST) < 0 ? SHORTEST : retryAfter;
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it changes nothing
    public Throwable fillInStackTrace() {
        return this;
    }

    /** Why it was refused. */
    public Reason reason() {
        return reason;
    }

    /**
     * When to come back: after this time at the earliest, at least 1 ms. Of a rate, it is the time in which the next
     * token comes, so the call is let in then unless others were faster. Of load, it is an estimate.
     */
    public Duration retryAfter() {
        return retryAfter;
    }
}
