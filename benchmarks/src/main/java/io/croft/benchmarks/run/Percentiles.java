package io.croft.benchmarks.run;

import java.util.Arrays;
import java.util.Locale;

/**
 * Times, in order.
 *
 * @param nanos ascending
 */
@SuppressWarnings("ArrayRecordComponent")
public record Percentiles(long[] nanos) {

    /** Of times in any order; the given array is left as it is. */
    public static Percentiles of(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Percentiles(sorted);
    }

    /** The least time that this share of all does not exceed; 0 if there are none. */
    public double millis(double share) {
        return nanos.length == 0 ? 0 : nanos[Math.max(0, (int) Math.ceil(share * nanos.length) - 1)] / 1e6;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, most %.1f ms of %,d", millis(.5),
                millis(.95), millis(.99), millis(1), nanos.length);
    }
}
