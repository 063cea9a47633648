package io.croft.benchmarks.analytics;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.analytics.TextRetention;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.engine.analytics.RecordedSearch;
import io.croft.engine.analytics.SearchIds;
import io.croft.engine.analytics.StoredAnalytics;
import io.croft.guard.TenantGuard;
import io.croft.search.Hit;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Signals;
import io.croft.search.Source;
import io.croft.search.TenantScopedSearch;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchBatch.HourCounts;
import io.croft.spi.SearchBatch.TextCount;
import io.croft.spi.SearchCounts;
import io.croft.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What recording costs: the time that it adds to a search of ten hits, the id of the answer included, with its thread
 * at work and storing, and how many counts and texts a batch stores in a second.
 */
public final class AnalyticsBenchmark implements Benchmark {

    static final double BAR_NANOS = 5_000;

    private static final int ROUNDS = 9;
    /** As many searches in a round as the recorder takes without dropping any, one round after the other. */
    private static final int SEARCHES = 25_000;
    private static final int ORGS = 1_000;

    private final Instant hour;

    public AnalyticsBenchmark() {
        this.hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
    }

    @Override
    public Outcome run() {
        try (Database database = Database.start();
                Store store = database.store();
                TenantGuard guard = new TenantGuard(store.orgs())) {
            double added = addedNanos(store, guard);
            batches(store);
            System.out.printf(Locale.ROOT, "recording adds %.0f ns to a search (bar %.0f)%n", added, BAR_NANOS);
            return added <= BAR_NANOS ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private double addedNanos(Store store, TenantGuard guard) {
        TenantContext context = TenantContext.of(OrgId.named("acme"), Actor.service("bench"));
        store.orgs().create(context);
        SearchResults results = new SearchResults(UUID.randomUUID(),
                Stream.generate(AnalyticsBenchmark::hit).limit(10).toList(), List.of(), List.of(),
                List.of(), Map.of(), Duration.ofMillis(3), List.of(), SearchResults.Reranking.NONE,
                Optional.empty());
        List<Double> bare = new ArrayList<>();
        List<Double> recorded = new ArrayList<>();
        try (StoredAnalytics analytics = new StoredAnalytics(guard, store.analytics())) {
            analytics.keepTexts(context, TextRetention.KEEP);
            TenantScopedSearch without = new RecordedSearch(guard, (org, sight, query, start) -> results,
                    org -> Map.of(), Optional.empty());
            TenantScopedSearch with = new RecordedSearch(guard, (org, sight, query, start) -> new SearchResults(
                    SearchIds.next(org, query.mode(), Instant.now()), results.hits(), results.incomplete(),
                    results.waits(), results.unmetPhrases(), results.corrections(), results.took(), results.facets(),
                    results.reranking(), results.nextCursor()),
                    org -> Map.of(), Optional.of(analytics.recorder()));
            for (int round = 0; round < ROUNDS; round++) {
                bare.add(nanos(without, context));
                recorded.add(nanos(with, context));
                analytics.report(context, hour, hour.plusSeconds(7200)); // empties the queue
            }
            long dropped = analytics.report(context, hour, hour.plusSeconds(7200)).dropped();
            System.out.printf(Locale.ROOT, "guard alone %.0f ns, with recording %.0f ns, %d events dropped%n",
                    median(bare), median(recorded), dropped);
        }
        return median(recorded) - median(bare);
    }

    private static Hit hit() {
        return new Hit(Source.PRIVATE, OrgId.named("acme"), "id", "title", Score.of(List.of(new Score.Part("text", 1))),
                new Signals(Source.PRIVATE, 0, 1), "snippet", List.of(), 0, Map.of());
    }

    private static double nanos(TenantScopedSearch search, TenantContext context) {
        long start = System.nanoTime();
        long hits = 0;
        for (int i = 0; i < SEARCHES; i++) {
            hits += search.search(context, SearchQuery.of("calm horse for a tall rider " + i % 100)).hits().size();
        }
        if (hits != 10L * SEARCHES) {
            throw new IllegalStateException("hits are missing");
        }
        return (double) (System.nanoTime() - start) / SEARCHES;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    /** A thousand organisations, first new to the hour and then known, each with ten texts. */
    private void batches(Store store) {
        List<HourCounts> hours = new ArrayList<>();
        List<TextCount> texts = new ArrayList<>();
        LocalDate day = LocalDate.ofInstant(hour, ZoneOffset.UTC);
        List<Duration> latencies = Stream.iterate(Duration.ofMillis(1), time -> time.plusMillis(2)).limit(20).toList();
        for (int i = 0; i < ORGS; i++) {
            TenantContext context = TenantContext.of(OrgId.named("org-" + i), Actor.service("bench"));
            UUID life = store.orgs().create(context).incarnation();
            store.analytics().setTextRetention(context.org(), TextRetention.KEEP);
            hours.add(new HourCounts(context.org(), life, hour, SearchMode.HYBRID, new SearchCounts(20, 0, Map.of(), 0,
                    LatencyHistogram.ofDurations(latencies), Optional.empty(), 0)));
            for (int text = 0; text < SearchBatch.MAX_TEXTS / ORGS; text++) {
                texts.add(new TextCount(context.org(), life, day, "calm horse " + text, 2, 0));
            }
        }
        UUID writer = UUID.randomUUID();
        for (int i = 1; i <= 5; i++) {
            double ofHours = seconds(store, new SearchBatch(writer, 2L * i, hours, List.of()));
            double ofTexts = seconds(store, new SearchBatch(writer, 2L * i + 1, List.of(), texts));
            System.out.printf(Locale.ROOT, "batch %d: %,.0f counts/s, %,.0f texts/s%n", i, hours.size() / ofHours,
                    texts.size() / ofTexts);
        }
    }

    private static double seconds(Store store, SearchBatch batch) {
        long start = System.nanoTime();
        store.analytics().record(batch);
        return (System.nanoTime() - start) / 1e9;
    }
}
