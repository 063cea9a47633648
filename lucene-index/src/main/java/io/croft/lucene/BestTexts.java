package io.croft.lucene;

import java.io.IOException;
import java.util.Collection;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.CollectorManager;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.SimpleCollector;
import org.apache.lucene.util.LongHeap;
import org.jspecify.annotations.Nullable;

/**
 * Collects the best so many of what a query matches, of each document no more than its best few chunks. Like Lucene's
 * own collector it says which score a chunk must exceed, so that blocks of chunks which cannot reach it are passed
 * over; only chunks that do exceed it are asked which document they are of.
 */
final class BestTexts extends SimpleCollector {

    private final int count;
    private final int ofADocument;
    /** The complements of {@link Best#key}, so that the worst is on top. */
    private final LongHeap best;
    /** The score of the worst when there are as many as are wanted: what comes later must exceed it. */
    private float least = Float.NEGATIVE_INFINITY;
    private float told = Float.NEGATIVE_INFINITY;
    private @Nullable DocumentLimit limit;
    private @Nullable Scorable scorer;

    private BestTexts(int count, int ofADocument) {
        this.count = count;
        this.ofADocument = ofADocument;
        this.best = new LongHeap(count);
    }

    /**
     * For one search.
     *
     * @param count       the most chunks, at least 1
     * @param ofADocument the most of one document
     */
    static CollectorManager<BestTexts, Found> of(int count, int ofADocument) {
        return new CollectorManager<>() {
            @Override
            public BestTexts newCollector() {
                return new BestTexts(count, ofADocument);
            }

            @Override
            public Found reduce(Collection<BestTexts> collectors) {
                Best all = new Best(count);
                collectors.forEach(collector -> collector.offerTo(all));
                return all.found();
            }
        };
    }

    private void offerTo(Best all) {
        for (int i = 1; i <= best.size(); i++) {
            long key = ~best.get(i);
            all.offer(Best.document(key), Best.score(key));
        }
    }

    @Override
    protected void doSetNextReader(LeafReaderContext leaf) throws IOException {
        limit = new DocumentLimit(leaf.reader(), ofADocument,
                (chunk, score) -> add(leaf.docBase + chunk, score));
    }

    @Override
    public void setScorer(Scorable scorer) throws IOException {
        this.scorer = scorer;
        this.told = Float.NEGATIVE_INFINITY;
        tell(scorer);
    }

    @Override
    public void collect(int chunk) throws IOException {
        if (scorer == null || limit == null) {
            throw new IllegalStateException("a chunk is collected before its segment is known");
        }
        float score = scorer.score();
        if (score > least) {
            limit.offer(chunk, score);
            tell(scorer);
        }
    }

    @Override
    public void finish() {
        if (limit != null) {
            limit.end();
        }
    }

    private void add(int document, float score) {
        long key = ~Best.key(document, score);
        if (best.size() < count) {
            best.push(key);
        } else if (key > best.top()) {
            best.updateTop(key);
        } else {
            return;
        }
        if (best.size() == count) {
            least = Best.score(~best.top());
        }
    }

    private void tell(Scorable scorer) throws IOException {
        if (least > told) {
            told = least;
            scorer.setMinCompetitiveScore(Math.nextUp(least));
        }
    }

    @Override
    public ScoreMode scoreMode() {
        return ScoreMode.TOP_SCORES;
    }
}
