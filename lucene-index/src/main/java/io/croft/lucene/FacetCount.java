package io.croft.lucene;

import io.croft.search.Facet;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.ValueCount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.FixedBitSet;

/**
 * Counts documents by their values: in each segment by the numbers that stand for the values there, which
 * {@link ValueCounts} adds up. All chunks of a document have its values, so its first one that matches is counted for
 * it.
 */
final class FacetCount {

    private final List<LeafReaderContext> leaves;
    private final List<FixedBitSet> documents;
    /** The values of each field that was counted, which several facets may list. */
    private final Map<String, List<ValueCount>> counted = new HashMap<>();
    private final Deadline deadline;

    /**
     * A count.
     *
     * @param matching the chunks of the documents to be counted
     */
    FacetCount(List<LeafReaderContext> leaves, ChunkSet matching, Deadline deadline) throws IOException {
        this.leaves = leaves;
        this.deadline = deadline;
        this.documents = new ArrayList<>(leaves.size());
        for (LeafReaderContext leaf : leaves) {
            documents.add(firstChunks(leaf, matching));
        }
    }

    private FixedBitSet firstChunks(LeafReaderContext leaf, ChunkSet matching) throws IOException {
        deadline.check("counting");
        FixedBitSet first = new FixedBitSet(leaf.reader().maxDoc());
        NumericDocValues places = ChunkSchema.places(leaf.reader());
        DocIdSetIterator chunks = new BitSetIterator(matching.in(leaf), matching.size(leaf));
        int seen = -1;
        for (int chunk = chunks.nextDoc(); chunk != DocIdSetIterator.NO_MORE_DOCS; chunk = chunks.nextDoc()) {
            deadline.step("counting");
            int start = ChunkSchema.start(places, chunk);
            if (start != seen) {
                first.set(chunk);
                seen = start;
            }
        }
        return first;
    }

    /** The counts of a facet, by value the most frequent first, or by range in their order. */
    List<ValueCount> of(Facet facet) throws IOException {
        return switch (facet) {
            case Facet.Values values -> {
                List<ValueCount> known = counted.get(values.field());
                if (known == null) {
                    known = byValue(FieldSchema.name(values.field()));
                    counted.put(values.field(), known);
                }
                yield known;
            }
            case Facet.Ranges ranges -> byRange(ranges);
        };
    }

    private List<ValueCount> byValue(String name) throws IOException {
        ValueCounts sums = new ValueCounts(IndexSession.MAX_FACET_VALUES);
        for (LeafReaderContext leaf : leaves) {
            deadline.check("counting");
            SortedSetDocValues terms = DocValues.getSortedSet(leaf.reader(), name);
            int[] counts = new int[Math.toIntExact(terms.getValueCount())];
            DocIdSetIterator chunks = documents(leaf);
            for (int chunk = chunks.nextDoc(); chunk != DocIdSetIterator.NO_MORE_DOCS; chunk = chunks.nextDoc()) {
                deadline.step("counting");
                for (int left = terms.advanceExact(chunk) ? terms.docValueCount() : 0; left > 0; left--) {
                    counts[(int) terms.nextOrd()]++;
                }
            }
            sums.add(terms, counts);
        }
        return sums.mostFrequent(deadline);
    }

    private List<ValueCount> byRange(Facet.Ranges facet) throws IOException {
        long[] lower = facet.ranges().stream().mapToLong(FieldSchema::lower).toArray();
        long[] upper = facet.ranges().stream().mapToLong(FieldSchema::upper).toArray();
        long[] counts = new long[lower.length];
        for (LeafReaderContext leaf : leaves) {
            deadline.check("counting");
            NumericDocValues numbers = DocValues.getNumeric(leaf.reader(), FieldSchema.name(facet.field()));
            DocIdSetIterator chunks = documents(leaf);
            for (int chunk = chunks.nextDoc(); chunk != DocIdSetIterator.NO_MORE_DOCS; chunk = chunks.nextDoc()) {
                deadline.step("counting");
                if (numbers.advanceExact(chunk)) {
                    long number = numbers.longValue();
                    for (int i = 0; i < counts.length; i++) {
                        counts[i] += lower[i] <= number && number <= upper[i] ? 1 : 0;
                    }
                }
            }
        }
        List<ValueCount> all = new ArrayList<>(counts.length);
        for (int i = 0; i < counts.length; i++) {
            all.add(new ValueCount(facet.ranges().get(i).label(), counts[i]));
        }
        return all;
    }

    private DocIdSetIterator documents(LeafReaderContext leaf) {
        return new BitSetIterator(documents.get(leaf.ord), 0);
    }
}
