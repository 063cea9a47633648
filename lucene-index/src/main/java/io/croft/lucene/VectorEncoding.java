package io.croft.lucene;

/**
 * How vectors are kept for comparing many of them: with fewer bits they take less memory and are compared faster, and
 * more of the best are measured again by the exact vectors, which are always kept beside them. What a search answers
 * is measured exactly in every encoding; what differs is what it costs and how surely nothing is missed.
 *
 * <p>For 100,000 vectors of 384 dimensions, beside 150 MB of exact ones (docs/vectors.md has the whole table):
 *
 * <table>
 * <caption>Encodings</caption>
 * <tr><th>encoding</th><th>bytes compared</th><th>suits</th></tr>
 * <tr><td>{@link #BITS_1}</td><td>6 MB</td><td>many vectors of 192 dimensions and more: the default for segments
 * that are merged to 25,000 or more</td></tr>
 * <tr><td>{@link #BITS_4}</td><td>21 MB</td><td>fewer vectors, and vectors of fewer dimensions: the default for
 * them</td></tr>
 * <tr><td>{@link #BITS_8}</td><td>40 MB</td><td>memory to spare and a disk on which single reads are slow</td></tr>
 * <tr><td>{@link #FLOAT32}</td><td>none more</td><td>small indexes, and to compare the others with</td></tr>
 * </table>
 *
 * <p>Source: optimised scalar quantisation as in Lucene 10.4, after RaBitQ (Gao and Long 2024, arXiv 2405.12497).
 */
public enum VectorEncoding {
    /** The exact vectors alone, four bytes a dimension. */
    FLOAT32,
    /** One byte a dimension. */
    BITS_8,
    /** Half a byte a dimension. */
    BITS_4,
    /** One bit a dimension, compared with four bits of the query's. */
    BITS_1;

    /**
     * From so many vectors in a segment on, comparing costs more than measuring again, and one bit a dimension is
     * cheaper than four. With fewer it is the other way round, most of all from a disk: a quarter as many exact vectors
     * are read, each from a page of its own.
     */
    static final int MANY = 25_000;

    /** From so many dimensions on, one bit each tells vectors apart well enough. */
    private static final int ENOUGH_FOR_BITS = 192;

    /** What is used in small segments where the host does not choose. */
    static VectorEncoding suitingFew() {
        return BITS_4;
    }

    /** What is used for {@link #MANY} and more vectors of so many dimensions where the host does not choose. */
    static VectorEncoding suitingMany(int dimensions) {
        return dimensions >= ENOUGH_FOR_BITS ? BITS_1 : BITS_4;
    }
}
