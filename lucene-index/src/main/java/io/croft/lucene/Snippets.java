package io.croft.lucene;

import io.croft.search.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts from a text the part that has most of a query's words, rare words counting more, and a phrase as much as its
 * words once more; and says where it has them. A word is compared as it was
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
    private final List<Phrase> phrases;
    private final Analyzer analyzer;

    /**
     * Where a word or phrase of the query is.
     *
     * @param start where it begins
     * @param end   where it ends, exclusive
     * @param what  the term, or the phrase's name among the weights
     * @param word  how many words of the text were passed before it
     */
    private record Place(int start, int end, String what, int word) {
    }

    /**
     * A part of a text.
     *
     * @param text    plain text on one line
     * @param matches where it has words and phrases of the query, in order, not overlapping
     */
    record Snippet(String text, List<Hit.Range> matches) {
    }

    Snippets(TextQuery query, Analyzer analyzer) {
        this.analyzer = analyzer;
        double documents = query.statistics().documents();
        for (TextQuery.Word word : query.words()) {
            String term = word.term().text();
            weights.put(term, Math.log(1 + documents / word.states().docFreq()));
            beginnings.add(beginning(term, 0, term.length()));
        }
        phrases = Phrase.of(analyzer, query.text());
        for (int i = 0; i < phrases.size(); i++) {
            weights.put(name(i), phrases.get(i).words().stream()
                    .mapToDouble(word -> weights.getOrDefault(word.term(), 0.0)).sum());
        }
    }

    /** No term has a blank. */
    private static String name(int phrase) {
        return "phrase " + phrase;
    }

    /** The part of a text to show, cut between words. */
    Snippet of(String text) {
        int start = text.length() <= LENGTH || weights.isEmpty()
                ? 0
                : start(text, places(text, 0, Math.min(text.length(), LOOK)));
        int end = end(text, start);
        return oneLine(text, start, end, apart(places(text, start, end)));
    }

    private List<Place> places(String text, int from, int to) {
        List<Place> places = new ArrayList<>();
        if (weights.isEmpty()) {
            return places;
        }
        int at = from;
        int word = 0;
        while (at < to && places.size() < MOST_PLACES) {
            int letter = text.codePointAt(at);
            int end = at + Character.charCount(letter);
            if (Character.isLetterOrDigit(letter)) {
                end = WrittenWord.end(text, at);
                if (end <= to && beginnings.contains(beginning(text, at, end))) {
                    String term = analysed.computeIfAbsent(text.substring(at, end), this::term);
                    if (weights.containsKey(term)) {
                        places.add(new Place(at, end, term, word));
                    }
                }
                word++;
            }
            at = end;
        }
        return withPhrases(places);
    }

    /** Adds where phrases are whole; in the order of beginnings. */
    private List<Place> withPhrases(List<Place> places) {
        if (phrases.isEmpty()) {
            return places;
        }
        Map<Integer, Place> byWord = new HashMap<>();
        places.forEach(place -> byWord.put(place.word(), place));
        List<Place> all = new ArrayList<>(places);
        for (Place first : places) {
            for (int i = 0; i < phrases.size(); i++) {
                Place last = last(phrases.get(i), first, byWord);
                if (last != null) {
                    all.add(new Place(first.start(), last.end(), name(i), first.word()));
                }
            }
        }
        all.sort(Comparator.comparingInt(Place::start));
        return all;
    }

    /** Where the last word of a phrase is that begins here; none if it is not whole. */
    private static @Nullable Place last(Phrase phrase, Place first, Map<Integer, Place> byWord) {
        Place last = null;
        for (Phrase.Word word : phrase.words()) {
            last = byWord.get(first.word() + word.position());
            if (last == null || !last.what().equals(word.term())) {
                return null;
            }
        }
        return last;
    }

    /** Those that overlap become one. */
    private static List<Place> apart(List<Place> places) {
        List<Place> apart = new ArrayList<>();
        for (Place place : places) {
            Place before = apart.isEmpty() ? null : apart.getLast();
            if (before == null || before.end() <= place.start()) {
                apart.add(place);
            } else if (before.end() < place.end()) {
                apart.set(apart.size() - 1, new Place(before.start(), place.end(), place.what(), before.word()));
            }
        }
        return apart;
    }

    private String term(String word) {
        return QueryWords.term(analyzer, word);
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
            for (int j = i; j < places.size() && places.get(j).start() - start < LENGTH; j++) {
                Place place = places.get(j);
                if (place.end() - start <= LENGTH) {
                    worth += weights.getOrDefault(place.what(), 0.0) * (seen.add(place.what()) ? 1 : REPEATED);
                    end = Math.max(end, place.end());
                }
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

    private static Snippet oneLine(String text, int start, int end, List<Place> places) {
        StringBuilder line = new StringBuilder(end - start);
        List<Hit.Range> matches = new ArrayList<>(places.size());
        int matchStart = 0;
        for (int i = start; i < end; i++) {
            Place place = matches.size() < places.size() ? places.get(matches.size()) : null;
            if (place != null && i == place.start()) {
                matchStart = line.length();
            }
            char c = text.charAt(i);
            if (!Character.isWhitespace(c)) {
                line.append(c);
            } else if (!line.isEmpty() && line.charAt(line.length() - 1) != ' ') {
                line.append(' ');
            }
            if (place != null && i + 1 == place.end()) {
                matches.add(new Hit.Range(matchStart, line.length()));
            }
        }
        if (!line.isEmpty() && line.charAt(line.length() - 1) == ' ') {
            line.setLength(line.length() - 1);
        }
        return new Snippet(line.toString(), matches);
    }
}
