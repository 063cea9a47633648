package io.croft.lucene.text;

import io.croft.lucene.text.WordPlaces.Place;
import io.croft.search.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;

/**
 * Cuts from a text the part that has most of a query's words, rare words counting more, and a phrase as much as its
 * words once more; and says where it has them. Used by one thread.
 */
public final class Snippets {

    /** The longest snippet, in UTF-16 units. */
    public static final int LENGTH = 300;
    /** How far into a text is looked. */
    private static final int LOOK = 32 * 1024;
    /** By what the worth of a word is divided that the window has already. */
    private static final int REPEATED = 10;
    /** How much text may be lost so as not to cut a word. */
    private static final int LONGEST_WORD = 60;

    private final WordPlaces words;

    /**
     * A part of a text.
     *
     * @param text    plain text on one line
     * @param matches where it has words and phrases of the query, in order, not overlapping
     */
    public record Snippet(String text, List<Hit.Range> matches) {
    }

    /** For one query, in any number of texts. */
    public Snippets(TextQuery query, Analyzer analyzer) {
        this.words = new WordPlaces(query, analyzer);
    }

    /** The part of a text to show, cut between words. */
    public Snippet of(String text) {
        int start = text.length() <= LENGTH || words.areNone()
                ? 0
                : start(text, words.in(text, 0, Math.min(text.length(), LOOK)));
        int end = end(text, start);
        return oneLine(text, start, end, apart(words.in(text, start, end)));
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

    private int start(String text, List<Place> places) {
        int start = best(places);
        return before(text, start, LENGTH - (end(places, start) - start));
    }

    /**
     * Where a window begins that has the best words: the first of the best. A window moves over the places once: by
     * their ends they come in, by their beginnings they go.
     *
     * @param places by their beginnings
     */
    int best(List<Place> places) {
        List<Place> byEnd = places.stream().sorted(Comparator.comparingInt(Place::end)).toList();
        int[] counts = new int[words.kinds()];
        int entered = 0;
        long worth = 0;
        long best = 0;
        int start = 0;
        for (Place first : places) {
            while (entered < byEnd.size() && byEnd.get(entered).end() - first.start() <= LENGTH) {
                Place place = byEnd.get(entered++);
                if (place.start() >= first.start()) {
                    worth += worth(place.what(), counts[place.what()]++);
                }
            }
            if (worth > best) {
                best = worth;
                start = first.start();
            }
            if (first.end() - first.start() <= LENGTH) {
                worth -= worth(first.what(), --counts[first.what()]);
            }
        }
        return start;
    }

    /** What a place adds to a window that has the same so many times already. */
    private long worth(int what, int already) {
        return already == 0 ? words.weight(what) : words.weight(what) / REPEATED;
    }

    /** The end of the last that begins here or later and fits into a window from here. */
    private static int end(List<Place> places, int start) {
        return places.stream().filter(place -> place.start() >= start).mapToInt(Place::end)
                .filter(end -> end - start <= LENGTH).max().orElse(start);
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
