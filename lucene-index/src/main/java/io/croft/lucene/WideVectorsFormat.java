package io.croft.lucene;

import io.croft.content.EmbeddingModel;
import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * A vectors format for longer vectors than the 1,024 that Lucene allows by itself, and for segments of few and of many
 * documents. It writes under the name of the formats that it wraps, which is the same, so any Lucene reads its
 * segments.
 */
final class WideVectorsFormat extends KnnVectorsFormat {

    private final KnnVectorsFormat few;
    private final KnnVectorsFormat many;
    private final int manyFrom;

    /** The same for all segments. */
    WideVectorsFormat(KnnVectorsFormat format) {
        this(format, format, 0);
    }

    /**
     * For segments of few documents and those that are merged to this many or more. (How many documents a segment will
     * have is known in a merge alone, where those that are deleted do not count. What is not merged has as many as a
     * writer's buffer holds.)
     */
    WideVectorsFormat(KnnVectorsFormat few, KnnVectorsFormat many, int manyFrom) {
        super(few.getName());
        if (!many.getName().equals(few.getName())) {
            throw new IllegalArgumentException("a reader finds one format by its name, not " + few.getName() + " and "
                    + many.getName());
        }
        this.few = few;
        this.many = many;
        this.manyFrom = manyFrom;
    }

    @Override
    public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
        boolean isMany = state.context.mergeInfo() != null && state.segmentInfo.maxDoc() >= manyFrom;
        return (isMany ? many : few).fieldsWriter(state);
    }

    @Override
    public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
        return few.fieldsReader(state);
    }

    @Override
    public int getMaxDimensions(String field) {
        return EmbeddingModel.MAX_DIMENSIONS;
    }

    @Override
    public String toString() {
        return manyFrom == 0 ? few.toString() : few + ", merged to " + manyFrom + " documents or more " + many;
    }
}
