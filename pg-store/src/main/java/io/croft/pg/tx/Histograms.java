package io.croft.pg.tx;

import io.croft.spi.LatencyHistogram;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Histograms as the database keeps them: an array with an element for each bucket that holds something, the bucket's
 * number above the count.
 */
public final class Histograms {

    private static final int BUCKET_SHIFT = 40;
    private static final long COUNT_MASK = (1L << BUCKET_SHIFT) - 1;

    private Histograms() {
    }

    /** The text of the array. */
    public static String packed(LatencyHistogram histogram) {
        return histogram.counts().entrySet().stream()
                .map(entry -> Long.toString((long) entry.getKey() << BUCKET_SHIFT | entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** The histogram that an array holds. */
    public static LatencyHistogram unpacked(@Nullable Long[] elements) {
        Map<Integer, Long> counts = new HashMap<>();
        for (Long element : elements) {
            if (element != null) {
                counts.put((int) (element >> BUCKET_SHIFT), element & COUNT_MASK);
            }
        }
        return LatencyHistogram.of(counts);
    }
}
