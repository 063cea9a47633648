package io.croft.lucene;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;
import org.apache.lucene.util.quantization.OptimizedScalarQuantizer;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.apache.lucene.util.quantization.QuantizedVectorsReader;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the cosines of a query and all quantised vectors of a segment, or some of them.
 *
 * <p>Lucene's own scorer gives the same estimates, but fetches each vector by itself, its corrections one by one, and
 * makes an object of them; that takes longer than comparing. Here a block of vectors is read at once and compared in
 * the cache. With one bit a dimension, a vector is a handful of long words and comparing is counting bits, for which
 * neither SIMD nor a module of the JVM is needed: measured with 100,000 vectors of 384 dimensions, 1.9 ms in place of
 * 4.3 ms with one bit, 4.2 in place of 5.2 with four, 5.2 in place of 7.2 with eight.
 *
 * <p>A vector is written as its packed values and, in little endian, the lower and the upper end of its interval, a
 * correction and the sum of its values. Lucene may write it otherwise one day: {@link #of} then finds lengths that do
 * not fit, and Lucene's own search is used.
 */
final class QuantizedScan {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FLOATS = MethodHandles.byteArrayViewVarHandle(float[].class,
            ByteOrder.LITTLE_ENDIAN);

    /** Three floats and an int after the packed values. */
    private static final int CORRECTIONS = 3 * Float.BYTES + Integer.BYTES;
    private static final int BLOCK_BYTES = 16 << 10;
    private static final int QUERY_PLANES = 4;
    /** How many vectors say by how much the estimates of a segment are off. */
    private static final int SAMPLES = 64;
    /** The variance of what is lost by rounding to whole numbers. */
    private static final double OF_A_STEP = 1 / 12d;

    /** Gets what was estimated. */
    interface Sink {

        /** A cosine below which an estimate is in vain: it need not be passed on. */
        float least();

        void accept(int ordinal, float cosine) throws IOException;
    }

    private final IndexInput input;
    private final int size;
    private final int packed;
    private final int stride;
    private final int perBlock;
    private final byte[] block;
    private final int[] dots;
    private final float[] cosines;
    private final Comparison comparison;
    /** The factors of an estimate that depend on the query alone. */
    private final float ofLower;
    private final float ofSumAndStep;
    private final float ofLowerBySum;
    private final float step;
    private final float constant;
    private final float scale;
    /** Squared: the centre's length, the query's distance from it, and by how much a value of it is off by rounding. */
    private final float centre;
    private final float fromCentre;
    private final double ofRounding;

    private QuantizedScan(QuantizedByteVectorValues values, float[] query) throws IOException {
        ScalarEncoding encoding = values.getScalarEncoding();
        this.input = values.getSlice();
        this.size = values.size();
        this.packed = encoding.getDocPackedLength(values.dimension());
        this.stride = packed + CORRECTIONS;
        this.perBlock = Math.max(1, BLOCK_BYTES / stride);
        this.block = new byte[perBlock * stride];
        this.dots = new int[perBlock];
        this.cosines = new float[perBlock];
        byte[] quantized = new byte[encoding.getDiscreteDimensions(values.dimension())];
        OptimizedScalarQuantizer.QuantizationResult corrections = values.getQuantizer().scalarQuantize(query.clone(),
                quantized, encoding.getQueryBits(), values.getCentroid());
        this.comparison = switch (encoding) {
            case UNSIGNED_BYTE -> each(new byte[packed], vector -> VectorUtil.uint8DotProduct(quantized, vector));
            case PACKED_NIBBLE -> each(new byte[packed],
                    vector -> VectorUtil.int4DotProductSinglePacked(quantized, vector));
            case SINGLE_BIT_QUERY_NIBBLE -> bits(planes(encoding, values.dimension(), quantized));
            case SEVEN_BIT, DIBIT_QUERY_NIBBLE -> throw new IllegalArgumentException(encoding + " is never written");
        };
        // The estimate is (lower + step·value) · (query's lower + step·value), summed up, and corrected for the centre.
        this.ofLower = corrections.lowerInterval() * values.dimension();
        this.step = (corrections.upperInterval() - corrections.lowerInterval()) / levels(encoding.getQueryBits());
        this.ofLowerBySum = step * corrections.quantizedComponentSum();
        this.ofSumAndStep = corrections.lowerInterval();
        this.centre = values.getCentroidDP();
        this.fromCentre = VectorUtil.squareDistance(query, values.getCentroid());
        this.ofRounding = ofRounding(query, values.getCentroid(), quantized, corrections.lowerInterval(), step);
        this.constant = corrections.additionalCorrection() - centre;
        this.scale = 1f / levels(encoding.getBits());
    }

    /** A scan of a segment's vectors; none if they are not quantised as this class knows it. */
    static @Nullable QuantizedScan of(KnnVectorsReader reader, float[] query) throws IOException {
        if (!(reader instanceof QuantizedVectorsReader quantized)
                || !(quantized.getQuantizedVectorValues(ChunkSchema.VECTOR) instanceof QuantizedByteVectorValues values)
                || encoding(values.getScalarEncoding()) == null
                || values.getSlice() == null) {
            return null;
        }
        long stride = (long) CORRECTIONS + values.getScalarEncoding().getDocPackedLength(values.dimension());
        return values.getSlice().length() == stride * values.size() ? new QuantizedScan(values, query) : null;
    }

    /** What a segment's vectors are compared by, in a scan or by Lucene; null if it is none of the product's. */
    static @Nullable VectorEncoding encoding(KnnVectorsReader reader) throws IOException {
        Object values = reader instanceof QuantizedVectorsReader quantized
                ? quantized.getQuantizedVectorValues(ChunkSchema.VECTOR)
                : null;
        if (values == null) {
            return VectorEncoding.FLOAT32;
        }
        return values instanceof QuantizedByteVectorValues known ? encoding(known.getScalarEncoding()) : null;
    }

    private static @Nullable VectorEncoding encoding(ScalarEncoding written) {
        return switch (written) {
            case UNSIGNED_BYTE -> VectorEncoding.BITS_8;
            case PACKED_NIBBLE -> VectorEncoding.BITS_4;
            case SINGLE_BIT_QUERY_NIBBLE -> VectorEncoding.BITS_1;
            case SEVEN_BIT, DIBIT_QUERY_NIBBLE -> null;
        };
    }

    /**
     * By how much estimates are off as a rule, by arithmetic: a standard deviation. An estimate is off by a vector's
     * roundings times the query's values and by the query's roundings times the vector's values, both as they lie from
     * the centre. The query's are known. A vector's value is off by anything up to half of its step, a variance of a
     * twelfth of the step's square (Widrow, Kollár and Liu 1996, Statistical Theory of Quantization). The theory asks
     * for more steps than one; with one bit a dimension, Lucene's quantiser makes the step so long that it holds too.
     * Measured with vectors with and without structure, of 24 to 1,536 dimensions, the median of thirty queries is
     * within a fifteenth of the truth, and no query's less than three quarters of it.
     *
     * <p>The corrections of a few vectors are read, evenly over the segment, and no exact vector.
     */
    double usualError() throws IOException {
        int samples = Math.min(SAMPLES, size);
        double squares = 0;
        for (int i = 0; i < samples; i++) {
            long ordinal = (long) i * size / samples;
            input.seek(ordinal * stride + packed);
            input.readBytes(block, 0, CORRECTIONS);
            float width = ((float) FLOATS.get(block, Float.BYTES) - (float) FLOATS.get(block, 0)) * scale;
            // Its dot product with the centre says how far from there a vector of unit length is.
            float distance = Math.max(0, 1 - 2 * (float) FLOATS.get(block, 2 * Float.BYTES) + centre);
            squares += fromCentre * OF_A_STEP * width * width + distance * ofRounding;
        }
        return Math.sqrt(squares / samples);
    }

    /**
     * Estimates all.
     *
     * @param accepted which ordinals; null for every one
     */
    void all(@Nullable Bits accepted, Deadline deadline, Sink sink) throws IOException {
        input.seek(0);
        for (int from = 0; from < size && !deadline.shouldExit(); from += perBlock) {
            int count = Math.min(perBlock, size - from);
            input.readBytes(block, 0, count * stride);
            comparison.compare(block, stride, count, dots);
            // All of them at first: without a branch between them, the processor works at several at once.
            for (int i = 0; i < count; i++) {
                cosines[i] = estimate(i);
            }
            for (int i = 0; i < count; i++) {
                if (cosines[i] >= sink.least() && (accepted == null || accepted.get(from + i))) {
                    sink.accept(from + i, cosines[i]);
                }
            }
        }
    }

    /** Estimates one. */
    float one(int ordinal) throws IOException {
        input.seek((long) ordinal * stride);
        input.readBytes(block, 0, stride);
        comparison.compare(block, stride, 1, dots);
        return estimate(0);
    }

    private float estimate(int place) {
        int at = place * stride + packed;
        float lower = (float) FLOATS.get(block, at);
        float width = ((float) FLOATS.get(block, at + Float.BYTES) - lower) * scale;
        float correction = (float) FLOATS.get(block, at + 2 * Float.BYTES);
        int sum = (int) INTS.get(block, at + 3 * Float.BYTES);
        return lower * (ofLower + ofLowerBySum) + width * (ofSumAndStep * sum + step * dots[place]) + correction
                + constant;
    }

    private static double ofRounding(float[] query, float[] centre, byte[] quantized, float lower, float step) {
        double squares = 0;
        for (int i = 0; i < query.length; i++) {
            double off = query[i] - centre[i] - (lower + step * Byte.toUnsignedInt(quantized[i]));
            squares += off * off;
        }
        return squares / query.length;
    }

    private static int levels(int bits) {
        return (1 << bits) - 1;
    }

    /** Multiplies the packed values of a block's vectors by the query's. */
    @FunctionalInterface
    private interface Comparison {
        void compare(byte[] block, int stride, int count, int[] dots);
    }

    @FunctionalInterface
    private interface Product {
        int of(byte[] vector);
    }

    private static Comparison each(byte[] vector, Product product) {
        return (block, stride, count, dots) -> {
            for (int i = 0; i < count; i++) {
                System.arraycopy(block, i * stride, vector, 0, vector.length);
                dots[i] = product.of(vector);
            }
        };
    }

    /** The query's values bit by bit: a word of each plane covers 64 dimensions. What is over is zero. */
    private static long[] planes(ScalarEncoding encoding, int dimensions, byte[] quantized) {
        byte[] transposed = new byte[encoding.getQueryPackedLength(dimensions)];
        OptimizedScalarQuantizer.transposeHalfByte(quantized, transposed);
        int bytes = transposed.length / QUERY_PLANES;
        int words = (bytes + Long.BYTES - 1) / Long.BYTES;
        long[] planes = new long[QUERY_PLANES * words];
        for (int i = 0; i < transposed.length; i++) {
            int within = i % bytes;
            int shift = Byte.SIZE * (within % Long.BYTES);
            planes[within / Long.BYTES * QUERY_PLANES + i / bytes] |= (transposed[i] & 0xFFL) << shift;
        }
        return planes;
    }

    /**
     * Word by word, so that the query's stay in registers. (The last word of a vector may reach into its corrections,
     * where the query's planes are zero.)
     */
    private static Comparison bits(long[] planes) {
        return (block, stride, count, dots) -> {
            Arrays.fill(dots, 0, count, 0);
            for (int plane = 0, from = 0; plane < planes.length; plane += QUERY_PLANES, from += Long.BYTES) {
                add(planes[plane], planes[plane + 1], planes[plane + 2], planes[plane + 3], block, from, stride, count,
                        dots);
            }
        };
    }

    private static void add(long ones, long twos, long fours, long eights, byte[] block, int from, int stride,
            int count, int[] dots) {
        for (int i = 0, at = from; i < count; i++, at += stride) {
            long word = (long) LONGS.get(block, at);
            dots[i] += Long.bitCount(word & ones) + 2 * Long.bitCount(word & twos) + 4 * Long.bitCount(word & fours)
                    + 8 * Long.bitCount(word & eights);
        }
    }
}
