package io.croft.lucene;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.jspecify.annotations.Nullable;

/**
 * Passes on what is offered of one segment, but of each document no more than its best so many chunks. The chunks of a
 * document follow one another, so only those of the present one are held, until another's are offered. Used by one
 * thread.
 *
 * <p>Whoever knows that an offer is in vain should not make it: unless no document of the segment has so many chunks,
 * each looks up where its document begins.
 */
final class DocumentLimit {

    /** Gets what is passed on, in the order of the documents. */
    @FunctionalInterface
    interface Sink {
        void accept(int chunk, float score);
    }

    /** Null where no document has more chunks than may be passed on. */
    private final @Nullable NumericDocValues places;
    private final Sink sink;
    private final int[] chunks;
    private final float[] scores;
    private int held;
    private int start = -1;

    /**
     * A limit for one segment.
     *
     * @param most the most chunks of a document
     */
    DocumentLimit(LeafReader segment, int most, Sink sink) throws IOException {
        this.places = ChunkSchema.hasMore(segment, most) ? ChunkSchema.places(segment) : null;
        this.sink = sink;
        this.chunks = new int[most];
        this.scores = new float[most];
    }

    /**
     * Offers a chunk; of equal scores the chunk that was offered first is better.
     *
     * @param chunk the segment's number for it, greater than any before
     */
    void offer(int chunk, float score) throws IOException {
        if (places == null) {
            sink.accept(chunk, score);
            return;
        }
        int its = ChunkSchema.start(places, chunk);
        if (its != start) {
            end();
            start = its;
        }
        if (held < chunks.length) {
            chunks[held] = chunk;
            scores[held++] = score;
            return;
        }
        int worst = worst();
        if (score > scores[worst]) {
            chunks[worst] = chunk;
            scores[worst] = score;
        }
    }

    /** The last of the worst. */
    private int worst() {
        int worst = 0;
        for (int i = 1; i < held; i++) {
            if (scores[i] < scores[worst] || (scores[i] == scores[worst] && chunks[i] > chunks[worst])) {
                worst = i;
            }
        }
        return worst;
    }

    /** Passes on what is held: after the last offer. */
    void end() {
        for (int i = 0; i < held; i++) {
            sink.accept(chunks[i], scores[i]);
        }
        held = 0;
    }
}
