package io.croft.engine.analytics;

import io.croft.Org;
import io.croft.search.SearchMode;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ids of searches. Any process knows one again without having kept it, because the id itself says when and in which
 * mode the search was, and proves that it was given to this life of this organisation.
 *
 * <p>It is a UUID of version 8 (RFC 9562): 20 bits count hours since 1970, 4 are the mode, 50 are random, and 48 are
 * the beginning of a SHA-256 over the organisation's incarnation, a random secret of all processes that no tenant
 * learns, its id and the bits before. Who has only seen other ids guesses a valid one with a chance of 2^-48.
 */
public final class SearchIds {

    /** How long after its search's hour a click still counts. */
    static final Duration CLICKABLE = Duration.ofHours(24);

    private static final int VERSION = 8;
    private static final long HOUR_SECONDS = 3600;
    private static final long PROOF_MASK = (1L << 48) - 1;
    private static final long PROVED_MASK = ~PROOF_MASK;
    private static final long VARIANT = Long.MIN_VALUE;
    private static final long RANDOM_14 = (1L << 62) - (1L << 48);

    private SearchIds() {
    }

    /** A new id. */
    public static UUID next(Org org, SearchMode mode, Instant now) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long hour = now.getEpochSecond() / HOUR_SECONDS;
        long high = hour << 44 | code(mode) << 40 | (random.nextLong() & 0xFFFFFF0FFFL) | VERSION << 12;
        long low = VARIANT | (random.nextLong() & RANDOM_14);
        return new UUID(high, low | proof(org, high, low));
    }

    /** Which search it was; empty if the id is none of this life of the organisation, or of a day ago. */
    static Optional<Origin> read(Org org, UUID id, Instant now) {
        long high = id.getMostSignificantBits();
        long low = id.getLeastSignificantBits();
        if (id.version() != VERSION || (low & PROOF_MASK) != proof(org, high, low & PROVED_MASK)) {
            return Optional.empty();
        }
        Instant hour = Instant.ofEpochSecond((high >>> 44) * HOUR_SECONDS);
        if (now.isAfter(hour.plus(CLICKABLE))) {
            return Optional.empty();
        }
        for (SearchMode mode : SearchMode.values()) {
            if (code(mode) == (high >>> 40 & 0xF)) {
                return Optional.of(new Origin(hour, mode));
            }
        }
        return Optional.empty(); // a mode of a newer release
    }

    private static long code(SearchMode mode) {
        return switch (mode) {
            case HYBRID -> 0;
            case VECTOR -> 1;
            case TEXT -> 2;
        };
    }

    private static long proof(Org org, long high, long low) {
        ByteBuffer proved = ByteBuffer.allocate(48);
        put(proved, org.incarnation());
        put(proved, org.id().value());
        proved.putLong(high).putLong(low);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(proved.array());
            return ByteBuffer.wrap(hash).getLong() & PROOF_MASK;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void put(ByteBuffer buffer, UUID id) {
        buffer.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    /**
     * Which search an id is of.
     *
     * @param hour the beginning of its hour
     * @param mode its mode
     */
    record Origin(Instant hour, SearchMode mode) {
    }
}
