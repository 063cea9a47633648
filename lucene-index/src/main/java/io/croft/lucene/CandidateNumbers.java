package io.croft.lucene;

import io.croft.spi.IndexSession.Candidate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.util.NumericUtils;

/** Reads the numbers of candidates' documents by which a rank may boost them. */
final class CandidateNumbers {

    private CandidateNumbers() {
    }

    /**
     * The same candidates, in the same order, with their values of these fields.
     *
     * @param fields declared as numbers
     */
    static List<Candidate> added(List<Candidate> candidates, Set<String> fields, List<LeafReaderContext> leaves)
            throws IOException {
        if (fields.isEmpty()) {
            return candidates;
        }
        Integer[] ascending = new Integer[candidates.size()];
        Arrays.setAll(ascending, place -> place);
        Arrays.sort(ascending, Comparator.comparingInt(place -> candidates.get(place).ref()));
        List<Candidate> added = new ArrayList<>(candidates);
        int at = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            Map<String, NumericDocValues> values = new HashMap<>();
            for (; at < ascending.length && candidates.get(ascending[at]).ref() < end; at++) {
                Candidate candidate = candidates.get(ascending[at]);
                Map<String, Double> numbers = new HashMap<>();
                for (String field : fields) {
                    NumericDocValues own = values.get(field);
                    if (own == null) {
                        own = DocValues.getNumeric(leaf.reader(), FieldSchema.name(field));
                        values.put(field, own);
                    }
                    if (own.advanceExact(candidate.ref() - leaf.docBase)) {
                        numbers.put(field, NumericUtils.sortableLongToDouble(own.longValue()));
                    }
                }
                added.set(ascending[at], candidate.with(numbers));
            }
        }
        return added;
    }
}
