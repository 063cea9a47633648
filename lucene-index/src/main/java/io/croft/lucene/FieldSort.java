package io.croft.lucene;

import io.croft.search.FieldType;
import io.croft.search.FieldValue;
import io.croft.search.Sort;
import io.croft.spi.ContentKey;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Function;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.NumericUtils;

/**
 * Finds the first documents by a field. In each segment values are compared by the numbers that stand for them there;
 * only the first of each segment are compared by the values themselves.
 */
final class FieldSort {

    /** A rank after that of every value. */
    private static final long MISSING = Long.MAX_VALUE;

    private final Sort.ByField sort;
    private final FieldType type;
    private final Function<ChunkHead, ContentKey> keys;
    private final Deadline deadline;

    /**
     * A sort.
     *
     * @param type of the field
     * @param keys the key of a chunk's document
     */
    FieldSort(Sort.ByField sort, FieldType type, Function<ChunkHead, ContentKey> keys, Deadline deadline) {
        this.sort = sort;
        this.type = type;
        this.keys = keys;
        this.deadline = deadline;
    }

    /**
     * A document that matches.
     *
     * @param key   whose chunks
     * @param value its value, if it has one
     * @param chunk its first chunk that matches, by Lucene's number
     */
    record Sorted(ContentKey key, Optional<FieldValue> value, int chunk) {
    }

    /** A document of one segment: its first matching chunk. */
    private record RankedChunk(long rank, ContentKey key, int chunk) {
    }

    /** The first documents that have a chunk among these, in order. */
    List<Sorted> first(List<LeafReaderContext> leaves, ChunkSet matching, int most) throws IOException {
        List<Sorted> all = new ArrayList<>();
        for (LeafReaderContext leaf : leaves) {
            deadline.check("sorting");
            all.addAll(first(leaf, matching.in(leaf), most));
        }
        all.sort(Comparator.comparing(Sorted::value, sort.order()).thenComparing(Sorted::key));
        return all.size() > most ? all.subList(0, most) : all;
    }

    private List<Sorted> first(LeafReaderContext leaf, FixedBitSet matching, int most) throws IOException {
        List<RankedChunk> places = places(leaf, matching, most);
        places.sort(Comparator.comparingInt(RankedChunk::chunk));
        List<Sorted> first = new ArrayList<>(places.size());
        for (RankedChunk place : places) {
            first.add(new Sorted(place.key, value(leaf, place.rank), leaf.docBase + place.chunk));
        }
        return first;
    }

    private List<RankedChunk> places(LeafReaderContext leaf, FixedBitSet matching, int most) throws IOException {
        PriorityQueue<RankedChunk> best = new PriorityQueue<>(
                Comparator.comparingLong(RankedChunk::rank).thenComparing(RankedChunk::key).reversed());
        NumericDocValues ordinals = ChunkSchema.places(leaf.reader());
        BinaryDocValues heads = DocValues.getBinary(leaf.reader(), ChunkSchema.HEAD);
        Ranks ranks = ranks(leaf);
        int seen = -1;
        for (int chunk = next(matching, -1); chunk != DocIdSetIterator.NO_MORE_DOCS; chunk = next(matching, chunk)) {
            deadline.step("sorting");
            int start = ChunkSchema.start(ordinals, chunk);
            if (start == seen) {
                continue;
            }
            seen = start;
            long rank = ranks.of(chunk);
            RankedChunk worst = best.peek();
            if (worst != null && best.size() == most && rank > worst.rank) {
                continue;
            }
            best.add(new RankedChunk(rank, keys.apply(ChunkHead.read(heads, chunk)), chunk));
            if (best.size() > most) {
                best.remove();
            }
        }
        return new ArrayList<>(best);
    }

    private static int next(FixedBitSet matching, int after) {
        return after + 1 < matching.length() ? matching.nextSetBit(after + 1) : DocIdSetIterator.NO_MORE_DOCS;
    }

    /** Where each chunk comes in the order of its segment. */
    @FunctionalInterface
    private interface Ranks {
        long of(int chunk) throws IOException;
    }

    private Ranks ranks(LeafReaderContext leaf) throws IOException {
        String name = FieldSchema.name(sort.field());
        if (type == FieldType.NUMBER || type == FieldType.INSTANT) {
            NumericDocValues numbers = DocValues.getNumeric(leaf.reader(), name);
            return chunk -> numbers.advanceExact(chunk) ? directed(numbers.longValue()) : MISSING;
        }
        SortedDocValues terms = DocValues.getSorted(leaf.reader(), name);
        return chunk -> terms.advanceExact(chunk) ? directed(terms.ordValue()) : MISSING;
    }

    /** A number's complement comes in the opposite order; it undoes itself. */
    private long directed(long number) {
        return switch (sort.direction()) {
            case ASCENDING -> number;
            case DESCENDING -> ~number;
        };
    }

    private Optional<FieldValue> value(LeafReaderContext leaf, long rank) throws IOException {
        if (rank == MISSING) {
            return Optional.empty();
        }
        long number = directed(rank);
        return Optional.of(switch (type) {
            case NUMBER -> FieldValue.of(NumericUtils.sortableLongToDouble(number));
            case INSTANT -> FieldValue.of(Instant.EPOCH.plus(number, ChronoUnit.MICROS));
            case BOOL -> FieldValue.of(Boolean.parseBoolean(term(leaf, number)));
            case KEYWORD, KEYWORDS, STORED -> FieldValue.of(term(leaf, number));
        });
    }

    private String term(LeafReaderContext leaf, long ordinal) throws IOException {
        return DocValues.getSorted(leaf.reader(), FieldSchema.name(sort.field())).lookupOrd((int) ordinal)
                .utf8ToString();
    }
}
