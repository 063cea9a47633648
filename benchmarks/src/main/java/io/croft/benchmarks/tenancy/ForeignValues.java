package io.croft.benchmarks.tenancy;

import io.croft.OrgId;
import io.croft.content.WriteReceipt;
import io.croft.job.JobId;
import io.croft.search.Source;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** What organisations have that others could name: by kind, what is live and what was deleted. */
final class ForeignValues {

    /** A kind of value that calls take. */
    enum Kind {
        DOCUMENT, LISTING, CRAWL, FLAG, JOB, SCHEDULE, KEY, GROUP, SEARCH_ID, SEARCH_CURSOR, RECEIPT
    }

    /** Longer than any id of a job will be in a test, and yet of its shape. */
    private static final long FAR = 1L << 50;

    private final Map<Kind, List<Object>> live = new EnumMap<>(Kind.class);
    private final Map<Kind, List<Object>> deleted = new EnumMap<>(Kind.class);

    synchronized void live(Kind kind, Object value) {
        live.computeIfAbsent(kind, any -> new ArrayList<>()).add(value);
    }

    synchronized void deleted(Kind kind, Object value) {
        deleted.computeIfAbsent(kind, any -> new ArrayList<>()).add(value);
    }

    /** One that the organisation has. */
    Object live(Kind kind, Random random) {
        return any(live.getOrDefault(kind, List.of()), kind, random);
    }

    /** One that it had. */
    Object deleted(Kind kind, Random random) {
        return any(deleted.getOrDefault(kind, List.of()), kind, random);
    }

    private static Object any(List<Object> values, Kind kind, Random random) {
        if (values.isEmpty()) {
            throw new AssertionError("an organisation has no " + kind);
        }
        return values.get(random.nextInt(values.size()));
    }

    /** A name as organisations give them here, which nobody can guess. */
    static String name(Random random) {
        byte[] bytes = new byte[8];
        random.nextBytes(bytes);
        return "n-" + HexFormat.of().formatHex(bytes);
    }

    /** The same of a flag. */
    static String flag(Random random) {
        return name(random).replace('-', '_');
    }

    /** One that nobody has, of the same shape. */
    static Object unknown(Kind kind, Random random) {
        return switch (kind) {
            case DOCUMENT, LISTING, CRAWL, SCHEDULE, KEY, GROUP -> name(random);
            case FLAG -> flag(random);
            case JOB -> new JobId(FAR + random.nextInt(1 << 30));
            case SEARCH_ID -> new UUID(random.nextLong(), random.nextLong());
            case SEARCH_CURSOR -> cursor(random);
            case RECEIPT -> new WriteReceipt(OrgId.of(new UUID(random.nextLong(), random.nextLong())),
                    new UUID(random.nextLong(), random.nextLong()), Source.PRIVATE, name(random), 1, false,
                    Optional.of(new JobId(FAR + random.nextInt(1 << 30))));
        };
    }

    private static String cursor(Random random) {
        byte[] bytes = new byte[120];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** One that is none; empty where the type leaves no room for it. */
    static Optional<Object> malformed(Kind kind, Random random) {
        return switch (kind) {
            case DOCUMENT, LISTING, CRAWL, FLAG, SCHEDULE, KEY, GROUP -> Optional.of(switch (random.nextInt(4)) {
                case 0 -> "";
                case 1 -> "x".repeat(100_000);
                case 2 -> "a\u0000b";
                default -> "\ud800";
            });
            case JOB -> Optional.of(new JobId(random.nextBoolean() ? 1 : Long.MAX_VALUE));
            case SEARCH_ID -> Optional.of(new UUID(0, 0));
            case SEARCH_CURSOR -> Optional.of(random.nextBoolean() ? "" : "%%%");
            case RECEIPT -> Optional.empty();
        };
    }
}
