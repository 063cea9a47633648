package io.croft.engine.search;

import io.croft.search.Facet;
import io.croft.search.FacetCounts;
import io.croft.search.FacetCounts.Count;
import io.croft.search.FieldValue;
import io.croft.search.Filter;
import io.croft.search.Source;
import io.croft.spi.IndexSession.ValueCount;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Adds up what the sources have counted. */
final class FacetMerge {

    private static final Comparator<Count> MOST_FIRST = Comparator.comparingLong(Count::documents).reversed();

    private FacetMerge() {
    }

    /**
     * One for each facet, in their order.
     *
     * @param counted by each source that answered, for each facet
     */
    static List<FacetCounts> merge(List<Facet> facets, Map<Source, List<List<ValueCount>>> counted) {
        List<FacetCounts> merged = new ArrayList<>(facets.size());
        for (int i = 0; i < facets.size(); i++) {
            int place = i;
            Map<Source, List<ValueCount>> own = new EnumMap<>(Source.class);
            counted.forEach((source, all) -> own.put(source, all.get(place)));
            merged.add(new FacetCounts(facets.get(i).field(), switch (facets.get(i)) {
                case Facet.Values values -> byValue(values.most(), own);
                case Facet.Ranges ranges -> byRange(ranges.ranges(), own);
            }));
        }
        return merged;
    }

    private static List<Count> byValue(int most, Map<Source, List<ValueCount>> counted) {
        // Sorted by value, and the sort by count below keeps the order of equal ones.
        Map<FieldValue, Map<Source, Long>> sums = new TreeMap<>();
        counted.forEach((source, counts) -> counts.forEach(count -> sums
                .computeIfAbsent(FieldValue.of(count.value()), value -> new EnumMap<>(Source.class))
                .merge(source, count.documents(), Long::sum)));
        return sums.entrySet().stream().map(sum -> count(sum.getKey().text(), sum.getValue())).sorted(MOST_FIRST)
                .limit(most).toList();
    }

    private static List<Count> byRange(List<Filter.Range> ranges, Map<Source, List<ValueCount>> counted) {
        List<Count> counts = new ArrayList<>(ranges.size());
        for (int i = 0; i < ranges.size(); i++) {
            Map<Source, Long> sum = new EnumMap<>(Source.class);
            for (Map.Entry<Source, List<ValueCount>> own : counted.entrySet()) {
                long documents = own.getValue().get(i).documents();
                if (documents > 0) {
                    sum.put(own.getKey(), documents);
                }
            }
            counts.add(count(ranges.get(i).label(), sum));
        }
        return counts;
    }

    private static Count count(String value, Map<Source, Long> bySource) {
        return new Count(value, bySource.values().stream().mapToLong(Long::longValue).sum(), bySource);
    }
}
