package io.croft.spi;

import io.croft.OrgId;
import io.croft.analytics.SearchReport.TopQuery;
import io.croft.analytics.TextRetention;
import io.croft.search.SearchMode;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Counts of searches, by organisation, hour and mode, and texts of queries by organisation and day. Nothing here is on
 * the path of a search. {@link Store#expire} removes counts after 90 days and texts after 30; erasing an organisation
 * removes both. Thread-safe.
 */
public interface AnalyticsStore {

    /** The most texts that are kept of an organisation and day: the first ones. */
    int MAX_TEXTS_A_DAY = 1_000;

    /**
     * Adds a batch to what is stored, in one transaction. A batch whose number is not greater than the last one of its
     * writer is left out: it has been added before.
     *
     * <p>Counts and texts of lives of organisations that are over or ending are left out, and texts of organisations
     * that do not have them kept.
     */
    void record(SearchBatch batch);

    /** The counts of an organisation in the hours that begin from {@code from} up to, but not at, {@code to}. */
    Map<SearchMode, SearchCounts> counts(OrgId org, Instant from, Instant to);

    /** The counts of all organisations in the hours that begin from {@code from} up to, but not at, {@code to}. */
    Map<SearchMode, SearchCounts> counts(Instant from, Instant to);

    /**
     * The texts that an organisation asked most often, most frequent first, equally frequent ones by their characters.
     *
     * @param from    the first day, UTC
     * @param to      the last day
     * @param ranking what counts
     * @param limit   how many at most, 1 to 1,000
     */
    List<TopQuery> topQueries(OrgId org, LocalDate from, LocalDate to, Ranking ranking, int limit);

    /** Those of these organisations, at most {@value SearchBatch#MAX_TEXTS}, that have the texts of queries kept. */
    Set<OrgId> keepingTexts(Set<OrgId> orgs);

    /**
     * Says whether the texts of an organisation's queries are kept; until then they are not. When it returns from
     * {@link TextRetention#DISCARD}, no text of it is stored, nor will be.
     *
     * @throws io.croft.UnknownOrgException if it does not exist or is not active
     */
    void setTextRetention(OrgId org, TextRetention retention);

    /** What makes a text a top one. */
    enum Ranking {
        /** How often it was asked. */
        SEARCHES,
        /** How often it had no hit; those that always had one are left out. */
        ZERO_RESULTS
    }
}
