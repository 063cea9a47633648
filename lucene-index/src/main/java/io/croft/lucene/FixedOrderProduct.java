package io.croft.lucene;

/**
 * The dot product of two vectors, to the last bit the same on every machine and at every moment. Lucene's own adds in
 * an order that depends on the processor and on whether the code was compiled yet; it is several times as fast and good
 * enough for estimates. What is shown as a score, decides between two hits or is kept in a cursor comes from here.
 */
final class FixedOrderProduct {

    private static final int LANES = 8;

    private FixedOrderProduct() {
    }

    /** Of two vectors of the same length. */
    static float of(float[] one, float[] other) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        float e = 0;
        float f = 0;
        float g = 0;
        float h = 0;
        int i = 0;
        for (; i <= one.length - LANES; i += LANES) {
            a += one[i] * other[i];
            b += one[i + 1] * other[i + 1];
            c += one[i + 2] * other[i + 2];
            d += one[i + 3] * other[i + 3];
            e += one[i + 4] * other[i + 4];
            f += one[i + 5] * other[i + 5];
            g += one[i + 6] * other[i + 6];
            h += one[i + 7] * other[i + 7];
        }
        for (; i < one.length; i++) {
            a += one[i] * other[i];
        }
        return ((a + b) + (c + d)) + ((e + f) + (g + h));
    }
}
