package io.croft.search;

import io.croft.input.Shown;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How many documents and listings have which values, counted over all sources of the query together: each once, however
 * many chunks it has, if it passes the filter and, where the query has words, has at least one of them.
 *
 * @param field  the field
 * @param counts for values the most frequent first, and of equal ones the least value; for ranges in the order in which
 *               they were asked for. Exact as long as no source has more than 10,000 values of the field among what is
 *               counted; beyond that, rare values may be missing or counted in one source only
 */
public record FacetCounts(String field, List<Count> counts) {

    public FacetCounts {
        counts = List.copyOf(counts);
    }

    /**
     * How many have one value or are in one range.
     *
     * @param value     the value as a field's text, or {@link Filter.Range#label()}
     * @param documents how many in all
     * @param bySource  how many of them in each source that has any
     */
    public record Count(String value, long documents, Map<Source, Long> bySource) {

        public Count {
            Map<Source, Long> copy = new EnumMap<>(Source.class);
            copy.putAll(bySource);
            bySource = Collections.unmodifiableMap(copy);
        }

        /** How many have it, without the value. */
        @Override
        public String toString() {
            return "Count[value of " + Shown.length(value) + ", documents=" + documents + ", bySource=" + bySource
                    + "]";
        }
    }
}
