package io.croft.search;

/** What becomes of a query's words that nothing searched knows. */
public enum Typos {
    /**
     * A word of four letters or more that neither the organisation's documents nor the marketplace knows is joined by
     * up to three known words that are written almost like it: one letter added, removed, replaced or swapped with its
     * neighbour, from eight letters on two. The first letter must be right. Known words of two edits are looked for
     * only where there are none of one. They count less than a word that the query has: 0.7 at one edit, 0.5 at two.
     *
     * <p>Words with digits and words of a phrase are left as they are. At most the first ten unknown words of a query
     * are corrected, and none in a query of more than 100 different words. {@link SearchResults#corrections} says
     * which.
     */
    CORRECT,
    /** It finds nothing. */
    EXACT
}
