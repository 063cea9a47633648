package io.croft.search;

import java.util.Objects;

/**
 * What is known of one candidate, measured exactly and in units that mean the same in both sources.
 *
 * @param source where it comes from
 * @param cosine its vector's cosine with the query's, −1 to 1; 0 where there is none (a text query, or a chunk whose
 *               vector is of another model)
 * @param bm25   its BM25 with document frequencies shared between the marketplace and the asking organisation, from 0;
 *               0 in a vector query
 */
public record Signals(Source source, double cosine, double bm25) {

    public Signals {
        Objects.requireNonNull(source, "source");
    }
}
