package io.croft.search;

/** What the phrases of a query do, see {@link SearchQuery#of}. */
public enum Phrases {
    /**
     * Every hit has all of them. If nothing has, the query is answered as if they were not quoted, and
     * {@link SearchResults#unmetPhrases} names them: people quote in what they write, and a page without an answer helps
     * nobody.
     */
    PREFER,
    /** Every hit has all of them, and if nothing has, there are no hits. */
    REQUIRE
}
