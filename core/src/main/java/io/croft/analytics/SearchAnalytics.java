package io.croft.analytics;

import io.croft.Actor;
import io.croft.TenantContext;
import java.time.Duration;
import java.time.Instant;

/**
 * Reports on searches and clicks. They are recorded beside the query path: no search waits for it, fails because of it
 * or touches the database for it. Recorded events wait in memory for up to 5 s; a process that is killed loses them.
 * Counts are kept for 90 days, texts, where an organisation allows them, for 30. Thread-safe.
 */
public interface SearchAnalytics {

    /** The longest time that a report covers. */
    Duration MAX_SPAN = Duration.ofDays(366);
    /** The most queries that a report lists as top ones. */
    int TOP_QUERIES = 20;

    /**
     * Reports on one organisation. The counts are kept by the hour, so the report covers every hour that the time
     * touches; the texts by the day, so its top queries are those of every day (UTC) that it touches. What this process
     * has recorded is stored first, if that takes no more than 2 s; what others recorded follows within 5 s.
     *
     * @param from the beginning
     * @param to   the end, exclusive, at most {@link #MAX_SPAN} later
     * @throws io.croft.NotPermittedException     if the actor is a member
     * @throws io.croft.InvalidInputException     if the time is empty or too long, or not of the years 2000 to 2999
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    SearchReport report(TenantContext context, Instant from, Instant to);

    /**
     * Reports on all organisations together, without any text of a query.
     *
     * @param actor who asks; a super admin
     * @param from  as in {@link #report}
     * @param to    as in {@link #report}
     * @throws io.croft.NotPermittedException     if the actor is no super admin
     * @throws io.croft.InvalidInputException     as in {@link #report}
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    SearchReport overall(Actor actor, Instant from, Instant to);

    /**
     * Says whether the texts of this organisation's queries are kept; until it is said they are not.
     * {@link TextRetention#DISCARD} counts at once in all processes, and removes the texts that are stored;
     * {@link TextRetention#KEEP} counts in other processes within 10 s.
     *
     * @throws io.croft.NotPermittedException     if the actor is a member
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    void keepTexts(TenantContext context, TextRetention retention);
}
