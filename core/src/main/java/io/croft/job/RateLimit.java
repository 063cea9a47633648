package io.croft.job;

import io.croft.InvalidInputException;
import java.time.Duration;

/**
 * How many attempts of one organisation may start in a queue in a time: a token bucket. It holds {@code burst} tokens
 * at most and at first, {@code perSecond} new ones come steadily, and each attempt that starts takes one, a repeated
 * one too. A token is not given back, however the attempt ends, because what it may have called has counted it.
 *
 * <p>Over any time no more attempts start than the bucket's size and what came in that time. For the whole rate to be
 * used, the bucket must hold what comes until workers look again, which they do as soon as a token is there, but some
 * milliseconds late, and not more than about fifty times a second: a burst of {@code 1 + perSecond / 20} is enough.
 * With a smaller one what comes to a full bucket is lost: a burst of 1 makes of 20 a second about 18. What is out of
 * these ranges is refused with {@link io.croft.InvalidInputException}.
 *
 * @param perSecond tokens a second, 1/86,400 (one a day) to 100,000
 * @param burst     the most tokens, 1 to 100,000
 */
public record RateLimit(double perSecond, int burst) {

    private static final double MIN_PER_SECOND = 1.0 / 86_400;
    private static final int MAX = 100_000;

    public RateLimit {
        if (!(perSecond >= MIN_PER_SECOND && perSecond <= MAX)) {
            throw new InvalidInputException("a rate of " + perSecond + " a second is outside 1/86400 to " + MAX);
        }
        if (burst < 1 || burst > MAX) {
            throw new InvalidInputException("a burst of " + burst + " is outside 1 to " + MAX);
        }
    }

    /**
     * This many in each such time, all of which may start at once.
     *
     * @param attempts 1 to 100,000; also the burst
     * @param time     longer than zero
     */
    public static RateLimit of(int attempts, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new InvalidInputException("a rate of " + attempts + " in " + time + ": the time must be above zero");
        }
        return new RateLimit(attempts / (time.getSeconds() + time.getNano() / 1e9), attempts);
    }

    /** The same rate with another burst. */
    public RateLimit withBurst(int burst) {
        return new RateLimit(perSecond, burst);
    }
}
