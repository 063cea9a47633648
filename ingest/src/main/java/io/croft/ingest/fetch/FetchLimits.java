package io.croft.ingest.fetch;

import java.time.Duration;

/**
 * What one fetch may take.
 *
 * @param bytes   the most bytes of a body, as sent and inflated
 * @param whole   the most time, redirects included
 * @param connect the most time to make one connection
 * @param silence the most time to wait for the next byte
 */
record FetchLimits(int bytes, Duration whole, Duration connect, Duration silence) {

    static final FetchLimits DEFAULT = new FetchLimits(20 << 20, Duration.ofSeconds(60), Duration.ofSeconds(10),
            Duration.ofSeconds(20));

    FetchLimits withBytes(int most) {
        return new FetchLimits(most, whole, connect, silence);
    }

    FetchLimits withWhole(Duration most) {
        return new FetchLimits(bytes, most, connect, silence);
    }
}
