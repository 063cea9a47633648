package io.croft.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReaderContext;

/** Reads the exact vectors of some documents. */
final class VectorReads {

    private static final float[] NONE = {};

    private VectorReads() {
    }

    /** One for each of these documents, in their order; of length 0 for one without. */
    static List<float[]> of(List<LeafReaderContext> leaves, int[] documents) throws IOException {
        int[] sorted = Arrays.stream(documents).sorted().distinct().toArray();
        float[][] read = new float[sorted.length][];
        int at = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            if (at < sorted.length && sorted[at] < end) {
                FloatVectorValues values = leaf.reader().getFloatVectorValues(ChunkSchema.VECTOR);
                DocIndexIterator having = values == null ? null : values.iterator();
                for (; at < sorted.length && sorted[at] < end; at++) {
                    read[at] = values == null || having == null
                            ? NONE
                            : vector(values, having, sorted[at] - leaf.docBase);
                }
            }
        }
        List<float[]> vectors = new ArrayList<>(Collections.nCopies(documents.length, NONE));
        for (int i = 0; i < documents.length; i++) {
            vectors.set(i, read[Arrays.binarySearch(sorted, documents[i])]);
        }
        return vectors;
    }

    /** The iterator stands at or before the document. */
    private static float[] vector(FloatVectorValues values, DocIndexIterator having, int document) throws IOException {
        int next = having.docID() < document ? having.advance(document) : having.docID();
        return next == document ? values.vectorValue(having.index()).clone() : NONE;
    }
}
