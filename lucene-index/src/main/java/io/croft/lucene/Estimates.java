package io.croft.lucene;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The best estimates that were made in one way, and by how much those of them were off that have been measured: which
 * says how many more must be. Used by one thread: filled first, then measured portion by portion.
 */
final class Estimates {

    /** How many are kept for each that is wanted, and how many more: the most that is ever measured. */
    static final int KEPT = 4;
    private static final int KEPT_MORE = 1600;
    /** How many are measured at first for each that is wanted, how many at least, and how many before looking again. */
    private static final int AT_FIRST = 2;
    private static final int LEAST_AT_FIRST = 200;
    private static final int PORTION = 64;
    /** A portion is at least this part of what is wanted, so that looking again costs little beside measuring. */
    private static final int PORTION_SHARE = 4;
    /** How many times the usual error an estimate may be too low before it is given up. */
    private static final double DEVIATIONS = 3;
    /** From fewer errors nothing is concluded. */
    private static final int LEAST_ERRORS = 64;

    private final @Nullable VectorEncoding encoding;
    private final int wanted;
    private final Best best;
    private long[] inOrder = {};
    /** What is being measured: in the high half a document, in the low half its place in the order. */
    private long[] portion = {};
    private int taken;
    private int errors;
    private double sum;
    private double squares;
    private double usual;

    /**
     * Estimates to come.
     *
     * @param encoding what they are made from; null if that is not known
     * @param wanted   how many nearest are wanted
     */
    Estimates(@Nullable VectorEncoding encoding, int wanted) {
        this.encoding = encoding;
        this.wanted = wanted;
        this.best = new Best(KEPT * wanted + KEPT_MORE);
    }

    /** Whether these were made from this encoding. */
    boolean areOf(@Nullable VectorEncoding other) {
        return encoding == other;
    }

    /**
     * Some of these are off by so much as a rule, whatever is measured.
     *
     * @param deviation a standard deviation
     */
    void expect(double deviation) {
        usual = Math.max(usual, deviation);
    }

    /** Takes what is offered. */
    Best best() {
        return best;
    }

    /** All have been offered. */
    void end() {
        inOrder = best.inOrder();
    }

    /**
     * What is to be measured next, in the order of the documents, which is that of the file; none if none of the others
     * could be among the nearest.
     *
     * @param worst the cosine of the last of the nearest so far; negative infinity if there are not enough
     */
    int[] next(float worst) {
        int to = taken == 0
                ? Math.min(inOrder.length, Math.max(AT_FIRST * wanted, LEAST_AT_FIRST))
                : endOfPortion(worst);
        portion = new long[to - taken];
        for (int i = 0; i < portion.length; i++) {
            portion[i] = ((long) Best.document(inOrder[taken + i]) << Integer.SIZE) | (taken + i);
        }
        Arrays.sort(portion);
        int[] documents = new int[portion.length];
        for (int i = 0; i < documents.length; i++) {
            documents[i] = (int) (portion[i] >> Integer.SIZE);
        }
        taken = to;
        return documents;
    }

    private int endOfPortion(float worst) {
        int most = Math.min(inOrder.length, taken + Math.max(PORTION, wanted / PORTION_SHARE));
        if (errors < LEAST_ERRORS) {
            return most;
        }
        double hopeless = worst - mayBeTooLow();
        int to = taken;
        while (to < most && estimate(to) >= hopeless) {
            to++;
        }
        return to;
    }

    /**
     * By how much an estimate may be too low: three times the error that those measured had, and no less than by how
     * much these were too low in the mean and three times the error that is to be expected. What was measured is not
     * enough: it had the best estimates, so that those are few which are too low, and copies of a text err alike.
     */
    private double mayBeTooLow() {
        return Math.max(DEVIATIONS * Math.sqrt(squares / errors), Math.max(0, sum / errors) + DEVIATIONS * usual);
    }

    /**
     * Learns by how much the estimates were off. (The mean is not taken off: the best estimates are too good, being the
     * best, and those after them less so.) Copies of a vector have the same estimate and the same error: all of them
     * say no more than one.
     *
     * @param cosines of what {@link #next} gave last, in its order
     */
    void measured(float[] cosines) {
        for (int i = 0; i < cosines.length; i++) {
            int place = (int) portion[i];
            float estimate = estimate(place);
            if (place == 0 || estimate(place - 1) != estimate) {
                double error = cosines[i] - estimate;
                errors++;
                sum += error;
                squares += error * error;
            }
        }
    }

    private float estimate(int place) {
        return Best.score(inOrder[place]);
    }
}
