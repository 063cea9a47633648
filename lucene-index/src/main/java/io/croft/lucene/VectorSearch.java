package io.croft.lucene;

import io.croft.spi.IndexSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.AcceptDocs;
import org.jspecify.annotations.Nullable;

/**
 * Finds the nearest vectors and measures them exactly.
 *
 * <h2>The problem</h2>
 *
 * Comparing bits is several times cheaper than comparing bytes, but its estimates are off by more, and by how much
 * depends on the vectors: measuring a fixed number of the best estimates again is too few for one collection and too
 * many for another.
 *
 * <h2>The idea</h2>
 *
 * Whatever is measured shows by how much its estimate was off. So the best estimates are measured in portions, and it
 * goes on as long as the next estimate could still, with the errors seen so far, belong to a vector that is among the
 * nearest wanted: as long as it is less than three times the usual error below the worst of them. Measured with 100,000
 * vectors of 384 dimensions, a hundred wanted: 200 are measured with eight or four bits, 900 with one; with vectors
 * without any structure, the hardest, all 2,000 that are kept. Two and a half times the error would measure 650 and
 * find .996 of the hundred nearest in place of .999, and less where vectors have few dimensions.
 *
 * <p>Segments may be of several encodings, whose estimates are off by very different amounts. So each encoding has its
 * own {@link Estimates}, judged by its own errors alone; what was never estimated is no evidence of small errors.
 *
 * <p>Nor are the errors seen all the evidence that is needed. What is measured first was chosen by its estimates, so
 * those that are too high are many among it and those that are too low are few; most of all where few vectors are near,
 * or where of a document's many chunks only those with the best estimates were kept. And texts that are alike err
 * alike. So the arithmetic of the encoding says by how much an estimate is off at least as a rule:
 * {@link QuantizedScan#usualError}. Where a few documents of many chunks are nearest, in four bits a dimension, errors
 * alone missed 3 of a hundred for 4 queries of 100.
 *
 * <p>Sources: RaBitQ's error bound decides in the same way what is measured (Gao and Long 2024, arXiv 2405.12497); here
 * the error is observed and its least derived, which holds for every encoding.
 */
final class VectorSearch {

    /** Of a segment in which no more are accepted, all are measured: a hundred nanoseconds each of 384 dimensions. */
    private static final int FEW = 1000;
    /**
     * How many estimates are kept of one document: more than may be found of it, because its best chunks need not have
     * its best estimates, and few enough that all that are kept come from more documents than are wanted.
     */
    static final int KEPT_OF_A_DOCUMENT = Estimates.KEPT * IndexSession.MAX_CHUNKS_OF_A_DOCUMENT;

    private final List<LeafReaderContext> leaves;
    private final float[] query;
    private final @Nullable ChunkSet among;
    private final ScatteredReads reads;
    private final Deadline deadline;
    private final WorkCounts counts;

    /**
     * A search.
     *
     * @param among what may be found; null if all may
     */
    VectorSearch(List<LeafReaderContext> leaves, float[] query, @Nullable ChunkSet among, ScatteredReads reads,
            Deadline deadline, WorkCounts counts) {
        this.leaves = leaves;
        this.query = query;
        this.among = among;
        this.reads = reads;
        this.deadline = deadline;
        this.counts = counts;
    }

    /** The nearest by exact cosine, of each document a few at most, ordered by document. */
    Found nearest(int count) throws IOException {
        List<Estimates> estimates = new ArrayList<>(1);
        IntStream.Builder few = IntStream.builder();
        for (LeafReaderContext leaf : leaves) {
            deadline.check("comparing vectors");
            SegmentVectors vectors = SegmentVectors.of(leaf, query);
            if (vectors != null) {
                AcceptDocs accepted = accepted(leaf);
                if (vectors.most(accepted) <= FEW) {
                    vectors.forEach(accepted, few);
                } else {
                    vectors.nearest(count, KEPT_OF_A_DOCUMENT, accepted, deadline, counts,
                            of(vectors.encoding(), count, estimates));
                }
            }
        }
        deadline.check("comparing vectors");
        return measured(count, few.build().toArray(), estimates);
    }

    private AcceptDocs accepted(LeafReaderContext leaf) {
        return among == null
                ? AcceptDocs.fromLiveDocs(leaf.reader().getLiveDocs(), leaf.reader().maxDoc())
                : among.accepted(leaf);
    }

    private static Estimates of(@Nullable VectorEncoding encoding, int count, List<Estimates> all) {
        for (Estimates some : all) {
            if (some.areOf(encoding)) {
                return some;
            }
        }
        Estimates first = new Estimates(encoding, count);
        all.add(first);
        return first;
    }

    /**
     * Measures the few of which there are no estimates, and the best estimates of each encoding, as many as may matter.
     */
    private Found measured(int count, int[] few, List<Estimates> estimates) throws IOException {
        Nearest nearest = new Nearest(count);
        nearest.add(few, cosines(few));
        estimates.forEach(Estimates::end);
        boolean isMore = !estimates.isEmpty();
        while (isMore) {
            isMore = false;
            for (Estimates some : estimates) {
                int[] documents = some.next(nearest.worst());
                float[] cosines = cosines(documents);
                some.measured(cosines);
                nearest.add(documents, cosines);
                isMore |= documents.length > 0;
            }
        }
        return nearest.found();
    }

    /** The best of what was measured so far, of each document as many as may be found of it. */
    private final class Nearest {

        private final int count;
        private final boolean isLimited;
        private Best best;

        Nearest(int count) throws IOException {
            this.count = count;
            this.isLimited = hasMoreThanMayBeFound();
            this.best = new Best(count);
        }

        float worst() {
            return best.worst();
        }

        Found found() {
            return best.found();
        }

        /** (What is not among the best of some is not among those of more, nor among the best of its document.) */
        void add(int[] documents, float[] cosines) throws IOException {
            if (isLimited) {
                best = limited(count, best.found().and(new Found(documents, cosines)));
                return;
            }
            for (int i = 0; i < documents.length; i++) {
                best.offer(documents[i], cosines[i]);
            }
        }
    }

    private boolean hasMoreThanMayBeFound() throws IOException {
        for (LeafReaderContext leaf : leaves) {
            if (ChunkSchema.hasMore(leaf.reader(), IndexSession.MAX_CHUNKS_OF_A_DOCUMENT)) {
                return true;
            }
        }
        return false;
    }

    /** The best of these, of each document as many as may be found of it. */
    private Best limited(int count, Found measured) throws IOException {
        Best best = new Best(count);
        int[] documents = measured.documents();
        int at = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            if (at < documents.length && documents[at] < end) {
                DocumentLimit limit = new DocumentLimit(leaf.reader(),
                        IndexSession.MAX_CHUNKS_OF_A_DOCUMENT,
                        (chunk, cosine) -> best.offer(leaf.docBase + chunk, cosine));
                for (; at < documents.length && documents[at] < end; at++) {
                    limit.offer(documents[at] - leaf.docBase, measured.scores()[at]);
                }
                limit.end();
            }
        }
        return best;
    }

    /** The exact cosine of each of these documents, which are in order; 0 for one without a vector. */
    float[] cosines(int[] documents) throws IOException {
        float[] cosines = new float[documents.length];
        int[] ordinals = new int[documents.length];
        int[] segments = new int[documents.length];
        @Nullable
        SegmentVectors[] vectors = new SegmentVectors[leaves.size()];
        int from = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            int to = from;
            while (to < documents.length && documents[to] < end) {
                to++;
            }
            if (to > from) {
                deadline.check("measuring vectors");
                SegmentVectors own = SegmentVectors.of(leaf, query);
                vectors[leaf.ord] = own;
                Arrays.fill(segments, from, to, leaf.ord);
                if (own == null) {
                    Arrays.fill(ordinals, from, to, -1);
                } else {
                    own.find(documents, ordinals, from, to);
                }
                from = to;
            }
        }
        reads.all(from, reader(vectors, segments, ordinals, cosines, deadline),
                () -> reader(copies(vectors), segments, ordinals, cosines, deadline.copy()));
        return cosines;
    }

    /** (Each thread writes cosines of its own; whoever waits for them sees them.) */
    private static ScatteredReads.Reader reader(@Nullable SegmentVectors[] vectors, int[] segments, int[] ordinals,
            float[] cosines, Deadline deadline) {
        return (from, to) -> {
            for (int i = from; i < to; i++) {
                deadline.step("measuring vectors");
                SegmentVectors own = vectors[segments[i]];
                if (own != null && ordinals[i] >= 0) {
                    cosines[i] = own.cosine(ordinals[i]);
                }
            }
        };
    }

    private static @Nullable SegmentVectors[] copies(@Nullable SegmentVectors[] vectors) throws IOException {
        @Nullable
        SegmentVectors[] copies = new SegmentVectors[vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            SegmentVectors own = vectors[i];
            copies[i] = own == null ? null : own.copy();
        }
        return copies;
    }
}
