package io.croft;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How much an organisation may have at most. What would be more is refused with {@link QuotaExceededException},
 * exactly, however many calls and processes add something at once. What is there already stays, also where a limit is
 * set below it; then nothing can be added until there is less. A call that was under way when a limit was set may still
 * add what it adds. Immutable; each {@code with…} method returns a changed copy.
 *
 * @param limits the most of each resource, 0 or more; without a limit is what is not among them
 */
public record OrgQuotas(Map<Resource, Long> limits) {

    /** No limits: what counts for an organisation until others are set. */
    public static final OrgQuotas UNLIMITED = new OrgQuotas(Map.of());

    /** What can be limited; counted as in {@link OrgSummary}. */
    public enum Resource {
        /** Private documents. */
        DOCUMENTS("delete documents"),
        /** Listings in the marketplace. */
        LISTINGS("withdraw listings"),
        /** The chunks of both, refused when they are written: the job that makes a text searchable fails. */
        CHUNKS("delete documents or withdraw listings"),
        /** The bytes of both, those of chunks and vectors included, and of files that are kept in the database. */
        BYTES("delete documents or withdraw listings"),
        /**
         * Jobs that are ready, scheduled, or wait for others. Refused is what is enqueued, with documents and listings
         * too. Times of schedules are passed over instead; by what is counted at that moment, which may let a few too
         * many in. Not refused is what is tried again or redriven, or is of a schedule of all organisations, which
         * counts all the same. While an enqueue in the host's own transaction is open, others of the same organisation
         * may wait for it near the limit; one in a transaction beyond READ COMMITTED may fail there, to be done again.
         */
        QUEUED_JOBS("wait until some have run, or cancel some");

        private final String remedy;

        Resource(String remedy) {
            this.remedy = remedy;
        }

        /** As messages name it. */
        String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }

        /** What helps against too much of it. */
        String remedy() {
            return remedy;
        }
    }

    public OrgQuotas {
        limits.forEach((resource, limit) -> {
            if (limit < 0) {
                throw new InvalidInputException("a quota of " + limit + " " + resource.text()
                        + ": give 0 or more, or none for no limit");
            }
        });
        limits = limits.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(limits));
    }

    /**
     * The same with this limit.
     *
     * @throws InvalidInputException if it is below 0
     */
    public OrgQuotas with(Resource resource, long limit) {
        Map<Resource, Long> changed = new EnumMap<>(Resource.class);
        changed.putAll(limits);
        changed.put(resource, limit);
        return new OrgQuotas(changed);
    }

    /** The same without a limit of this. */
    public OrgQuotas withUnlimited(Resource resource) {
        Map<Resource, Long> changed = new EnumMap<>(Resource.class);
        changed.putAll(limits);
        changed.remove(resource);
        return new OrgQuotas(changed);
    }

    /** The most of this; empty if there is no limit. */
    public OptionalLong limit(Resource resource) {
        Long limit = limits.get(resource);
        return limit == null ? OptionalLong.empty() : OptionalLong.of(limit);
    }
}
