package io.croft.lucene;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Documents that a search found, in the order of their numbers, and a score for each.
 *
 * @param documents Lucene's numbers, ascending
 * @param scores    a score for each
 */
@SuppressWarnings("ArrayRecordComponent")
record Found(int[] documents, float[] scores) {

    static final Found NOTHING = new Found(new int[0], new float[0]);

    /** The best so many. */
    Found best(int count) {
        if (documents.length <= count) {
            return this;
        }
        int[] places = IntStream.range(0, documents.length).boxed()
                .sorted(Comparator.comparingDouble(place -> -scores[place]))
                .limit(count)
                .mapToInt(place -> place)
                .sorted()
                .toArray();
        int[] best = new int[count];
        float[] their = new float[count];
        for (int i = 0; i < count; i++) {
            best[i] = documents[places[i]];
            their[i] = scores[places[i]];
        }
        return new Found(best, their);
    }

    /** The documents of both, each once. */
    static int[] union(Found one, Found other) {
        return IntStream.concat(Arrays.stream(one.documents), Arrays.stream(other.documents)).sorted().distinct()
                .toArray();
    }
}
