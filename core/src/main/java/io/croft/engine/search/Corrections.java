package io.croft.engine.search;

import io.croft.spi.NearWord;
import io.croft.spi.QueryText.Correction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Chooses the known words that stand in for unknown ones. */
final class Corrections {

    /** The most different words of a query that is corrected: in a longer one no single word matters much. */
    static final int MAX_QUERY_TERMS = 100;
    /** The most known words for one unknown word. */
    static final int MAX_KNOWN = 3;

    private static final float ONE_EDIT = 0.7f;
    private static final float TWO_EDITS = 0.5f;
    private static final Comparator<NearWord> MOST_FREQUENT_FIRST = Comparator.comparingLong(NearWord::chunks)
            .reversed().thenComparing(NearWord::known);

    private Corrections() {
    }

    /**
     * For each word the nearest, of those the most frequent; of words that find the same only one.
     *
     * @param near what all indexes named, in any order
     */
    static List<Correction> of(List<NearWord> near) {
        Map<String, Map<String, NearWord>> byWord = new LinkedHashMap<>();
        for (NearWord one : near) {
            byWord.computeIfAbsent(one.word(), word -> new HashMap<>()).merge(one.known(), one, Corrections::sum);
        }
        List<Correction> corrections = new ArrayList<>();
        byWord.values().forEach(known -> corrections.addAll(best(List.copyOf(known.values()))));
        return corrections;
    }

    private static NearWord sum(NearWord one, NearWord other) {
        return new NearWord(one.word(), one.known(), one.term(), one.edits(), one.chunks() + other.chunks());
    }

    private static List<Correction> best(List<NearWord> known) {
        int edits = known.stream().mapToInt(NearWord::edits).min().orElse(0);
        Map<String, NearWord> byTerm = new LinkedHashMap<>();
        known.stream().filter(one -> one.edits() == edits).sorted(MOST_FREQUENT_FIRST)
                .forEach(one -> byTerm.putIfAbsent(one.term(), one));
        return byTerm.values().stream().limit(MAX_KNOWN)
                .map(one -> new Correction(one.word(), one.known(), edits == 1 ? ONE_EDIT : TWO_EDITS)).toList();
    }

    /** The known words by the unknown one. */
    static Map<String, List<String>> byWord(List<Correction> corrections) {
        Map<String, List<String>> byWord = new LinkedHashMap<>();
        for (Correction correction : corrections) {
            byWord.computeIfAbsent(correction.word(), word -> new ArrayList<>()).add(correction.known());
        }
        return byWord;
    }
}
