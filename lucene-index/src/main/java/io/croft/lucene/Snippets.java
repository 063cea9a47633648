package io.croft.lucene;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;

/**
 * Cuts from a text the part that has most of a query's words, rare words counting more. A word is compared as it was
 * indexed; but analysing whole texts would take longer than the search did, so only words that begin like one of the
 * query's are analysed, and each of them once. (Stemming cuts at the end and leaves the first two letters alone.) Used
 * by one thread.
 */
final class Snippets {

    /** The longest snippet, in UTF-16 units. */
    static final int LENGTH = 300;
    /** How far into a text is looked. */
    private static final int LOOK = 32 * 1024;
    /** The most places of words that are weighed against each other. */
    private static final int MOST_PLACES = 256;
    /** What a word is worth that the window has already. */
    private static final double REPEATED = 0.1;
    /** How much text may be lost so as not to cut a word. */
    private static final int LONGEST_WORD = 60;

    private final Map<String, Double> weights = new HashMap<>();
    private final Set<Integer> beginnings = new HashSet<>();
    private final Map<String, String> analysed = new HashMap<>();
    private final Analyzer analyzer;

    /** Where a word of the query is. */
    private record Place(int start, int end, String term) {
    }

    Snippets(TextQuery query, Analyzer analyzer) {
        this.analyzer = analyzer;
        double documents = query.statistics().documents();
        for (TextQuery.Word word : query.words()) {
            String term = word.term().text();
            weights.put(term, Math.log(1 + documents / word.states().docFreq()));
            beginnings.add(beginning(term, 0, term.length()));
        }
    }

    /** The part of a text to show: plain text on one line, cut between words. */
    String of(String text) {
        int start = text.length() <= LENGTH || weights.isEmpty() ? 0 : start(text, places(text));
        return oneLine(text, start, end(text, start));
    }

    private List<Place> places(String text) {
        List<Place> places = new ArrayList<>();
        int look = Math.min(text.length(), LOOK);
        int at = 0;
        while (at < look && places.size() < MOST_PLACES) {
            int letter = text.codePointAt(at);
            int end = at + Character.charCount(letter);
            if (Character.isLetterOrDigit(letter)) {
                if (!Character.isIdeographic(letter)) {
                    end = wordEnd(text, end);
                }
                if (beginnings.contains(beginning(text, at, end))) {
                    String term = analysed.computeIfAbsent(text.substring(at, end), this::term);
                    if (weights.containsKey(term)) {
                        places.add(new Place(at, end, term));
                    }
                }
            }
            at = end;
        }
        return places;
    }

    private static int wordEnd(String text, int from) {
        int end = from;
        while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '\''
                || text.charAt(end) == '’')) {
            end++;
        }
        return end;
    }

    private String term(String word) {
        return QueryWords.terms(analyzer, word).keySet().stream().findFirst().orElse("");
    }

    private static int beginning(String text, int start, int end) {
        int first = Character.toLowerCase(text.charAt(start));
        int second = start + 1 < end ? Character.toLowerCase(text.charAt(start + 1)) : 0;
        return first << Character.SIZE | second;
    }

    /** Where a window begins that has the best words. */
    private int start(String text, List<Place> places) {
        double best = 0;
        int firstStart = 0;
        int lastEnd = 0;
        for (int i = 0; i < places.size(); i++) {
            int start = places.get(i).start();
            int end = start;
            double worth = 0;
            Set<String> seen = new HashSet<>();
            for (int j = i; j < places.size() && places.get(j).end() - start <= LENGTH; j++) {
                Place place = places.get(j);
                worth += weights.getOrDefault(place.term(), 0.0) * (seen.add(place.term()) ? 1 : REPEATED);
                end = place.end();
            }
            if (worth > best) {
                best = worth;
                firstStart = start;
                lastEnd = end;
            }
        }
        return before(text, firstStart, LENGTH - (lastEnd - firstStart));
    }

    /**
     * Goes back from a word, at most so far: to the beginning of its sentence, or to show a little of what is before
     * it.
     */
    private static int before(String text, int word, int most) {
        int earliest = Math.max(0, word - most);
        int latest = Math.max(earliest, Math.min(word, text.length() - LENGTH));
        int sentence = text.lastIndexOf(". ", word) + 2;
        if (sentence >= 2 && sentence >= earliest && sentence <= latest) {
            return sentence;
        }
        int start = Math.min(latest, Math.max(earliest, word - most / 3));
        if (start == 0) {
            return 0;
        }
        for (int i = start; i <= word && i < start + LONGEST_WORD; i++) {
            if (Character.isWhitespace(text.charAt(i - 1))) {
                return i;
            }
        }
        for (int i = start - 1; i >= earliest && i > start - LONGEST_WORD; i--) {
            if (i == 0 || Character.isWhitespace(text.charAt(i - 1))) {
                return i;
            }
        }
        return Character.isLowSurrogate(text.charAt(start)) ? start + 1 : start;
    }

    private static int end(String text, int start) {
        int end = Math.min(text.length(), start + LENGTH);
        if (end == text.length() || Character.isWhitespace(text.charAt(end))) {
            return end;
        }
        for (int i = end - 1; i > start && i > end - LONGEST_WORD; i--) {
            if (Character.isWhitespace(text.charAt(i))) {
                return i;
            }
        }
        return Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end;
    }

    private static String oneLine(String text, int start, int end) {
        StringBuilder line = new StringBuilder(end - start);
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (!Character.isWhitespace(c)) {
                line.append(c);
            } else if (!line.isEmpty() && line.charAt(line.length() - 1) != ' ') {
                line.append(' ');
            }
        }
        if (!line.isEmpty() && line.charAt(line.length() - 1) == ' ') {
            line.setLength(line.length() - 1);
        }
        return line.toString();
    }
}
