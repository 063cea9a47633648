package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.limits.CallRate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Token buckets that all processes share, by the store's clock and {@link Gcra}. A bucket that nobody has taken from is
 * full. Buckets of an organisation go with it, and while it does not exist they are always full. Thread-safe.
 */
public interface RateStore {

    /** The most requests in one call. */
    int MAX_REQUESTS = 1_000;

    /** Of what a bucket holds, a request that wants many gets at most this part, so that others find some too. */
    int PART = 8;

    /**
     * Takes tokens. Each request is decided by itself, one after the other in their order, all by one reading of the
     * clock; no two calls decide on one bucket at the same time.
     *
     * @param requests 1 to {@value #MAX_REQUESTS}
     * @return an answer to each, in their order
     * @throws InvalidInputException if there are too many
     */
    List<Answer> take(List<Request> requests);

    /**
     * A bucket.
     *
     * @param org  whose it is; empty for one of no organisation
     * @param key  which one: no two buckets have the same, whosever they are
     * @param rate how fast it fills and how much it holds; the one of each request counts for that request
     */
    record Bucket(Optional<OrgId> org, UUID key, CallRate rate) {

        public Bucket {
            Objects.requireNonNull(org, "org");
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(rate, "rate");
        }
    }

    /**
     * Wants tokens, as many from each of its buckets.
     *
     * @param buckets one or two different ones
     * @param least   how many at least, or none: 1 to the smallest burst
     * @param most    how many at most: what exceeds {@code least} only up to an eighth of what the poorest bucket holds
     */
    record Request(List<Bucket> buckets, int least, int most) {

        public Request {
            buckets = List.copyOf(buckets);
            if (buckets.isEmpty() || buckets.size() > 2
                    || (buckets.size() == 2 && buckets.get(0).key().equals(buckets.get(1).key()))) {
                throw new InvalidInputException("a request names " + buckets.size()
                        + " buckets and must name one or two different ones");
            }
            int burst = buckets.stream().mapToInt(bucket -> bucket.rate().burst()).min().orElse(0);
            if (least < 1 || least > burst || most < least) {
                throw new InvalidInputException("a request for " + least + " to " + most + " tokens must be for 1 to "
                        + burst + " at least");
            }
        }
    }

    /**
     * What a request got.
     *
     * @param granted   how many tokens; 0 if one of its buckets had too few
     * @param waitNanos if none: in how many nanoseconds the buckets will have enough, unless others take them
     * @param poorest   if none: which of its buckets that is due to, by its place; else 0
     */
    record Answer(int granted, long waitNanos, int poorest) {
    }
}
