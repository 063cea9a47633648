package io.croft.lucene.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.jspecify.annotations.Nullable;

/**
 * Finds where a text has a query's words and phrases, and says what each is worth. A word is compared as it was
 * indexed; but analysing whole texts would take longer than the search did, so only words that begin like one of the
 * query's are analysed, and each of them once. (Stemming cuts at the end and leaves the first two letters alone.) Used
 * by one thread.
 *
 * <p>Terms and phrases are numbers here, and of the phrases that begin at one word only the one worth most is a place:
 * so a query of many phrases that are parts of one another costs no more than its length times {@link #MOST_WORDS}
 * steps for a text.
 */
final class WordPlaces {

    /** The most words of a text that are looked at; its phrases are no more. */
    static final int MOST_WORDS = 256;
    /** Weights are whole numbers, so that sums of them can be taken apart again. */
    private static final double UNITS = 1e6;

    private final Map<String, Integer> terms = new HashMap<>();
    private final List<Long> weights = new ArrayList<>();
    private final Set<Integer> beginnings = new HashSet<>();
    private final Map<String, Integer> analysed = new HashMap<>();
    /** The one worth most first. */
    private final List<NumberedPhrase> phrases = new ArrayList<>();
    private final Analyzer analyzer;

    /**
     * Where a word or phrase of the query is.
     *
     * @param start where it begins
     * @param end   where it ends, exclusive
     * @param what  the number of the term or phrase
     * @param word  how many words of the text were passed before it
     */
    record Place(int start, int end, int what, int word) {
    }

    /** A phrase of terms that the index has; each of them with its number and how many words it is after the first. */
    private record NumberedPhrase(int what, List<NumberedWord> words) {
    }

    private record NumberedWord(int what, int position) {
    }

    WordPlaces(TextQuery query, Analyzer analyzer) {
        this.analyzer = analyzer;
        double documents = query.statistics().chunks();
        for (TextQuery.Word word : query.words()) {
            String term = word.term().text();
            terms.put(term, weights.size());
            weights.add(Math.round(UNITS * Math.log(1 + documents / word.states().docFreq())));
            beginnings.add(beginning(term, 0, term.length()));
        }
        for (Phrase phrase : Phrase.of(analyzer, query.text())) {
            if (phrase.words().stream().allMatch(word -> terms.containsKey(word.term()))) {
                add(phrase);
            }
        }
        phrases.sort(Comparator.comparingLong((NumberedPhrase phrase) -> weight(phrase.what())).reversed());
    }

    private void add(Phrase phrase) {
        List<NumberedWord> words = new ArrayList<>(phrase.words().size());
        long weight = 0;
        for (Phrase.Word word : phrase.words()) {
            int what = Objects.requireNonNull(terms.get(word.term()));
            words.add(new NumberedWord(what, word.position()));
            weight += weight(what);
        }
        phrases.add(new NumberedPhrase(weights.size(), words));
        weights.add(weight);
    }

    /** Whether no text has any. */
    boolean areNone() {
        return terms.isEmpty();
    }

    /** How many terms and phrases there are: one more than the highest number. */
    int kinds() {
        return weights.size();
    }

    /** What a term or phrase is worth, in millionths: more for a rare word, and for a phrase as much as its words. */
    long weight(int what) {
        return weights.get(what);
    }

    /** Those of the first {@value #MOST_WORDS} of the query's words in this part of a text, by where they begin. */
    List<Place> in(String text, int from, int to) {
        List<Place> places = new ArrayList<>();
        if (areNone()) {
            return places;
        }
        int at = from;
        int word = 0;
        while (at < to && places.size() < MOST_WORDS) {
            int letter = text.codePointAt(at);
            int end = at + Character.charCount(letter);
            if (Character.isLetterOrDigit(letter)) {
                end = WrittenWord.end(text, at);
                if (end <= to && beginnings.contains(beginning(text, at, end))) {
                    int term = analysed.computeIfAbsent(text.substring(at, end), this::term);
                    if (term >= 0) {
                        places.add(new Place(at, end, term, word));
                    }
                }
                word++;
            }
            at = end;
        }
        return phrases.isEmpty() ? places : withPhrases(places);
    }

    private int term(String written) {
        return terms.getOrDefault(QueryWords.term(analyzer, written), -1);
    }

    private static int beginning(String text, int start, int end) {
        int first = Character.toLowerCase(text.charAt(start));
        int second = start + 1 < end ? Character.toLowerCase(text.charAt(start + 1)) : 0;
        return first << Character.SIZE | second;
    }

    /** With the phrases that are whole, each after its first word. */
    private List<Place> withPhrases(List<Place> places) {
        List<Place> all = new ArrayList<>(2 * places.size());
        for (int i = 0; i < places.size(); i++) {
            all.add(places.get(i));
            for (NumberedPhrase phrase : phrases) {
                Place last = last(phrase, places, i);
                if (last != null) {
                    Place first = places.get(i);
                    all.add(new Place(first.start(), last.end(), phrase.what(), first.word()));
                    break;
                }
            }
        }
        return all;
    }

    /** Where the last word of a phrase is that begins here; null if it is not whole. */
    private static @Nullable Place last(NumberedPhrase phrase, List<Place> places, int from) {
        int first = places.get(from).word();
        int at = from;
        for (NumberedWord word : phrase.words()) {
            while (at < places.size() && places.get(at).word() < first + word.position()) {
                at++;
            }
            if (at == places.size() || places.get(at).word() != first + word.position()
                    || places.get(at).what() != word.what()) {
                return null;
            }
        }
        return places.get(at);
    }
}
