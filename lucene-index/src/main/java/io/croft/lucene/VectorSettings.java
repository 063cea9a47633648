package io.croft.lucene;

import java.util.Objects;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.jspecify.annotations.Nullable;

/**
 * How the vectors of an index are written. A segment says itself how it was written, so segments of several settings
 * are searched side by side, and whatever is merged is written anew as these say.
 *
 * @param encoding  how they are kept for comparing; null for what suits their dimensions and how many there are
 * @param exactUpTo segments of more vectors get a graph; smaller ones are compared one by one
 */
record VectorSettings(@Nullable VectorEncoding encoding, int exactUpTo) {

    /** Neighbours of a node of the graph. */
    private static final int MAX_CONNECTIONS = 16;
    /** Candidates looked at when a node is added to the graph. */
    private static final int BEAM_WIDTH = 100;
    private static final int MERGE_WORKERS = 1;

    VectorSettings with(VectorEncoding other) {
        return new VectorSettings(Objects.requireNonNull(other, "encoding"), exactUpTo);
    }

    VectorSettings withExactUpTo(int vectors) {
        return new VectorSettings(encoding, vectors);
    }

    /** As Lucene writes vectors of so many dimensions. */
    KnnVectorsFormat format(int dimensions) {
        if (encoding != null) {
            return new WideVectorsFormat(lucenes(encoding));
        }
        VectorEncoding few = VectorEncoding.suitingFew();
        VectorEncoding many = VectorEncoding.suitingMany(dimensions);
        return few == many
                ? new WideVectorsFormat(lucenes(few))
                : new WideVectorsFormat(lucenes(few), lucenes(many), VectorEncoding.MANY);
    }

    private KnnVectorsFormat lucenes(VectorEncoding chosen) {
        return switch (chosen) {
            case FLOAT32 -> new Lucene99HnswVectorsFormat(MAX_CONNECTIONS, BEAM_WIDTH, MERGE_WORKERS, null,
                    graphThreshold());
            case BITS_8 -> quantized(ScalarEncoding.UNSIGNED_BYTE);
            case BITS_4 -> quantized(ScalarEncoding.PACKED_NIBBLE);
            case BITS_1 -> quantized(ScalarEncoding.SINGLE_BIT_QUERY_NIBBLE);
        };
    }

    private KnnVectorsFormat quantized(ScalarEncoding scalar) {
        return new Lucene104HnswScalarQuantizedVectorsFormat(scalar, MAX_CONNECTIONS, BEAM_WIDTH, MERGE_WORKERS, null,
                graphThreshold());
    }

    /** Lucene builds a graph when a segment has more vectors than this times the natural logarithm of their number. */
    private int graphThreshold() {
        return (int) Math.ceil(exactUpTo / Math.log(exactUpTo));
    }
}
