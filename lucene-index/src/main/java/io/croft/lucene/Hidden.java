package io.croft.lucene;

import io.croft.lucene.text.ChunkAnalyzer;
import io.croft.lucene.text.HiddenChunks;
import io.croft.spi.Sight;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.SmallFloat;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a reader that a searcher does not see: those of documents that are for groups, of which he is in none.
 * Removed chunks that were such are among them, since Lucene counts those too until they are merged away.
 *
 * <p>A chunk that is for everybody has no term of {@link #GROUPS}; one that is not has one for each group, and an empty
 * one, by which such chunks are found. So an index in which nothing is for groups is searched as if there were none.
 */
final class Hidden implements HiddenChunks {

    /** The groups that a chunk is for. */
    static final String GROUPS = "groups";

    private static final BytesRef RESTRICTED = new BytesRef();

    private final List<LeafReaderContext> leaves;
    /** Null for a segment in which nothing is hidden. */
    private final @Nullable FixedBitSet[] bits;

    private Hidden(List<LeafReaderContext> leaves, @Nullable FixedBitSet[] bits) {
        this.leaves = leaves;
        this.bits = bits;
    }

    /** Adds what a chunk of a document for these groups is found by. */
    static void add(Iterable<String> groups, List<IndexableField> chunk) {
        boolean restricted = false;
        for (String group : groups) {
            chunk.add(new StringField(GROUPS, new BytesRef(group), Field.Store.NO));
            restricted = true;
        }
        if (restricted) {
            chunk.add(new StringField(GROUPS, RESTRICTED, Field.Store.NO));
        }
    }

    /** What is hidden in these segments; null if nothing is. */
    static @Nullable Hidden of(Sight sight, List<LeafReaderContext> leaves) throws IOException {
        if (sight.isAll()) {
            return null;
        }
        @Nullable
        FixedBitSet[] bits = new FixedBitSet[leaves.size()];
        boolean any = false;
        for (LeafReaderContext leaf : leaves) {
            FixedBitSet own = of(sight, leaf.reader());
            bits[leaf.ord] = own;
            any |= own != null;
        }
        return any ? new Hidden(leaves, bits) : null;
    }

    private static @Nullable FixedBitSet of(Sight sight, LeafReader reader) throws IOException {
        PostingsEnum restricted = reader.postings(new Term(GROUPS, RESTRICTED), PostingsEnum.NONE);
        if (restricted == null) {
            return null;
        }
        FixedBitSet hidden = new FixedBitSet(reader.maxDoc());
        hidden.or(restricted);
        for (String group : sight.ordered()) {
            PostingsEnum own = reader.postings(new Term(GROUPS, group), PostingsEnum.NONE);
            if (own != null) {
                for (int chunk = own.nextDoc(); chunk != DocIdSetIterator.NO_MORE_DOCS; chunk = own.nextDoc()) {
                    hidden.clear(chunk);
                }
            }
        }
        return hidden.scanIsEmpty() ? null : hidden;
    }

    @Override
    public @Nullable Bits in(LeafReaderContext leaf) {
        return bits[leaf.ord];
    }

    /** As chunks that a query can leave out. */
    ChunkSet toSet() {
        List<FixedBitSet> sets = new ArrayList<>(bits.length);
        for (LeafReaderContext leaf : leaves) {
            FixedBitSet own = bits[leaf.ord];
            sets.add(own != null ? own : new FixedBitSet(leaf.reader().maxDoc()));
        }
        return ChunkSet.of(sets);
    }

    /** How many of them were not removed. */
    int live() {
        int live = 0;
        for (LeafReaderContext leaf : leaves) {
            FixedBitSet own = bits[leaf.ord];
            Bits alive = leaf.reader().getLiveDocs();
            if (own != null) {
                FixedBitSet left = alive == null ? own : own.clone();
                if (alive != null) {
                    alive.applyMask(left, 0);
                }
                live += left.cardinality();
            }
        }
        return live;
    }

    /** What is left of the reader's statistics without what is hidden. */
    TextStatistics without(TextStatistics all) throws IOException {
        long chunks = all.chunks();
        long length = all.totalLength();
        Map<String, TermCount> terms = new HashMap<>(all.terms());
        for (LeafReaderContext leaf : leaves) {
            FixedBitSet own = bits[leaf.ord];
            if (own == null) {
                continue;
            }
            NumericDocValues norms = leaf.reader().getNormValues(ChunkAnalyzer.TEXT);
            BitSetIterator hidden = new BitSetIterator(own, own.length());
            for (int chunk = hidden.nextDoc(); chunk != DocIdSetIterator.NO_MORE_DOCS; chunk = hidden.nextDoc()) {
                byte norm = norms != null && norms.advanceExact(chunk) ? (byte) norms.longValue() : 0;
                if (norm != 0) { // which a chunk without a word has
                    chunks--;
                    length -= SmallFloat.byte4ToInt(norm);
                }
            }
            for (Map.Entry<String, TermCount> term : terms.entrySet()) {
                term.setValue(minus(term.getValue(), leaf.reader(), own, term.getKey()));
            }
        }
        return new TextStatistics(Math.max(0, chunks), Math.max(0, length), terms);
    }

    private static TermCount minus(TermCount count, LeafReader reader, FixedBitSet hidden, String term)
            throws IOException {
        PostingsEnum all = count.chunks() == 0
                ? null
                : reader.postings(new Term(ChunkAnalyzer.TEXT, term), PostingsEnum.FREQS);
        if (all == null) {
            return count;
        }
        long chunks = count.chunks();
        long occurrences = count.occurrences();
        BitSetIterator each = new BitSetIterator(hidden, hidden.length());
        int chunk = each.nextDoc();
        while (chunk != DocIdSetIterator.NO_MORE_DOCS) {
            int found = all.docID() < chunk ? all.advance(chunk) : all.docID();
            if (found == chunk) {
                chunks--;
                occurrences -= all.freq();
                chunk = each.nextDoc();
            } else if (found == DocIdSetIterator.NO_MORE_DOCS) {
                chunk = DocIdSetIterator.NO_MORE_DOCS;
            } else {
                chunk = each.advance(found);
            }
        }
        return new TermCount(chunks, occurrences);
    }
}
