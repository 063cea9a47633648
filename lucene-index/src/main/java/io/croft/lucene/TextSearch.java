package io.croft.lucene;

import io.croft.lucene.text.TextQuery;
import io.croft.spi.IndexSession;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import org.apache.lucene.index.IndexReaderContext;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.jspecify.annotations.Nullable;

/** Finds the best texts by BM25 with shared statistics, and scores any document by the same. */
final class TextSearch {

    private final Query query;
    private final Query wanted;
    private final SharedStatisticsSearcher searcher;
    private final Deadline deadline;

    /**
     * A search.
     *
     * @param among what may be found; null if all may
     */
    TextSearch(TextQuery query, IndexReaderContext reader, TextStatistics shared, @Nullable ChunkSet among,
            Deadline deadline) {
        this.query = query.toLucene();
        this.wanted = among == null ? this.query : Matches.both(this.query, among);
        this.searcher = new SharedStatisticsSearcher(reader, shared);
        this.deadline = deadline;
        searcher.setTimeout(deadline.rarelyAsked());
    }

    /** The best, of each document a few at most, ordered by document. */
    Found best(int count) throws IOException {
        deadline.check("searching for words");
        int most = Math.max(1, Math.min(count, searcher.getIndexReader().maxDoc()));
        // How many match in all is of no interest, so those that cannot be among the best are passed over.
        Found best = searcher.search(wanted, BestTexts.of(most, IndexSession.MAX_CHUNKS_OF_A_DOCUMENT));
        deadline.check("searching for words");
        return best;
    }

    /** The score of each of these documents, which are in order; 0 for one with none of the words. */
    float[] scores(int[] documents) throws IOException {
        float[] scores = new float[documents.length];
        Weight weight = weight();
        int at = 0;
        for (LeafReaderContext leaf : searcher.getLeafContexts()) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            if (at < documents.length && documents[at] < end) {
                deadline.check("scoring words");
                Scores in = new Scores(weight.scorer(leaf));
                for (; at < documents.length && documents[at] < end; at++) {
                    deadline.step("scoring words");
                    scores[at] = in.of(documents[at] - leaf.docBase);
                }
            }
        }
        return scores;
    }

    /** What scores any chunk of the reader. */
    Weight weight() throws IOException {
        return searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1);
    }

    /** The scores of one segment. */
    static final class Scores {

        private final @Nullable Scorer scorer;
        private final DocIdSetIterator matching;

        /**
         * Scores.
         *
         * @param scorer null if no chunk of the segment has a word
         */
        Scores(@Nullable Scorer scorer) {
            this.scorer = scorer;
            this.matching = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
        }

        /**
         * The score of a chunk; 0 if it has none of the words.
         *
         * @param chunk the segment's number for it, greater than any before
         */
        float of(int chunk) throws IOException {
            int next = matching.docID() < chunk ? matching.advance(chunk) : matching.docID();
            return scorer != null && next == chunk ? scorer.score() : 0;
        }
    }
}
