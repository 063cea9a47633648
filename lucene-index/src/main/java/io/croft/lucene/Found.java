package io.croft.lucene;

import java.util.Arrays;
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

    /** Both, which have no document in common. */
    Found and(Found other) {
        int[] both = new int[documents.length + other.documents.length];
        float[] their = new float[both.length];
        int here = 0;
        int there = 0;
        for (int i = 0; i < both.length; i++) {
            boolean isHere = there == other.documents.length
                    || (here < documents.length && documents[here] < other.documents[there]);
            both[i] = isHere ? documents[here] : other.documents[there];
            their[i] = isHere ? scores[here++] : other.scores[there++];
        }
        return new Found(both, their);
    }

    /** The documents of both, each once. */
    static int[] union(Found one, Found other) {
        return IntStream.concat(Arrays.stream(one.documents), Arrays.stream(other.documents)).sorted().distinct()
                .toArray();
    }
}
