package io.croft.spi.memory;

import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Looks at every word of an index for those that are almost like one of a query. */
final class MemoryTypos {

    private final Map<String, Long> documents = new HashMap<>();

    /**
     * Over these chunks.
     *
     * @param chunks the words of each
     */
    MemoryTypos(Collection<List<String>> chunks) {
        chunks.forEach(words -> words.stream().distinct().forEach(word -> documents.merge(word, 1L, Long::sum)));
    }

    List<NearWord> near(QueryText text, TextStatistics shared) {
        return WordAnalysis.words(text.words()).stream().distinct()
                .filter(word -> shared.terms().getOrDefault(word, new TermCount(0, 0)).chunks() == 0)
                .filter(NearWord::isCorrected).limit(NearWord.MAX_WORDS).flatMap(word -> near(word).stream()).toList();
    }

    private List<NearWord> near(String word) {
        for (int edits = 1; edits <= (NearWord.letters(word) >= NearWord.TWO_EDITS_LETTERS ? 2 : 1); edits++) {
            int most = edits;
            List<NearWord> found = documents.entrySet().stream()
                    .filter(known -> NearWord.letters(known.getKey()) > 0
                            && known.getKey().codePointAt(0) == word.codePointAt(0)
                            && edits(word, known.getKey()) == most)
                    .map(known -> new NearWord(word, known.getKey(), known.getKey(), most, known.getValue()))
                    .sorted(Comparator.comparingLong(NearWord::chunks).reversed().thenComparing(NearWord::known))
                    .limit(NearWord.MAX_NEAR).toList();
            if (!found.isEmpty()) {
                return found;
            }
        }
        return List.of();
    }

    /** The distance of two words; a swap of neighbours is one edit. */
    private static int edits(String one, String other) {
        int[] a = one.codePoints().toArray();
        int[] b = other.codePoints().toArray();
        int[][] edits = new int[a.length + 1][b.length + 1];
        for (int i = 0; i <= a.length; i++) {
            for (int j = 0; j <= b.length; j++) {
                if (i == 0 || j == 0) {
                    edits[i][j] = i + j;
                    continue;
                }
                int replaced = edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                edits[i][j] = Math.min(replaced, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                    edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
                }
            }
        }
        return edits[a.length][b.length];
    }
}
