package io.croft.spi;

import java.util.HashMap;
import java.util.Map;

/**
 * What BM25 needs to know of a collection, for the terms of one query.
 *
 * @param chunks      the number of chunks that have text
 * @param totalLength the number of terms of all of them
 * @param terms       for each term of the query, as analysed, how common it is; 0 for those that do not occur
 */
public record TextStatistics(long chunks, long totalLength, Map<String, TermCount> terms) {

    /** Of nothing. */
    public static final TextStatistics NONE = new TextStatistics(0, 0, Map.of());

    public TextStatistics {
        terms = Map.copyOf(terms);
    }

    /** Of both collections together. */
    public TextStatistics plus(TextStatistics other) {
        Map<String, TermCount> sum = new HashMap<>(terms);
        other.terms.forEach((term, count) -> sum.merge(term, count, TermCount::plus));
        return new TextStatistics(chunks + other.chunks, totalLength + other.totalLength, sum);
    }

    /** Whether there are terms that do not occur. */
    public boolean hasUnknownTerms() {
        return terms.values().stream().anyMatch(count -> count.chunks() == 0);
    }

    /**
     * The sum over the terms that occur of {@code ln(1 + (N − n + 0.5) / (n + 0.5))}, as Lucene's BM25 computes idf.
     */
    public double idfSum() {
        double sum = 0;
        for (TermCount count : terms.values()) {
            if (count.chunks() > 0) {
                sum += Math.log(1 + (chunks - count.chunks() + 0.5) / (count.chunks() + 0.5));
            }
        }
        return sum;
    }

    /**
     * How common a term is.
     *
     * @param chunks      in how many chunks it occurs
     * @param occurrences how often it occurs
     */
    public record TermCount(long chunks, long occurrences) {

        TermCount plus(TermCount other) {
            return new TermCount(chunks + other.chunks, occurrences + other.occurrences);
        }
    }
}
