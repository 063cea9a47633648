package io.croft.lucene;

import io.croft.spi.IndexSession;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.util.List;
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
        searcher.setTimeout(deadline);
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
        Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1);
        List<LeafReaderContext> leaves = searcher.getLeafContexts();
        int at = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            if (at < documents.length && documents[at] < end) {
                deadline.check("scoring words");
                Scorer scorer = weight.scorer(leaf);
                DocIdSetIterator matching = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
                for (; at < documents.length && documents[at] < end; at++) {
                    int document = documents[at] - leaf.docBase;
                    int next = matching.docID() < document ? matching.advance(document) : matching.docID();
                    if (scorer != null && next == document) {
                        scores[at] = scorer.score();
                    }
                }
            }
        }
        return scores;
    }
}
