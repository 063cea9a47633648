package io.croft.analytics;

import io.croft.OrgId;
import io.croft.input.Shown;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How searches went in a stretch of time. A share of nothing is 0. Clicks count in the hour of the search that they
 * belong to.
 *
 * @param from                 the first hour that is counted
 * @param to                   the end of the last one
 * @param searchesByMode       how many searches were answered in each mode; one that threw is not counted
 * @param zeroResults          how many of them had no hit, although every source answered in full
 * @param sources              what was shown and clicked of each source
 * @param clickRank            the mean of 1 / place over all clicks: 1 if only first hits were clicked, 0 without
 *                             clicks
 * @param latency              how long searches took; empty if there was none
 * @param topQueries           the texts asked most often, most frequent first; empty in a report on all organisations
 *                             and where texts are not kept
 * @param topZeroResultQueries the texts that most often had no hit, in the same way
 * @param dropped              how many searches and clicks could not be kept, and are missing everywhere above
 */
public record SearchReport(Instant from, Instant to, Map<SearchMode, Long> searchesByMode, long zeroResults,
        Map<Source, SourceFigures> sources, double clickRank, Optional<Latency> latency, List<TopQuery> topQueries,
        List<TopQuery> topZeroResultQueries, long dropped) {

    public SearchReport {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        searchesByMode = Collections.unmodifiableMap(new EnumMap<>(searchesByMode));
        sources = Collections.unmodifiableMap(new EnumMap<>(sources));
        Objects.requireNonNull(latency, "latency");
        topQueries = List.copyOf(topQueries);
        topZeroResultQueries = List.copyOf(topZeroResultQueries);
    }

    /** How many searches were answered. */
    public long searches() {
        return searchesByMode.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The share of searches without a hit, from 0 to 1. */
    public double zeroResultShare() {
        return share(zeroResults, searches());
    }

    /** The share of this source in all hits that were shown, from 0 to 1. */
    public double shownShare(Source source) {
        return share(of(source).shown(), sources.values().stream().mapToLong(SourceFigures::shown).sum());
    }

    /** The share of this source in all clicks, from 0 to 1. */
    public double clickedShare(Source source) {
        return share(of(source).clicked(), sources.values().stream().mapToLong(SourceFigures::clicked).sum());
    }

    /** What was shown and clicked of this source. */
    public SourceFigures of(Source source) {
        return sources.getOrDefault(source, new SourceFigures(0, 0, 0));
    }

    private static double share(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    /**
     * What became of one source.
     *
     * @param shown      how many of its hits were in answers
     * @param clicked    how many clicks they got
     * @param incomplete in how many answers it was named as incomplete
     */
    public record SourceFigures(long shown, long clicked, long incomplete) {

        /** Both together. */
        public SourceFigures plus(SourceFigures other) {
            return new SourceFigures(shown + other.shown, clicked + other.clicked, incomplete + other.incomplete);
        }
    }

    /**
     * How long searches took, as {@code SearchResults.took()} says: with the time that a query waited for its writes.
     * Percentiles are by nearest rank, each within 4.5 % of the exact one, because durations are counted in buckets
     * that grow by 2^(1/8); the slowest is exact.
     *
     * @param p50     half of the searches took no longer
     * @param p95     95 % took no longer
     * @param p99     99 % took no longer
     * @param slowest the slowest search
     */
    public record Latency(Duration p50, Duration p95, Duration p99, Slowest slowest) {
    }

    /**
     * The slowest search.
     *
     * @param org       whose it was
     * @param took      how long it took
     * @param requestId the request id of its context, to be found in logs
     */
    public record Slowest(OrgId org, Duration took, String requestId) {
    }

    /**
     * A text that was asked.
     *
     * @param text        in lower case, white space as single blanks, its first 200 characters
     * @param searches    how often it was asked
     * @param zeroResults how often it had no hit
     */
    public record TopQuery(String text, long searches, long zeroResults) {

        /** How often it was asked, without its text. */
        @Override
        public String toString() {
            return "TopQuery[text of " + Shown.length(text) + ", searches=" + searches + ", zeroResults=" + zeroResults
                    + "]";
        }
    }
}
