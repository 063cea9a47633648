package io.croft.spi;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Durations counted in fixed buckets, so that counts of different times, processes and organisations can be added up.
 * Bucket b holds what took 2^(b/8) up to 2^((b+1)/8) microseconds; the first also what is shorter, the last, from 66
 * minutes on, also what is longer. A bucket's middle is within a factor of 2^(1/16), that is 4.5 %, of all that it
 * holds. Immutable.
 */
public final class LatencyHistogram {

    /** The number of buckets. */
    public static final int BUCKETS = 256;

    private static final double BUCKETS_PER_OCTAVE = 8;
    private static final LatencyHistogram NONE = new LatencyHistogram(new long[BUCKETS]);

    private final long[] counts;

    private LatencyHistogram(long[] counts) {
        this.counts = counts;
    }

    /** Nothing counted. */
    public static LatencyHistogram none() {
        return NONE;
    }

    /**
     * These counts, by bucket.
     *
     * @throws InvalidInputException if a bucket is outside 0 to 255 or a count is negative
     */
    public static LatencyHistogram of(Map<Integer, Long> counts) {
        long[] dense = new long[BUCKETS];
        counts.forEach((bucket, count) -> {
            if (bucket < 0 || bucket >= BUCKETS || count < 0) {
                throw new InvalidInputException("bucket " + bucket + " with count " + count
                        + ": buckets are 0 to " + (BUCKETS - 1) + ", counts not negative");
            }
            dense[bucket] = count;
        });
        return new LatencyHistogram(dense);
    }

    /** These durations. */
    public static LatencyHistogram ofDurations(Collection<Duration> durations) {
        long[] dense = new long[BUCKETS];
        durations.forEach(duration -> dense[bucket(duration)]++);
        return new LatencyHistogram(dense);
    }

    /** The bucket that holds a duration. */
    public static int bucket(Duration duration) {
        double micros = duration.toNanos() / 1e3;
        if (micros < 1) {
            return 0;
        }
        return (int) Math.min(BUCKETS - 1, BUCKETS_PER_OCTAVE * Math.log(micros) / Math.log(2));
    }

    /** Both together. */
    public LatencyHistogram plus(LatencyHistogram other) {
        long[] sum = counts.clone();
        for (int i = 0; i < BUCKETS; i++) {
            sum[i] += other.counts[i];
        }
        return new LatencyHistogram(sum);
    }

    /** How many durations are counted. */
    public long total() {
        return Arrays.stream(counts).sum();
    }

    /** The counts of those buckets that hold something, in their order. */
    public Map<Integer, Long> counts() {
        Map<Integer, Long> filled = new TreeMap<>();
        for (int i = 0; i < BUCKETS; i++) {
            if (counts[i] > 0) {
                filled.put(i, counts[i]);
            }
        }
        return filled;
    }

    /**
     * The duration that this share of all is no longer than, by nearest rank: the middle of its bucket.
     *
     * @param share more than 0, at most 1
     * @throws IllegalStateException if nothing is counted
     */
    public Duration percentile(double share) {
        long rank = (long) Math.ceil(share * total());
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts[i];
            if (counts[i] > 0 && seen >= rank) {
                return Duration.ofNanos(Math.round(1e3 * Math.pow(2, (i + 0.5) / BUCKETS_PER_OCTAVE)));
            }
        }
        throw new IllegalStateException("nothing is counted: there is no percentile");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LatencyHistogram histogram && Arrays.equals(counts, histogram.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return counts().toString();
    }
}
