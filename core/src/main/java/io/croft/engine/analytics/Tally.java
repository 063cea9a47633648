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
    private final Map<Source, SourceFigures> sources = new EnumMap<>(Source.class);
    private long searches;
    private long zeroResults;
    private double reciprocalRanks;
    private Optional<Slowest> slowest = Optional.empty();
    private long dropped;

    void add(SearchEvent event) {
        switch (event) {
            case Searched search -> add(search);
            case Clicked click -> {
                add(click.source(), new SourceFigures(0, 1, 0));
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
        add(Source.PRIVATE, new SourceFigures(search.privateHits(), 0, search.privateIncomplete() ? 1 : 0));
        add(Source.MARKETPLACE, new SourceFigures(search.marketHits(), 0, search.marketIncomplete() ? 1 : 0));
        Duration took = Duration.ofNanos(search.nanos());
        latency.merge(LatencyHistogram.bucket(took), 1L, Long::sum);
        if (slowest.isEmpty() || slowest.get().took().compareTo(took) < 0) {
            slowest = Optional.of(new Slowest(search.cell().org(), took, search.requestId()));
        }
    }

    private void add(Source source, SourceFigures figures) {
        sources.merge(source, figures, SourceFigures::plus);
    }

    SearchCounts counts() {
        return new SearchCounts(searches, zeroResults, sources, reciprocalRanks, LatencyHistogram.of(latency), slowest,
                dropped);
    }
}
