package io.croft.lucene;

import io.croft.spi.IndexSession.ValueCount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.util.BytesRef;

/**
 * Adds up what the segments of an index count by the numbers that stand for the values there, and keeps the most
 * frequent. In each segment the numbers are in the order of the values, so the segments are gone through side by side:
 * what they have of one value comes at one time and is summed up exactly before it is decided whether the value stays.
 * Only as many values as are wanted are held, and four bytes for each value of a segment. Used by one thread.
 */
final class ValueCounts {

    private static final Comparator<Sum> RAREST_FIRST = Comparator.comparingLong(Sum::documents)
            .thenComparing(Sum::value, Comparator.reverseOrder());

    private final int most;
    private final PriorityQueue<Segment> segments = new PriorityQueue<>(Comparator.comparing(Segment::value));
    private final PriorityQueue<Sum> kept = new PriorityQueue<>(RAREST_FIRST);

    private record Sum(BytesRef value, long documents) {
    }

    /**
     * No counts yet.
     *
     * @param most how many values are wanted: the most frequent, and of equally frequent ones the first
     */
    ValueCounts(int most) {
        this.most = most;
    }

    /**
     * Adds the counts of a segment.
     *
     * @param values looked up by nobody else from now on
     * @param counts of each, by its number
     */
    void add(SortedSetDocValues values, int[] counts) throws IOException {
        Segment segment = new Segment(values, counts);
        if (segment.next()) {
            segments.add(segment);
        }
    }

    /** The values that are wanted, the most frequent first: after the last segment was added. */
    List<ValueCount> mostFrequent(Deadline deadline) throws IOException {
        while (!segments.isEmpty()) {
            deadline.step("counting");
            keep(nextSum());
        }
        List<Sum> sums = new ArrayList<>(kept);
        sums.sort(RAREST_FIRST.reversed());
        return sums.stream().map(sum -> new ValueCount(sum.value().utf8ToString(), sum.documents())).toList();
    }

    /** Sums up the first value that any segment is at, and moves those that have it on. */
    private Sum nextSum() throws IOException {
        BytesRef value = BytesRef.deepCopyOf(segments.element().value());
        long documents = 0;
        while (!segments.isEmpty() && segments.element().value().equals(value)) {
            Segment segment = segments.remove();
            documents += segment.count();
            if (segment.next()) {
                segments.add(segment);
            }
        }
        return new Sum(value, documents);
    }

    /** (What comes later and is no more frequent is not wanted.) */
    private void keep(Sum sum) {
        Sum rarest = kept.peek();
        if (rarest == null || kept.size() < most) {
            kept.add(sum);
        } else if (sum.documents() > rarest.documents()) {
            kept.remove();
            kept.add(sum);
        }
    }

    /** Goes through the values of one segment that were counted. */
    private static final class Segment {

        private final SortedSetDocValues values;
        private final int[] counts;
        private int at = -1;
        private BytesRef value = new BytesRef();

        Segment(SortedSetDocValues values, int[] counts) {
            this.values = values;
            this.counts = counts;
        }

        boolean next() throws IOException {
            at++;
            while (at < counts.length && counts[at] == 0) {
                at++;
            }
            if (at == counts.length) {
                return false;
            }
            value = values.lookupOrd(at);
            return true;
        }

        BytesRef value() {
            return value;
        }

        int count() {
            return counts[at];
        }
    }
}
