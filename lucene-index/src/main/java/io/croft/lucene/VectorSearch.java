package io.croft.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.VectorScorer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the nearest vectors and measures them exactly. It goes to the segments itself: Lucene's vector query finds the
 * same, but wraps its result into a second query that is searched once more.
 */
final class VectorSearch {

    /** How many more are looked at by bytes than are kept by exact vectors, at least and as a share. */
    private static final int MORE = 40;
    private static final int MORE_SHARE = 4;

    private final List<LeafReaderContext> leaves;
    private final float[] query;
    private final @Nullable ChunkSet among;
    private final Deadline deadline;

    /**
     * A search.
     *
     * @param among what may be found; null if all may
     */
    VectorSearch(List<LeafReaderContext> leaves, float[] query, @Nullable ChunkSet among, Deadline deadline) {
        this.leaves = leaves;
        this.query = query;
        this.among = among;
        this.deadline = deadline;
    }

    /** The nearest by exact cosine, ordered by document. */
    Found nearest(int count) throws IOException {
        int looked = count + Math.max(MORE, count / MORE_SHARE);
        List<ScoreDoc> roughly = new ArrayList<>();
        for (LeafReaderContext leaf : leaves) {
            deadline.check("comparing vectors");
            LeafReader reader = leaf.reader();
            KnnCollector nearest = new KnnCollector.Decorator(
                    new TopKnnCollector(Math.min(looked, reader.maxDoc()), Integer.MAX_VALUE)) {
                @Override
                public boolean earlyTerminated() {
                    return deadline.shouldExit();
                }
            };
            reader.searchNearestVectors(ChunkSchema.VECTOR, query, nearest, among == null
                    ? AcceptDocs.fromLiveDocs(reader.getLiveDocs(), reader.maxDoc())
                    : among.accepted(leaf));
            for (ScoreDoc hit : nearest.topDocs().scoreDocs) {
                hit.doc += leaf.docBase;
                roughly.add(hit);
            }
        }
        deadline.check("comparing vectors");
        if (roughly.size() > looked) {
            roughly.sort(Comparator.comparingDouble(hit -> -hit.score));
            roughly = roughly.subList(0, looked);
        }
        int[] documents = roughly.stream().mapToInt(hit -> hit.doc).sorted().toArray();
        return new Found(documents, cosines(documents)).best(count);
    }

    /** The exact cosine of each of these documents, which are in order; 0 for one without a vector. */
    float[] cosines(int[] documents) throws IOException {
        float[] cosines = new float[documents.length];
        int at = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            if (at < documents.length && documents[at] < end) {
                deadline.check("measuring vectors");
                FloatVectorValues vectors = leaf.reader().getFloatVectorValues(ChunkSchema.VECTOR);
                VectorScorer scorer = vectors == null ? null : vectors.rescorer(query);
                DocIdSetIterator having = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
                for (; at < documents.length && documents[at] < end; at++) {
                    int document = documents[at] - leaf.docBase;
                    int next = having.docID() < document ? having.advance(document) : having.docID();
                    if (scorer != null && next == document) {
                        // Lucene scales a dot product of unit vectors to 0 to 1.
                        cosines[at] = 2 * scorer.score() - 1;
                    }
                }
            }
        }
        return cosines;
    }
}
