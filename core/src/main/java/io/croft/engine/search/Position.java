package io.croft.engine.search;

import io.croft.search.Source;
import io.croft.spi.ContentKey;
import java.util.Comparator;

/**
 * A hit's place in the one order of all hits: best first; of equals the private one, then by key, so that the same
 * candidates always come in the same order.
 *
 * @param score   its score
 * @param source  where it is
 * @param key     its document
 * @param ordinal which chunk of it
 */
record Position(double score, Source source, ContentKey key, int ordinal) implements Comparable<Position> {

    private static final Comparator<Position> ORDER = Comparator.comparingDouble(Position::score).reversed()
            .thenComparing(Position::source).thenComparing(Position::key).thenComparingInt(Position::ordinal);

    @Override
    public int compareTo(Position other) {
        return ORDER.compare(this, other);
    }
}
