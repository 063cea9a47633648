package io.croft.engine.limits;

import io.croft.limits.LoadShedding;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How many calls at once a process can do without becoming slower, found by trying.
 *
 * <p><b>Problem.</b> Beyond some number of calls at once, more calls finish no sooner: each only waits longer, until
 * all are late. What that number is depends on the machine, the data and the calls, and changes.
 *
 * <p><b>Idea.</b> As TCP finds how much a line takes: while calls take as long as they do without a queue, let more in;
 * when they take longer, there is a queue, so let fewer in. This is the gradient of Netflix' concurrency-limits
 * ({@code Gradient2Limit}; Landau, Thurston, Bozarth, "Performance Under Load", 2018): after each window,
 *
 * <pre>{@code
 * gradient = clamp(target / now, 0.5, 1)
 * limit    = 0.8 * limit + 0.2 * (limit * gradient + queue)
 * }</pre>
 *
 * <p>with a target of {@value #TOLERANCE} times what calls take at ease, the base, or of what nobody notices if that is
 * longer; and a queue of {@value #QUEUE}, or of a quarter of the limit as long as the gradient is 1, so that it goes up
 * about as quickly as it comes down. A window in which little of the limit was used changes nothing, since it tells
 * nothing.
 *
 * <p>Two things are different. Calls of different kinds take times of different orders, so each kind is compared with
 * its own base, and what comes of it is weighed by how many calls each had; by medians, so that single calls that wait
 * on purpose do not count.
 *
 * <p>And the base is not an average over all time, which follows a long overload upward until the limit is at its
 * highest. It falls with what is measured, and rises only in calm windows: those in which no more than {@code least}
 * calls were under way, whose times are by definition those of no queue, as Envoy's adaptive concurrency filter
 * measures its {@code minRTT} at a small fixed concurrency. A process that begins in the midst of an overload has seen
 * no calm: it takes the base to be {@link #LONGEST_GUESS} at most. What this costs: when calls become more than twice
 * as long for good while there is too much to do without a pause, the limit stays lower than it need be until there is
 * one.
 *
 * <p>Not thread-safe.
 */
final class AdaptiveLimit {

    /** How many times the base calls may take before the limit shrinks. */
    static final double TOLERANCE = 2;

    /** The longest base that is taken for granted. */
    static final Duration LONGEST_GUESS = Duration.ofMillis(50);

    /** How much the limit is let grow in a step at least, before smoothing. */
    static final double QUEUE = 4;

    private static final double QUEUE_SHARE = 0.25;
    private static final double SMALLEST_GRADIENT = 0.5;
    private static final double SMOOTHING = 0.2;
    private static final double FALLING = 0.5;
    private static final double RISING = 0.1;
    /** How much of the limit, or of what one organisation may have of it, must have been used to tell something. */
    private static final double USED = 0.4;
    private static final double USED_OF_SHARE = 0.8;
    /** Fewer of a kind tell nothing of it. */
    private static final int FEWEST_OF_KIND = 10;

    private final LoadShedding bounds;
    private final double used;
    private final double unnoticed;
    private final double[] bases;
    private double limit;

    /**
     * Begins at {@link LoadShedding#START}.
     *
     * @param kinds how many kinds of calls there are
     */
    AdaptiveLimit(LoadShedding bounds, int kinds) {
        this.bounds = bounds;
        this.used = Math.min(USED, USED_OF_SHARE * bounds.orgShare());
        this.unnoticed = bounds.unnoticed().toNanos();
        this.bases = new double[kinds];
        this.limit = Math.clamp(LoadShedding.START, bounds.least(), bounds.most());
    }

    /** How many calls may be under way. */
    int limit() {
        return (int) limit;
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
        double weighed = 0;
        int counted = 0;
        for (int kind = 0; kind < bases.length; kind++) {
            int one = kind;
            double[] times =
                    IntStream.range(0, calls).filter(i -> kinds[i] == one).mapToDouble(i -> nanos[i]).toArray();
            if (times.length >= FEWEST_OF_KIND) {
                Arrays.sort(times);
                double now = Math.max(1, times[times.length / 2]);
                bases[kind] = base(bases[kind], now, peak <= bounds.least());
                weighed += times.length * Math.min(1, Math.max(TOLERANCE * bases[kind], unnoticed) / now);
                counted += times.length;
            }
        }
        if (counted > 0 && peak >= used * limit) {
            double gradient = Math.max(SMALLEST_GRADIENT, weighed / counted);
            double queue = gradient < 1 ? QUEUE : Math.max(QUEUE, limit * QUEUE_SHARE);
            double next = limit * (1 - SMOOTHING) + (limit * gradient + queue) * SMOOTHING;
            limit = Math.clamp(next, bounds.least(), bounds.most());
        }
    }

    private static double base(double before, double now, boolean isCalm) {
        if (before == 0) {
            return isCalm ? now : Math.min(now, (double) LONGEST_GUESS.toNanos());
        } else if (now < before) {
            return before + (now - before) * FALLING;
        }
        return isCalm ? before + (now - before) * RISING : before;
    }
}
