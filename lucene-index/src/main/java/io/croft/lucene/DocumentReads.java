package io.croft.lucene;

import io.croft.lucene.text.HiddenChunks;
import io.croft.spi.ContentKey;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FilteredDocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/** Reads what an index holds of one document. */
final class DocumentReads {

    private final List<LeafReaderContext> leaves;
    private final ContentKey key;
    private final HiddenChunks hidden;

    DocumentReads(List<LeafReaderContext> leaves, ContentKey key, HiddenChunks hidden) {
        this.leaves = leaves;
        this.key = key;
        this.hidden = hidden;
    }

    /** Its revision; empty if there is none of it. */
    OptionalLong revision() throws IOException {
        for (LeafReaderContext leaf : leaves) {
            int document = chunks(leaf).nextDoc();
            if (document != DocIdSetIterator.NO_MORE_DOCS) {
                return OptionalLong.of(ChunkHead.read(CandidateHeads.of(leaf), document).revision());
            }
        }
        return OptionalLong.empty();
    }

    /** The mean of its chunks' vectors at length 1; null if they have no direction. */
    float @Nullable [] meanVector(int dimensions) throws IOException {
        double[] sum = new double[dimensions];
        for (LeafReaderContext leaf : leaves) {
            FloatVectorValues vectors = leaf.reader().getFloatVectorValues(ChunkSchema.VECTOR);
            if (vectors != null) {
                add(vectors, chunks(leaf), sum);
            }
        }
        float[] mean = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            mean[i] = (float) sum[i];
        }
        return ChunkSchema.unit(mean);
    }

    private static void add(FloatVectorValues vectors, DocIdSetIterator chunks, double[] sum) throws IOException {
        KnnVectorValues.DocIndexIterator having = vectors.iterator();
        int document = chunks.nextDoc();
        while (document != DocIdSetIterator.NO_MORE_DOCS) {
            int next = having.docID() < document ? having.advance(document) : having.docID();
            if (next == document) {
                float[] vector = vectors.vectorValue(having.index());
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += vector[i];
                }
            }
            document = chunks.nextDoc();
        }
    }

    /** Its chunks in a segment, without those that were removed or are hidden. */
    private DocIdSetIterator chunks(LeafReaderContext leaf) throws IOException {
        PostingsEnum all = leaf.reader().postings(new Term(ChunkSchema.KEY, ChunkHead.key(key)), PostingsEnum.NONE);
        Bits live = leaf.reader().getLiveDocs();
        Bits unseen = hidden.in(leaf);
        if (all == null) {
            return DocIdSetIterator.empty();
        }
        return live == null && unseen == null ? all : new FilteredDocIdSetIterator(all) {
            @Override
            protected boolean match(int document) {
                return (live == null || live.get(document)) && (unseen == null || !unseen.get(document));
            }
        };
    }
}
