package io.croft.engine.analytics;

import com.github.benmanes.caffeine.cache.Ticker;
import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.TenantContext;
import io.croft.analytics.SearchAnalytics;
import io.croft.analytics.SearchReport;
import io.croft.analytics.SearchReport.Latency;
import io.croft.analytics.SearchReport.TopQuery;
import io.croft.analytics.TextRetention;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.AnalyticsStore.Ranking;
import io.croft.spi.SearchCounts;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@link SearchAnalytics} in the store, with the recorder that fills it. */
public final class StoredAnalytics implements SearchAnalytics, AutoCloseable {

    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("3000-01-01T00:00:00Z");
    private static final Duration FLUSH_PATIENCE = Duration.ofSeconds(2);

    private final TenantGuard guard;
    private final AnalyticsStore store;
    private final TextSettings settings;
    private final SearchRecorder recorder;

    /** Begins to record. */
    public StoredAnalytics(TenantGuard guard, AnalyticsStore store) {
        this.guard = guard;
        this.store = store;
        this.settings = new TextSettings(store, Ticker.systemTicker());
        this.recorder = SearchRecorder.start(store, settings, InstantSource.system(), SearchRecorder.CLOSE_PATIENCE);
    }

    /** Who is told of searches. */
    public SearchRecorder recorder() {
        return recorder;
    }

    @Override
    public SearchReport report(TenantContext context, Instant from, Instant to) {
        Hours hours = Hours.of(from, to);
        return guard.call(context, Operation.ANALYTICS_REPORT, org -> {
            recorder.flush(FLUSH_PATIENCE);
            return report(hours, store.counts(org.id(), hours.from(), hours.to()), 0,
                    store.topQueries(org.id(), hours.firstDay(), hours.lastDay(), Ranking.SEARCHES, TOP_QUERIES),
                    store.topQueries(org.id(), hours.firstDay(), hours.lastDay(), Ranking.ZERO_RESULTS, TOP_QUERIES));
        });
    }

    @Override
    public SearchReport overall(Actor actor, Instant from, Instant to) {
        Hours hours = Hours.of(from, to);
        return guard.gate().operate(actor, Operation.ANALYTICS_OVERALL, () -> {
            recorder.flush(FLUSH_PATIENCE);
            return report(hours, store.counts(hours.from(), hours.to()), recorder.droppedOfNobody(), List.of(),
                    List.of());
        });
    }

    @Override
    public void keepTexts(TenantContext context, TextRetention retention) {
        guard.call(context, Operation.ANALYTICS_KEEP_TEXTS, org -> {
            settings.set(org.id(), retention);
            return true;
        });
    }

    private static SearchReport report(Hours hours, Map<SearchMode, SearchCounts> byMode, long moreDropped,
            List<TopQuery> top, List<TopQuery> topZeroResults) {
        SearchCounts all = byMode.values().stream().reduce(SearchCounts.none(), SearchCounts::plus);
        Map<SearchMode, Long> searches = new EnumMap<>(SearchMode.class);
        byMode.forEach((mode, counts) -> searches.put(mode, counts.searches()));
        long clicks = all.of(Source.PRIVATE).clicked() + all.of(Source.MARKETPLACE).clicked();
        return new SearchReport(hours.from(), hours.to(), searches, all.zeroResults(), all.sources(),
                clicks == 0 ? 0 : all.reciprocalRanks() / clicks, latency(all), top, topZeroResults,
                all.dropped() + moreDropped);
    }

    private static Optional<Latency> latency(SearchCounts counts) {
        return counts.slowest().map(slowest -> new Latency(counts.latency().percentile(.50),
                counts.latency().percentile(.95), counts.latency().percentile(.99), slowest));
    }

    @Override
    public void close() {
        recorder.close();
    }

    /** The whole hours that a stretch of time touches. */
    private record Hours(Instant from, Instant to) {

        static Hours of(Instant from, Instant to) {
            if (from.isBefore(EARLIEST) || to.isAfter(LATEST)) {
                throw new InvalidInputException("a report from " + from + " to " + to + " reaches beyond " + EARLIEST
                        + " to " + LATEST);
            }
            if (!from.isBefore(to) || Duration.between(from, to).compareTo(MAX_SPAN) > 0) {
                throw new InvalidInputException("a report from " + from + " to " + to + ": the end must be after the "
                        + "beginning, and at most " + MAX_SPAN.toDays() + " days after it");
            }
            Instant end = to.truncatedTo(ChronoUnit.HOURS);
            return new Hours(from.truncatedTo(ChronoUnit.HOURS),
                    end.equals(to) ? end : end.plus(Duration.ofHours(1)));
        }

        LocalDate firstDay() {
            return LocalDate.ofInstant(from, ZoneOffset.UTC);
        }

        LocalDate lastDay() {
            return LocalDate.ofInstant(to.minusSeconds(1), ZoneOffset.UTC);
        }
    }
}
