package io.croft.engine.job;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobAdmin;
import io.croft.job.JobId;
import io.croft.job.JobStats;
import io.croft.spi.JobReading.LanePlace;
import io.croft.spi.KindCounts;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What administration makes of lists and counts: cursors, hours and percentiles. */
public final class JobFigures {

    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("3000-01-01T00:00:00Z");
    private static final byte OF_JOBS = 1;
    private static final byte OF_LANES = 2;

    private JobFigures() {
    }

    /**
     * Whole hours.
     *
     * @param from the beginning of the first
     * @param to   the end of the last
     */
    public record Hours(Instant from, Instant to) {

        /** Those that lie in a time of some days at most. */
        public static Hours of(Instant from, Instant to) {
            if (from.isBefore(EARLIEST) || to.isAfter(LATEST) || !from.isBefore(to)
                    || Duration.between(from, to).compareTo(Duration.ofDays(JobAdmin.MAX_STATS_DAYS)) > 0) {
                throw new InvalidInputException("figures from " + from + " to " + to + ": give a time of up to "
                        + JobAdmin.MAX_STATS_DAYS + " days, the earlier end first");
            }
            Instant end = to.truncatedTo(ChronoUnit.HOURS);
            return new Hours(from.truncatedTo(ChronoUnit.HOURS), end.equals(to) ? end : end.plus(1, ChronoUnit.HOURS));
        }
    }

    /** What these counts come to, by queue and kind. */
    public static JobStats stats(Hours hours, List<KindCounts> counts) {
        return new JobStats(hours.from(), hours.to(), counts.stream().map(JobFigures::kind)
                .sorted(Comparator.comparing(JobStats.Kind::queue).thenComparing(JobStats.Kind::kind)).toList());
    }

    private static JobStats.Kind kind(KindCounts counts) {
        return new JobStats.Kind(counts.queue(), counts.kind(), counts.completed(), counts.failed(),
                counts.cancelled(), counts.times().total() == 0
                        ? Optional.empty()
                        : Optional.of(new JobStats.Times(counts.times().percentile(.50),
                                counts.times().percentile(.95), counts.times().percentile(.99))));
    }

    static String cursor(JobId id) {
        byte[] bytes = new byte[9];
        ByteBuffer.wrap(bytes).put(OF_JOBS).putLong(id.value());
        return text(bytes);
    }

    static JobId jobAt(String cursor) {
        return new JobId(bytes(cursor, OF_JOBS, 9).getLong());
    }

    /** The cursor of a page that ends there. */
    public static String cursor(LanePlace place) {
        byte[] bytes = new byte[25];
        ByteBuffer.wrap(bytes).put(OF_LANES).putLong(place.jobs())
                .putLong(place.org().value().getMostSignificantBits())
                .putLong(place.org().value().getLeastSignificantBits());
        return text(bytes);
    }

    static LanePlace laneAt(String cursor) {
        ByteBuffer bytes = bytes(cursor, OF_LANES, 25);
        return new LanePlace(bytes.getLong(), OrgId.of(new UUID(bytes.getLong(), bytes.getLong())));
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What follows the first byte, which says of what sort it is. */
    private static ByteBuffer bytes(String cursor, byte sort, int length) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            bytes = new byte[0];
        }
        if (bytes.length != length || bytes[0] != sort || bytes[1] < 0) {
            throw new InvalidInputException("a cursor of " + cursor.length()
                    + " characters is none of this list: give the one of the page before as it was");
        }
        return ByteBuffer.wrap(bytes, 1, length - 1);
    }
}
