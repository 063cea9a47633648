package io.croft.search;

import io.croft.TenantContext;

/**
 * Searches what one organisation may see: its own private index and the marketplace, as one ranked list. Nothing of
 * another organisation's private index can be reached through it. Thread-safe.
 */
public interface TenantScopedSearch {

    /**
     * Answers a query. A source that fails or is not ready in time is named in {@link SearchResults#incomplete()}; the
     * other one still answers. A warm search touches no database.
     *
     * @param context whose private index is searched
     * @throws io.croft.UnknownOrgException       if the organisation does not exist
     * @throws io.croft.InvalidInputException     if a given vector has another length than the model's, if the text has
     *                                            too many different words, or if what the answer is to be like is not
     *                                            found or has no vector
     * @throws io.croft.StoreUnavailableException if the database is needed (an organisation not seen before) and away
     */
    SearchResults search(TenantContext context, SearchQuery query);
}
