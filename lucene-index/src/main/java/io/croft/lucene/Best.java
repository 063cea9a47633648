package io.croft.lucene;

import java.util.Arrays;

/**
 * The best so many of what is offered, in no order until it is asked for. Of equal scores the document with the lower
 * number is better, so the outcome does not depend on the order of the offers. Used by one thread.
 *
 * <p>A score and its document make one number, greater scores first; twice as many as are wanted are gathered and then
 * the worse half is let go, which costs less than a heap when most that is offered is soon beaten.
 */
final class Best {

    private static final int ROOM = 64;

    private final int count;
    private final long[] keys;
    private int size;
    private float least = Float.NEGATIVE_INFINITY;

    Best(int count) {
        this.count = count;
        this.keys = new long[2 * count + ROOM];
    }

    /** A score below which an offer is in vain. */
    float least() {
        return least;
    }

    void offer(int document, float score) {
        if (score < least) {
            return;
        }
        keys[size++] = key(document, score);
        if (size == keys.length) {
            cut();
        }
    }

    /** What is left, best first; see {@link #document} and {@link #score}. */
    long[] inOrder() {
        if (size > count) {
            cut();
        }
        long[] best = Arrays.copyOf(keys, size);
        Arrays.sort(best);
        return best;
    }

    /** The score of the worst that is left; negative infinity while fewer are there than are wanted. */
    float worst() {
        if (size > count) {
            cut();
        }
        if (size < count) {
            return Float.NEGATIVE_INFINITY;
        }
        long worst = keys[0];
        for (int i = 1; i < size; i++) {
            worst = Math.max(worst, keys[i]);
        }
        return score(worst);
    }

    /** What is left, by document. */
    Found found() {
        long[] best = inOrder();
        for (int i = 0; i < best.length; i++) {
            best[i] = Long.rotateLeft(best[i], Integer.SIZE);
        }
        Arrays.sort(best);
        int[] documents = new int[best.length];
        float[] scores = new float[best.length];
        for (int i = 0; i < best.length; i++) {
            long key = Long.rotateRight(best[i], Integer.SIZE);
            documents[i] = document(key);
            scores[i] = score(key);
        }
        return new Found(documents, scores);
    }

    static int document(long key) {
        return (int) key;
    }

    static float score(long key) {
        return Float.intBitsToFloat(inFloatOrder((int) ~(key >> Integer.SIZE)));
    }

    /** The lesser, the better. */
    static long key(int document, float score) {
        return (((long) ~inFloatOrder(Float.floatToIntBits(score))) << Integer.SIZE) | document;
    }

    /** Turns a float's bits into an int of the same order, and back. */
    private static int inFloatOrder(int bits) {
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    /** Quickselect: moves the best to the front and forgets the others. */
    private void cut() {
        int from = 0;
        int to = size - 1;
        while (from < to) {
            long pivot = keys[(from + to) >>> 1];
            int left = from;
            int right = to;
            while (left <= right) {
                while (keys[left] < pivot) {
                    left++;
                }
                while (keys[right] > pivot) {
                    right--;
                }
                if (left <= right) {
                    long key = keys[left];
                    keys[left++] = keys[right];
                    keys[right--] = key;
                }
            }
            if (count - 1 <= right) {
                to = right;
            } else if (count - 1 >= left) {
                from = left;
            } else {
                break;
            }
        }
        size = count;
        least = worst();
    }
}
