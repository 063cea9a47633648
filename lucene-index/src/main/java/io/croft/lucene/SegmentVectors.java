package io.croft.lucene;

import io.croft.spi.IndexSession;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntConsumer;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.hnsw.HnswGraphProvider;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.jspecify.annotations.Nullable;

/**
 * Finds, among the accepted documents of one segment, those that may be nearest to a query, and says about how near
 * each is. The way follows from what is there: quantised vectors are scanned, others compared by Lucene; where there is
 * a graph and {@link #WORTH_A_GRAPH} or more are accepted, it is walked. Fewer are left in a segment with a graph only
 * by a filter or by deletions, among whose neighbours a walk would be lost, while a scan misses nothing.
 *
 * <p>A walk goes astray where it finds fewer than there are, or has looked at a quarter of the segment: then the
 * segment is scanned after all. Nor can a document of many chunks hold the places of others: of each document only the
 * best few are offered. A graph knows no documents; if what was found there comes from too few, that too is scanned.
 */
final class SegmentVectors {

    /** From so many accepted ones on, walking a graph is worth it: docs/vectors.md. Fewer vectors never get one. */
    private static final int WORTH_A_GRAPH = LuceneIndex.LEAST_EXACT_UP_TO;
    /** If so small a share is accepted, it is cheaper to fetch the accepted ones one by one. */
    private static final int SPARSE = 8;
    /** How many times as many as are wanted a walk of the graph keeps, and how many more at least. */
    private static final int KEPT_IN_GRAPH = 4;
    private static final int LEAST_MORE_IN_GRAPH = 150;
    /** What part of a segment a walk looks at before it is given up: to look there costs several times a scan. */
    private static final int MOST_WALKED = 4;
    /**
     * What part of those more may be chunks of which their document has enough, before it is done without the graph.
     */
    private static final int SURPLUS_LOST = 3;
    /** How many more than wanted Lucene's comparing keeps, whose sums are rounded otherwise than the measured ones. */
    private static final int MORE_BY_PRODUCT = 32;

    private final LeafReaderContext leaf;
    private final LeafReader segment;
    private final FloatVectorValues vectors;
    private final float[] query;

    private SegmentVectors(LeafReaderContext leaf, FloatVectorValues vectors, float[] query) {
        this.leaf = leaf;
        this.segment = leaf.reader();
        this.vectors = vectors;
        this.query = query;
    }

    /** The vectors of a segment; null if it has none. */
    static @Nullable SegmentVectors of(LeafReaderContext leaf, float[] query) throws IOException {
        FloatVectorValues vectors = leaf.reader().getFloatVectorValues(ChunkSchema.VECTOR);
        return vectors == null || vectors.size() == 0 ? null : new SegmentVectors(leaf, vectors, query);
    }

    /** At most how many accepted ones have a vector. */
    int most(AcceptDocs accepted) throws IOException {
        return Math.min(Math.min(accepted.cost(), segment.numDocs()), vectors.size());
    }

    /** Names the accepted documents that have a vector, by their numbers in the whole index, in order. */
    void forEach(AcceptDocs accepted, IntConsumer documents) throws IOException {
        DocIndexIterator having = vectors.iterator();
        DocIdSetIterator some = accepted.iterator();
        while (next(having, some)) {
            documents.accept(leaf.docBase + having.docID());
        }
    }

    /** What {@link #nearest} estimates by; the exact vectors where nothing else is there, null if that is not known. */
    @Nullable
    VectorEncoding encoding() throws IOException {
        KnnVectorsReader reader = reader(segment);
        return reader == null ? null : QuantizedScan.encoding(reader);
    }

    /**
     * Offers candidates with their cosines, estimated or exact.
     *
     * @param wanted      how many nearest are wanted
     * @param ofADocument how many chunks of one document are offered at most
     */
    void nearest(int wanted, int ofADocument, AcceptDocs accepted, Deadline deadline, WorkCounts counts,
            Estimates estimates) throws IOException {
        Best best = estimates.best();
        int most = most(accepted);
        int kept = Math.max(KEPT_IN_GRAPH * wanted, wanted + LEAST_MORE_IN_GRAPH);
        KnnVectorsReader reader = reader(segment);
        QuantizedScan scan = reader == null ? null : QuantizedScan.of(reader, query);
        if (scan != null) {
            estimates.expect(scan.usualError());
        }
        if (reader == null || isWorthWalking(reader, kept, most)) {
            ScoreDoc[] hits = byLucene(kept, reader == null ? Integer.MAX_VALUE : vectors.size() / MOST_WALKED,
                    accepted, deadline);
            if (hits.length >= Math.min(kept, most) && offer(hits, wanted, kept, ofADocument, best)) {
                counts.walked();
                return;
            }
            counts.wentAstray();
        }
        counts.scanned();
        boolean isPlain = reader != null && scan == null && !hasGraph(reader);
        int more = wanted + MORE_BY_PRODUCT;
        if (isPlain && offer(byLucene(more, Integer.MAX_VALUE, accepted, deadline), wanted, more, ofADocument, best)) {
            return;
        }
        DocumentLimit limit = limit(ofADocument, best);
        if (scan == null) {
            measure(accepted, deadline, limit, best);
        } else if (most < vectors.size() / SPARSE) {
            estimate(scan, accepted, deadline, limit, best);
        } else {
            scan.all(vectors.getAcceptOrds(accepted.bits()), deadline, new QuantizedScan.Sink() {
                @Override
                public float least() {
                    return best.least();
                }

                @Override
                public void accept(int ordinal, float cosine) throws IOException {
                    limit.offer(vectors.ordToDoc(ordinal), cosine);
                }
            });
        }
        limit.end();
    }

    /**
     * How many a walk looks at, Lucene reckons as how many it keeps times the logarithm of all; the more, the fewer of
     * them are accepted. (Measured with 26,000 vectors and 400 kept: a quarter of that where they have some structure,
     * twice as many where they have none.) One that would be given up is not begun.
     */
    private boolean isWorthWalking(KnnVectorsReader reader, int kept, int most) throws IOException {
        return most >= WORTH_A_GRAPH && kept * Math.log(vectors.size()) <= (double) most / MOST_WALKED
                && hasGraph(reader);
    }

    private DocumentLimit limit(int ofADocument, Best best) throws IOException {
        return new DocumentLimit(segment, ofADocument,
                (chunk, cosine) -> best.offer(leaf.docBase + chunk, cosine));
    }

    /** The same for another thread. */
    SegmentVectors copy() throws IOException {
        return new SegmentVectors(leaf, vectors.copy(), query);
    }

    /**
     * Looks up where the vectors of some documents are.
     *
     * @param documents of the whole index, in order
     * @param ordinals  gets theirs; -1 for what has no vector
     * @param from      the first of this segment
     * @param to        the last of this segment, exclusive
     */
    void find(int[] documents, int[] ordinals, int from, int to) throws IOException {
        DocIndexIterator having = vectors.iterator();
        for (int i = from; i < to; i++) {
            int document = documents[i] - leaf.docBase;
            int next = having.docID() < document ? having.advance(document) : having.docID();
            ordinals[i] = next == document ? having.index() : -1;
        }
    }

    /** Measures the vector at this place. */
    float cosine(int ordinal) throws IOException {
        return Math.clamp(FixedOrderProduct.of(query, vectors.vectorValue(ordinal)), -1f, 1f);
    }

    private void measure(AcceptDocs accepted, Deadline deadline, DocumentLimit limit, Best best) throws IOException {
        DocIndexIterator having = vectors.iterator();
        DocIdSetIterator some = accepted.iterator();
        while (next(having, some) && !deadline.shouldExit()) {
            float cosine = cosine(having.index());
            if (cosine >= best.least()) {
                limit.offer(having.docID(), cosine);
            }
        }
    }

    private void estimate(QuantizedScan scan, AcceptDocs accepted, Deadline deadline, DocumentLimit limit, Best best)
            throws IOException {
        DocIndexIterator having = vectors.iterator();
        DocIdSetIterator some = accepted.iterator();
        while (next(having, some) && !deadline.shouldExit()) {
            float cosine = scan.one(having.index());
            if (cosine >= best.least()) {
                limit.offer(having.docID(), cosine);
            }
        }
    }

    /** Moves both to the next document that both have. */
    private static boolean next(DocIndexIterator having, DocIdSetIterator some) throws IOException {
        int document = some.nextDoc();
        while (document != DocIdSetIterator.NO_MORE_DOCS) {
            int next = having.docID() < document ? having.advance(document) : having.docID();
            if (next == document) {
                return true;
            }
            document = next == DocIdSetIterator.NO_MORE_DOCS ? next : some.advance(next);
        }
        return false;
    }

    /**
     * By Lucene: through the graph if there is one and it is worth it, else one by one.
     *
     * @param visits how many it may look at
     * @return the best; nothing if it would have had to look at more, or time was up
     */
    private ScoreDoc[] byLucene(int kept, int visits, AcceptDocs accepted, Deadline deadline) throws IOException {
        KnnCollector nearest = new KnnCollector.Decorator(
                new TopKnnCollector(Math.min(kept, vectors.size()), visits)) {
            @Override
            public boolean earlyTerminated() {
                return super.earlyTerminated() || deadline.shouldExit();
            }
        };
        segment.searchNearestVectors(ChunkSchema.VECTOR, query, nearest, accepted);
        return nearest.earlyTerminated() ? new ScoreDoc[0] : nearest.topDocs().scoreDocs;
    }

    /**
     * Offers what Lucene found. It knows nothing of documents: where a few with many chunks hold the places of others,
     * nothing is offered.
     *
     * @return whether it was: because what may be found of each document is as many as are wanted, and most of what was
     *         kept beyond that is left
     */
    private boolean offer(ScoreDoc[] hits, int wanted, int kept, int ofADocument, Best best) throws IOException {
        Arrays.sort(hits, Comparator.comparingInt(hit -> hit.doc));
        long[] left = limited(hits, ofADocument);
        int found = limited(hits, IndexSession.MAX_CHUNKS_OF_A_DOCUMENT).length;
        if (found < Math.min(wanted, hits.length) || hits.length - left.length > (kept - wanted) / SURPLUS_LOST) {
            return false;
        }
        for (long key : left) {
            best.offer(Best.document(key), Best.score(key));
        }
        return true;
    }

    private long[] limited(ScoreDoc[] hits, int ofADocument) throws IOException {
        Best best = new Best(hits.length);
        DocumentLimit limit = limit(ofADocument, best);
        for (ScoreDoc hit : hits) {
            // Lucene scales a dot product of unit vectors to 0 to 1.
            limit.offer(hit.doc, 2 * hit.score - 1);
        }
        limit.end();
        return best.inOrder();
    }

    /** Lucene's reader of this field; null if the segment is wrapped into something else. */
    static @Nullable KnnVectorsReader reader(LeafReader segment) {
        KnnVectorsReader reader = segment instanceof CodecReader codec ? codec.getVectorReader() : null;
        return reader instanceof PerFieldKnnVectorsFormat.FieldsReader fields
                ? fields.getFieldReader(ChunkSchema.VECTOR)
                : reader;
    }

    static boolean hasGraph(KnnVectorsReader reader) throws IOException {
        return reader instanceof HnswGraphProvider graphs && graphs.getGraph(ChunkSchema.VECTOR).size() > 0;
    }
}
