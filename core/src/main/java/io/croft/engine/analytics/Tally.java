package io.croft.engine.analytics;

import io.croft.analytics.SearchReport.Slowest;
import io.croft.analytics.SearchReport.SourceFigures;
import io.croft.engine.analytics.SearchEvent.Clicked;
import io.croft.engine.analytics.SearchEvent.Searched;
import io.croft.search.Source;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.SearchCounts;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Adds up the events of one cell. Used by one thread. */
final class Tally {

    private final Map<Integer, Long> latency = new HashMap<>();
    private final long[] shown = new long[Source.values().length];
    private final long[] clicked = new long[Source.values().length];
    private final long[] incomplete = new long[Source.values().length];
    private long searches;
    private long zeroResults;
    private double reciprocalRanks;
    private Optional<Slowest> slowest = Optional.empty();
    private long dropped;

    void add(SearchEvent event) {
        switch (event) {
            case Searched search -> add(search);
            case Clicked click -> {
                clicked[click.source().ordinal()]++;
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
        shown[Source.PRIVATE.ordinal()] += search.privateHits();
        shown[Source.MARKETPLACE.ordinal()] += search.marketHits();
        incomplete[Source.PRIVATE.ordinal()] += search.privateIncomplete() ? 1 : 0;
        incomplete[Source.MARKETPLACE.ordinal()] += search.marketIncomplete() ? 1 : 0;
        Duration took = Duration.ofNanos(search.nanos());
        latency.merge(LatencyHistogram.bucket(took), 1L, Long::sum);
        if (slowest.isEmpty() || slowest.get().took().compareTo(took) < 0) {
            slowest = Optional.of(new Slowest(search.cell().org(), took, search.requestId()));
        }
    }

    SearchCounts counts() {
        Map<Source, SourceFigures> sources = new HashMap<>();
        for (Source source : Source.values()) {
            int i = source.ordinal();
            sources.put(source, new SourceFigures(shown[i], clicked[i], incomplete[i]));
        }
        return new SearchCounts(searches, zeroResults, sources, reciprocalRanks, LatencyHistogram.of(latency), slowest,
                dropped);
    }
}
