package io.croft.lucene;

import java.io.IOException;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;

/**
 * Says whether an index that nobody uses should be merged into one segment. That makes it cost one memory map and the
 * heap of one segment when it is opened, answer its first query sooner, and hold nothing that was deleted; but all of
 * it is written anew.
 */
final class TidyPlan {

    /** A larger index keeps the segments that ordinary merging gives it: it takes long to write anew. */
    private static final int MOST_CHUNKS = 45_000;
    /** A segment smaller than this share of where graphs begin gets none for certain. */
    private static final double SURELY_EXACT = 0.99;
    /** An index of up to so many bytes is merged whatever is gained. */
    private static final long CHEAP_BYTES = 16L << 20;
    /** Of a larger one, at least this share must be in other segments than the largest, or deleted. */
    private static final double LEAST_GAIN = 0.1;

    private TidyPlan() {
    }

    /**
     * Whether to merge the segments of this commit.
     *
     * @param exactUpTo a segment of more vectors would get a graph, which takes minutes
     */
    static boolean isWorthwhile(SegmentInfos commit, int exactUpTo) throws IOException {
        long most = Math.min(MOST_CHUNKS, (long) (SURELY_EXACT * exactUpTo));
        long chunks = 0;
        long deleted = 0;
        long bytes = 0;
        long largest = 0;
        for (SegmentCommitInfo segment : commit) {
            chunks += segment.info.maxDoc();
            deleted += segment.getDelCount();
            bytes += segment.sizeInBytes();
            largest = Math.max(largest, segment.sizeInBytes());
        }
        if (chunks > most || (commit.size() <= 1 && deleted == 0)) {
            return false;
        }
        return bytes <= CHEAP_BYTES || bytes - largest >= LEAST_GAIN * bytes
                || deleted >= LEAST_GAIN * chunks;
    }
}
