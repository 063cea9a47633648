package io.croft.lucene;

import io.croft.spi.IndexSession;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
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
 * vectors of 384 dimensions, a hundred wanted: 200 are measured with eight or four bits, 910 with one; with vectors
 * without any structure, the hardest, all 2,000 that are kept. Two and a half times the error would measure 650 and
 * find .996 of the hundred nearest in place of .999, and less where vectors have few dimensions.
 *
 * <p>Sources: RaBitQ's error bound decides in the same way what is measured (Gao and Long 2024, arXiv 2405.12497); here
 * the error is observed, not derived, which holds for every encoding.
 */
final class VectorSearch {

    /** How many estimates are kept for each that is wanted, and how many more: the most that is ever measured. */
    private static final int KEPT = 4;
    private static final int KEPT_MORE = 1600;
    /** How many are measured at first for each that is wanted, how many at least, and how many before looking again. */
    private static final int AT_FIRST = 2;
    private static final int LEAST_AT_FIRST = 200;
    private static final int PORTION = 64;
    /** A portion is at least this part of what is wanted, so that looking again costs little beside measuring. */
    private static final int PORTION_SHARE = 4;
    /**
     * How many estimates are kept of one document: more than may be found of it, because its best chunks need not have
     * its best estimates, and few enough that all that are kept come from more documents than are wanted.
     */
    static final int KEPT_OF_A_DOCUMENT = KEPT * IndexSession.MAX_CHUNKS_OF_A_DOCUMENT;
    /** How many times the usual error an estimate may be off before it is given up. */
    private static final double DEVIATIONS = 3;
    /** What rounding alone makes: a difference below this was no estimate. */
    private static final float ROUNDING = 1e-5f;

    private final List<LeafReaderContext> leaves;
    private final float[] query;
    private final @Nullable ChunkSet among;
    private final ScatteredReads reads;
    private final Deadline deadline;

    /**
     * A search.
     *
     * @param among what may be found; null if all may
     */
    VectorSearch(List<LeafReaderContext> leaves, float[] query, @Nullable ChunkSet among, ScatteredReads reads,
            Deadline deadline) {
        this.leaves = leaves;
        this.query = query;
        this.among = among;
        this.reads = reads;
        this.deadline = deadline;
    }

    /** The nearest by exact cosine, of each document a few at most, ordered by document. */
    Found nearest(int count) throws IOException {
        Best estimated = new Best(KEPT * count + KEPT_MORE);
        for (LeafReaderContext leaf : leaves) {
            deadline.check("comparing vectors");
            SegmentVectors vectors = SegmentVectors.of(leaf, query);
            if (vectors != null) {
                vectors.nearest(count, KEPT_OF_A_DOCUMENT, accepted(leaf), deadline, estimated);
            }
        }
        deadline.check("comparing vectors");
        return measured(count, estimated.inOrder());
    }

    private AcceptDocs accepted(LeafReaderContext leaf) {
        return among == null
                ? AcceptDocs.fromLiveDocs(leaf.reader().getLiveDocs(), leaf.reader().maxDoc())
                : among.accepted(leaf);
    }

    /** Measures the best estimates, as many as may matter. */
    private Found measured(int count, long[] estimated) throws IOException {
        boolean isLimited = hasMoreThanMayBeFound();
        Found measured = Found.NOTHING;
        Best nearest = new Best(count);
        Errors errors = new Errors();
        int from = 0;
        int to = Math.min(estimated.length, Math.max(AT_FIRST * count, LEAST_AT_FIRST));
        while (from < to) {
            // In the order of the documents, which is that of the file.
            long[] portion = new long[to - from];
            for (int i = from; i < to; i++) {
                portion[i - from] = Long.rotateLeft(estimated[i], Integer.SIZE);
            }
            Arrays.sort(portion);
            int[] documents = new int[portion.length];
            for (int i = 0; i < portion.length; i++) {
                documents[i] = Best.document(Long.rotateRight(portion[i], Integer.SIZE));
            }
            float[] cosines = cosines(documents);
            for (int i = 0; i < documents.length; i++) {
                errors.add(cosines[i] - Best.score(Long.rotateRight(portion[i], Integer.SIZE)));
                if (!isLimited) {
                    nearest.offer(documents[i], cosines[i]);
                }
            }
            if (isLimited) {
                measured = measured.and(new Found(documents, cosines));
                nearest = best(count, measured);
            }
            from = to;
            float hopeless = nearest.worst() - errors.most();
            int most = Math.min(estimated.length, from + Math.max(PORTION, count / PORTION_SHARE));
            while (to < most && Best.score(estimated[to]) >= hopeless) {
                to++;
            }
        }
        return nearest.found();
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
    private Best best(int count, Found measured) throws IOException {
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

    /** By how much estimates were off. */
    private static final class Errors {

        private int count;
        private double squares;

        void add(float error) {
            if (Math.abs(error) > ROUNDING) {
                count++;
                squares += (double) error * error;
            }
        }

        /**
         * By how much a vector may be nearer than its estimate. (The mean is not taken off: the best estimates are too
         * good, being the best, and those after them less so.)
         */
        float most() {
            return count == 0 ? 0 : (float) (DEVIATIONS * Math.sqrt(squares / count));
        }
    }
}
