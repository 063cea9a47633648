package io.croft.spi;

import io.croft.limits.CallRate;

/**
 * The arithmetic of a token bucket that is kept as one time, that at which it will be full again: the Generic Cell Rate
 * Algorithm in the form of virtual scheduling, ITU-T Recommendation I.371, annex A. Of an empty row, or of a time that
 * is past, the bucket is full.
 *
 * <p>Times are nanoseconds on any one clock. A bucket whose time lies further ahead than an empty one's, as after the
 * clock was set back or its burst became smaller, counts as empty. Whoever asks such a one keeps what {@link #take} of
 * no token says, also if it is refused: else it would stay empty until the clock has come so far.
 */
public final class Gcra {

    private Gcra() {
    }

    /** How many whole tokens a bucket holds. */
    public static long held(long fullAt, long now, CallRate rate) {
        return (room(rate) - debt(fullAt, now, rate)) / rate.nanosPerToken();
    }

    /** When a bucket will be full again from which so many tokens, or none, are taken now. */
    public static long take(long fullAt, long now, CallRate rate, long tokens) {
        return now + debt(fullAt, now, rate) + tokens * rate.nanosPerToken();
    }

    /** In how many nanoseconds a bucket will hold so many tokens; 0 if it does now. */
    public static long wait(long fullAt, long now, CallRate rate, long tokens) {
        return Math.max(0, tokens * rate.nanosPerToken() - (room(rate) - debt(fullAt, now, rate)));
    }

    private static long room(CallRate rate) {
        return rate.burst() * rate.nanosPerToken();
    }

    private static long debt(long fullAt, long now, CallRate rate) {
        return Math.min(Math.max(0, fullAt - now), room(rate));
    }
}
