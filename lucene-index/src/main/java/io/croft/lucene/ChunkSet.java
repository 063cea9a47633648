package io.croft.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;

/**
 * Some of the chunks of a reader, as a rule of those that are not deleted, one bit for each chunk. A filter is worked
 * out once and then serves words, vectors, sorting and counting alike.
 */
final class ChunkSet {

    /** How many chunks are looked at before looking at the clock: a large filter reads postings for each. */
    private static final int STEP = 1 << 12;

    private final List<FixedBitSet> leaves;
    private final int[] sizes;

    private ChunkSet(List<FixedBitSet> leaves) {
        this.leaves = leaves;
        this.sizes = leaves.stream().mapToInt(FixedBitSet::cardinality).toArray();
    }

    /** The chunks that a query matches. */
    static ChunkSet of(Query query, IndexSearcher searcher, Deadline deadline) throws IOException {
        List<FixedBitSet> leaves = new ArrayList<>();
        Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
        for (LeafReaderContext leaf : searcher.getLeafContexts()) {
            deadline.check("filtering");
            FixedBitSet bits = new FixedBitSet(leaf.reader().maxDoc());
            Scorer scorer = weight.scorer(leaf);
            if (scorer != null) {
                set(bits, scorer.iterator(), deadline);
                Bits live = leaf.reader().getLiveDocs();
                if (live != null) {
                    live.applyMask(bits, 0);
                }
            }
            leaves.add(bits);
        }
        return new ChunkSet(leaves);
    }

    private static void set(FixedBitSet bits, DocIdSetIterator chunks, Deadline deadline) throws IOException {
        for (int chunk = chunks.nextDoc(); chunk != DocIdSetIterator.NO_MORE_DOCS; chunk = chunks.docID()) {
            deadline.check("filtering");
            chunks.intoBitSet(chunk + Math.min(STEP, bits.length() - chunk), bits, 0);
        }
    }

    /** These chunks of each segment of a reader, which may have been removed. */
    static ChunkSet of(List<FixedBitSet> leaves) {
        return new ChunkSet(List.copyOf(leaves));
    }

    /** Chunks of a reader that has one segment. */
    static ChunkSet of(FixedBitSet chunks) {
        return new ChunkSet(List.of(chunks));
    }

    /** The chunks of one segment: not to be changed. */
    FixedBitSet in(LeafReaderContext leaf) {
        return leaves.get(leaf.ord);
    }

    /** How many there are in one segment. */
    int size(LeafReaderContext leaf) {
        return sizes[leaf.ord];
    }

    /** For a search among the vectors of one segment, which looks at each of them when they are few. */
    AcceptDocs accepted(LeafReaderContext leaf) {
        return new AcceptDocs() {
            @Override
            public Bits bits() {
                return in(leaf);
            }

            @Override
            public DocIdSetIterator iterator() {
                return new BitSetIterator(in(leaf), size(leaf));
            }

            @Override
            public int cost() {
                return size(leaf);
            }
        };
    }

    /** As a query of the same reader. */
    Query toQuery() {
        return new SetQuery(this);
    }

    private static final class SetQuery extends Query {

        private final ChunkSet set;

        SetQuery(ChunkSet set) {
            this.set = set;
        }

        @Override
        public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
            return new ConstantScoreWeight(this, boost) {
                @Override
                public ScorerSupplier scorerSupplier(LeafReaderContext leaf) {
                    return new DefaultScorerSupplier(new ConstantScoreScorer(score(), mode,
                            new BitSetIterator(set.in(leaf), set.size(leaf))));
                }

                @Override
                public boolean isCacheable(LeafReaderContext leaf) {
                    return false;
                }
            };
        }

        /** Shows nothing: it has no terms, and does not count among the clauses that Lucene allows a query. */
        @Override
        public void visit(QueryVisitor visitor) {
        }

        @Override
        public String toString(String field) {
            return "chunks";
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof SetQuery query && query.set == set;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(set);
        }
    }
}
