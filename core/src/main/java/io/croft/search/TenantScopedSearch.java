package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.TenantContext;
import java.util.Map;
import java.util.UUID;

/**
 * Searches what one organisation may see: its own private index and the marketplace, as one ranked list. Nothing of
 * another organisation's private index can be reached through it. Thread-safe.
 */
public interface TenantScopedSearch {

    /**
     * Answers a query. A source that fails or is not ready in time is named in {@link SearchResults#incomplete()}; the
     * other one still answers. A search of an organisation in use waits for no database: the organisation is looked up
     * again beside the calls, every five seconds. The first call after ten seconds without any waits for that, at most
     * a quarter of a second, and goes on with what was known.
     *
     * @param context whose private index is searched
     * @throws io.croft.UnknownOrgException       if the organisation does not exist or is being erased
     * @throws io.croft.OrgSuspendedException     if the organisation is suspended
     * @throws io.croft.InvalidInputException     if a given vector has another length than the model's; if the text has
     *                                            too many different words; if a filter, facet, sort or boost names a
     *                                            field that is not declared or has another type; if the cursor is not
     *                                            of this query and organisation, or older than an hour; if a receipt is
     *                                            another organisation's; or if what the answer is to be like is not
     *                                            found or has no vector
     * @throws io.croft.StoreUnavailableException if the database is needed (an organisation not seen before) and away,
     *                                            or does not answer within the query's timeout
     * @throws io.croft.CroftException            if the scorer throws or gives anything but one finite score for each
     *                                            candidate, if the calling thread is interrupted, or after the close
     */
    SearchResults search(TenantContext context, SearchQuery query);

    /**
     * Tells that a hit of an answer was clicked, for {@link io.croft.analytics.SearchAnalytics}. It may be told in
     * another process than the one that answered. Each call counts one click; it needs the
     * database no more than a search does, and does nothing if analytics are off.
     *
     * @param context  as the search's
     * @param searchId {@link SearchResults#id}; clicks count up to 24 hours after the hour of the search. One that is
     *                 older, unknown, or another organisation's does nothing
     * @param source   where the hit came from
     * @param place    the hit's place in the answer, 1 to {@value SearchQuery#MAX_LIMIT}
     * @throws io.croft.InvalidInputException     if the place is outside that
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.OrgSuspendedException     if the organisation is suspended
     * @throws io.croft.StoreUnavailableException if the organisation was not seen before and the database is away
     */
    void clicked(TenantContext context, UUID searchId, Source source, int place);

    /**
     * The same for one who still has the answer.
     *
     * @throws io.croft.InvalidInputException if the hit is none of the answer's
     * @throws io.croft.OrgSuspendedException if the organisation is suspended
     */
    default void clicked(TenantContext context, SearchResults results, Hit hit) {
        int index = results.hits().indexOf(hit);
        if (index < 0) {
            throw new InvalidInputException("hit \"" + hit.id() + "\" is none of the answer " + results.id());
        }
        clicked(context, results.id(), hit.source(), index + 1);
    }

    /**
     * How far the indexes that the organisation's searches read are behind the database, in this process: its private
     * one and the marketplace's. Asks the database, with one short statement for each.
     *
     * @return for each source; none for one whose index was not opened in this process yet, or is being built for the
     *         first time
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.OrgSuspendedException     if the organisation is suspended
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    Map<Source, Lag> lag(TenantContext context);
}
