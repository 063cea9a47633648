package io.croft.spi;

import io.croft.analytics.SearchReport.Slowest;
import io.croft.analytics.SearchReport.SourceFigures;
import io.croft.search.Source;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Searches and clicks, counted.
 *
 * @param searches        how many searches were answered
 * @param zeroResults     how many of them had no hit although every source answered in full
 * @param sources         what was shown and clicked of each source; has every source
 * @param reciprocalRanks the sum of 1 / place over all clicks
 * @param latency         how long the searches took
 * @param slowest         the slowest of them, if there was any
 * @param dropped         how many searches and clicks could not be kept
 */
public record SearchCounts(long searches, long zeroResults, Map<Source, SourceFigures> sources, double reciprocalRanks,
        LatencyHistogram latency, Optional<Slowest> slowest, long dropped) {

    private static final SourceFigures NOTHING = new SourceFigures(0, 0, 0);

    public SearchCounts {
        Map<Source, SourceFigures> all = new EnumMap<>(Source.class);
        for (Source source : Source.values()) {
            all.put(source, sources.getOrDefault(source, NOTHING));
        }
        sources = Collections.unmodifiableMap(all);
        Objects.requireNonNull(latency, "latency");
        Objects.requireNonNull(slowest, "slowest");
    }

    /** Nothing counted. */
    public static SearchCounts none() {
        return new SearchCounts(0, 0, Map.of(), 0, LatencyHistogram.none(), Optional.empty(), 0);
    }

    /** What was shown and clicked of a source. */
    public SourceFigures of(Source source) {
        return sources.getOrDefault(source, NOTHING);
    }

    /** Both together. */
    public SearchCounts plus(SearchCounts other) {
        Map<Source, SourceFigures> sum = new EnumMap<>(sources);
        other.sources.forEach((source, figures) -> sum.merge(source, figures, SourceFigures::plus));
        return new SearchCounts(searches + other.searches, zeroResults + other.zeroResults, sum,
                reciprocalRanks + other.reciprocalRanks, latency.plus(other.latency), slower(other),
                dropped + other.dropped);
    }

    private Optional<Slowest> slower(SearchCounts other) {
        if (slowest.isEmpty() || other.slowest.isEmpty()) {
            return slowest.or(other::slowest);
        }
        return slowest.get().took().compareTo(other.slowest.get().took()) >= 0 ? slowest : other.slowest;
    }
}
