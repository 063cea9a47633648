package io.croft.engine.analytics;

import io.croft.analytics.SearchReport.Slowest;
import io.croft.analytics.SearchReport.SourceFigures;
import io.croft.engine.analytics.SearchEvent.Clicked;
import io.croft.engine.analytics.SearchEvent.Searched;
import io.croft.search.Source;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.SearchCounts;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Adds up the events of one cell. Used by one thread. */
final class Tally {

    private final Map<Integer, Long> latency = new HashMap<>();
    private final Map<Source, Long> shown = new EnumMap<>(Source.class);
    private final Map<Source, Long> clicked = new EnumMap<>(Source.class);
    private final Map<Source, Long> incomplete = new EnumMap<>(Source.class);
    private long searches;
    private long zeroResults;
    private double reciprocalRanks;
    private Optional<Slowest> slowest = Optional.empty();
    private long dropped;

    void add(SearchEvent event) {
        switch (event) {
            case Searched search -> add(search);
            case Clicked click -> {
                clicked.merge(click.source(), 1L, Long::sum);
                reciprocalRanks += 1.0 / click.place();
            }
        }
    }

    void addDropped(long events) {
        dropped += events;
    }

    private void add(Searched search) {
        searches++;
        zeroResults += search.isZeroResult() ? 1 : 0;
        shown.merge(Source.PRIVATE, (long) search.privateHits(), Long::sum);
        shown.merge(Source.MARKETPLACE, (long) search.marketHits(), Long::sum);
        incomplete.merge(Source.PRIVATE, search.privateIncomplete() ? 1L : 0L, Long::sum);
        incomplete.merge(Source.MARKETPLACE, search.marketIncomplete() ? 1L : 0L, Long::sum);
        Duration took = Duration.ofNanos(search.nanos());
        latency.merge(LatencyHistogram.bucket(took), 1L, Long::sum);
        if (slowest.isEmpty() || slowest.get().took().compareTo(took) < 0) {
            slowest = Optional.of(new Slowest(search.cell().org(), took, search.requestId()));
        }
    }

    SearchCounts counts() {
        Map<Source, SourceFigures> sources = new HashMap<>();
        for (Source source : Source.values()) {
            sources.put(source, new SourceFigures(shown.getOrDefault(source, 0L), clicked.getOrDefault(source, 0L),
                    incomplete.getOrDefault(source, 0L)));
        }
        return new SearchCounts(searches, zeroResults, sources, reciprocalRanks, LatencyHistogram.of(latency), slowest,
                dropped);
    }
}
