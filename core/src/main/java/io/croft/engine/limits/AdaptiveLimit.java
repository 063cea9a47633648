package io.croft.engine.limits;

import io.croft.limits.LoadShedding;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How many calls at once a process can do without becoming slower, found by trying.
 *
 * <p><b>Problem.</b> Beyond some number of calls at once, more calls finish no sooner: each only waits longer, until all
 * are late. What that number is depends on the machine, the data and the calls, and changes.
 *
 * <p><b>Idea.</b> As TCP finds how much a line takes: while calls take as long as they do without a queue, let more in;
 * when they take longer, there is a queue, so let fewer in. This is the gradient of Netflix' concurrency-limits
 * ({@code Gradient2Limit}; Landau, Thurston, Bozarth, "Performance Under Load", 2018): after each window,
 *
 * <pre>{@code
 * gradient = clamp(tolerance * base / now, 0.5, 1)
 * limit    = 0.8 * limit + 0.2 * (limit * gradient + queue)
 * }</pre>
 *
 * <p>with a queue of {@value #QUEUE} and a tolerance of {@value #TOLERANCE}. A window in which less than two fifths of the
 * limit was used changes nothing, since it tells nothing.
 *
 * <p>Two things are different. Calls of different kinds take times of different orders, so each kind is compared with
 * its own base: {@code base / now} is over the medians of the kinds, weighed by how many calls each had; a median, so
 * that single calls that wait on purpose do not count. And the base is not an average over all time, which follows a
 * long overload upward until the limit is at its highest. It falls with what is measured, and rises only in windows in
 * which no more than {@code least} calls were under way, whose times are by definition those of no queue, as Envoy's
 * adaptive concurrency filter measures its {@code minRTT} at a small fixed concurrency. Where there are no such windows,
 * and calls have looked too slow in {@value #HELD} windows more than not, the base may be what is wrong, as when data
 * has grown: then the limit is {@code least} until the base is measured anew, half a second as a rule.
 *
 * <p>Not thread-safe.
 */
final class AdaptiveLimit {

    /** How much the limit is let grow in a step, before smoothing. */
    static final double QUEUE = 4;

    /** How many times the base calls may take before the limit shrinks. */
    static final double TOLERANCE = 2;

    /** How much of the limit must have been used for a window to tell something: less than an organisation's half. */
    private static final double USED = 0.4;
    private static final double SMALLEST_GRADIENT = 0.5;
    private static final double SMOOTHING = 0.2;
    private static final double FALLING = 0.5;
    private static final double RISING = 0.1;
    /** Fewer of a kind tell nothing of it. */
    private static final int FEWEST_OF_KIND = 10;

    /** After how many windows in which calls looked too slow the base is measured anew. */
    static final int HELD = 120;

    /** In how many windows it must come to that, or else it is left as it was. */
    private static final int MEASURING = 8;

    private final LoadShedding bounds;
    private final double[] bases;
    private double limit;
    private int held;
    private int measuring;

    /**
     * Begins at twice the lowest limit.
     *
     * @param kinds how many kinds of calls there are
     */
    AdaptiveLimit(LoadShedding bounds, int kinds) {
        this.bounds = bounds;
        this.bases = new double[kinds];
        this.limit = Math.min(bounds.most(), 2.0 * bounds.least());
    }

    /** How many calls may be under way. */
    int limit() {
        return measuring > 0 ? bounds.least() : (int) limit;
    }

    /**
     * Takes in what was measured in a window.
     *
     * @param kinds of which kind each call was
     * @param nanos how long each took
     * @param calls how many there are in the arrays
     * @param peak  the most that were under way at once
     */
    void window(int[] kinds, long[] nanos, int calls, int peak) {
        boolean isAtEase = peak <= bounds.least();
        double weighed = 0;
        int counted = 0;
        for (int kind = 0; kind < bases.length; kind++) {
            int one = kind;
            double[] times = IntStream.range(0, calls).filter(i -> kinds[i] == one).mapToDouble(i -> nanos[i]).toArray();
            if (times.length >= FEWEST_OF_KIND) {
                Arrays.sort(times);
                double now = Math.max(1, times[times.length / 2]);
                bases[kind] = measuring > 0 && isAtEase ? now : base(bases[kind], now, isAtEase);
                weighed += times.length * bases[kind] / now;
                counted += times.length;
            }
        }
        if (measuring > 0) {
            measuring = isAtEase && counted > 0 ? 0 : measuring - 1;
        } else if (counted > 0 && peak >= USED * limit) {
            double gradient = Math.clamp(TOLERANCE * weighed / counted, SMALLEST_GRADIENT, 1);
            double next = limit * (1 - SMOOTHING) + (limit * gradient + QUEUE) * SMOOTHING;
            limit = Math.clamp(next, bounds.least(), bounds.most());
            held = gradient < 1 ? held + 1 : Math.max(0, held - 1);
            if (held >= HELD) {
                held = 0;
                measuring = MEASURING;
            }
        }
    }

    private static double base(double before, double now, boolean isAtEase) {
        if (before == 0) {
            return now;
        } else if (now < before) {
            return before + (now - before) * FALLING;
        }
        return isAtEase ? before + (now - before) * RISING : before;
    }
}
