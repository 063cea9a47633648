package io.croft.lucene;

import io.croft.content.EmbeddingModel;
import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * A vectors format for longer vectors than the 1,024 that Lucene allows by itself. It writes under the name of the
 * format that it wraps, so any Lucene reads its segments.
 */
final class WideVectorsFormat extends KnnVectorsFormat {

    private final KnnVectorsFormat format;

    WideVectorsFormat(KnnVectorsFormat format) {
        super(format.getName());
        this.format = format;
    }

    @Override
    public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
        return format.fieldsWriter(state);
    }

    @Override
    public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
        return format.fieldsReader(state);
    }

    @Override
    public int getMaxDimensions(String field) {
        return EmbeddingModel.MAX_DIMENSIONS;
    }

    @Override
    public String toString() {
        return format.toString();
    }
}
