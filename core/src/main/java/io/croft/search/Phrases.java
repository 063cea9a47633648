package io.croft.search;

/** What the phrases of a query do, see {@link SearchQuery#of}. */
public enum Phrases {
    /**
     * Every hit has all of them. If nothing that passes the filter has, the query is answered as if they were not
     * quoted, and {@link SearchResults#unmetPhrases} names them: people quote in what they write, and a page without an
     * answer helps nobody. The first page decides for all; what was found and scores too little for
     * {@link SearchQuery#minScore} counts as found.
     */
    PREFER,
    /** Every hit has all of them, and if nothing has, there are no hits. */
    REQUIRE
}
