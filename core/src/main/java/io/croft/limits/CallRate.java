package io.croft.limits;

import io.croft.InvalidInputException;

/**
 * How often something may be done: a token bucket, which holds {@code burst} tokens at most and at first, and gets
 * {@code perMinute} of them each minute, one by one in even steps. Each call takes one; without one it is refused. So
 * in any time no more calls are made than {@code burst} and what came in that time.
 *
 * @param perMinute tokens a minute, 1 to {@value #MAX_PER_MINUTE}
 * @param burst     the most tokens, 1 to {@value #MAX_BURST}
 */
public record CallRate(int perMinute, int burst) {

    /** The highest rate. */
    public static final int MAX_PER_MINUTE = 1_000_000;

    /** The largest burst. */
    public static final int MAX_BURST = 100_000;

    private static final long MINUTE_NANOS = 60_000_000_000L;

    public CallRate {
        if (perMinute < 1 || perMinute > MAX_PER_MINUTE) {
            throw new InvalidInputException("a rate of " + perMinute + " a minute is outside 1 to " + MAX_PER_MINUTE);
        }
        if (burst < 1 || burst > MAX_BURST) {
            throw new InvalidInputException("a burst of " + burst + " is outside 1 to " + MAX_BURST);
        }
    }

    /** In how many nanoseconds one token comes; a fraction of one is left out. */
    public long nanosPerToken() {
        return MINUTE_NANOS / perMinute;
    }
}
