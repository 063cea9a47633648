package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of a query. Every word of {@code words} and of the phrases counts as a term; a phrase is a condition
 * besides. There is no other syntax: whatever else the text holds, only its words count.
 *
 * @param words       the text outside the phrases
 * @param phrases     what must occur word for word, each in the title or in the text of one chunk; without their marks
 * @param corrections known words that stand in for words that no index knows
 */
public record QueryText(String words, List<String> phrases, List<Correction> corrections) {

    /** The most different terms of a query, as analysed; each phrase counts as one more. */
    public static final int MAX_TERMS = 1024;

    private static final String MARKS = "\"\u201c\u201d\u201e";

    public QueryText {
        phrases = List.copyOf(phrases);
        corrections = List.copyOf(corrections);
    }

    /**
     * Takes a text apart. What stands between two quotation marks is a phrase: straight ones or the typographic “ ” and
     * „. The first of the two must not follow a letter or digit, so that {@code 5" pipe, 3" pipe} holds none. A mark
     * without another, and two with nothing between them, are plain text.
     */
    public static QueryText of(String text) {
        StringBuilder words = new StringBuilder(text.length());
        List<String> phrases = new ArrayList<>();
        int at = 0;
        int open = opening(text, 0);
        int close = mark(text, open + 1);
        while (open < text.length() && close < text.length()) {
            words.append(text, at, open).append(' ');
            String phrase = text.substring(open + 1, close).strip();
            if (!phrase.isEmpty() && !phrases.contains(phrase)) {
                phrases.add(phrase);
            }
            at = close + 1;
            open = opening(text, at);
            close = mark(text, open + 1);
        }
        return new QueryText(words.append(text, at, text.length()).toString(), phrases, List.of());
    }

    private static int opening(String text, int from) {
        int open = mark(text, from);
        while (open > 0 && open < text.length() && Character.isLetterOrDigit(text.codePointBefore(open))) {
            open = mark(text, open + 1);
        }
        return open;
    }

    /** Where the next mark is, or the text's end. */
    private static int mark(String text, int from) {
        int at = from;
        while (at < text.length() && MARKS.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return Math.min(at, text.length());
    }

    /** The same with these corrections. */
    public QueryText with(List<Correction> corrections) {
        return new QueryText(words, phrases, corrections);
    }

    /** The same words without conditions. */
    public QueryText withoutPhrases() {
        return new QueryText(words + ' ' + String.join(" ", phrases), List.of(), corrections);
    }

    /**
     * Refuses more terms than {@link #MAX_TERMS}.
     *
     * @param terms how many different ones the text has, as analysed
     * @throws InvalidInputException naming both numbers
     */
    public void check(int terms) {
        if (terms + phrases.size() > MAX_TERMS) {
            throw new InvalidInputException("the query has " + terms + " different words and " + phrases.size()
                    + " phrases; the most is " + MAX_TERMS + " together: shorten it");
        }
    }

    /** How much there is of it. */
    @Override
    public String toString() {
        return "QueryText[words of " + Shown.length(words) + ", " + phrases.size() + " phrases, " + corrections.size()
                + " corrections]";
    }

    /**
     * A known word that stands in for an unknown one.
     *
     * @param word   as the query has it, in lower case
     * @param known  the word that stands in
     * @param weight what it counts beside a word of the query, above 0 and below 1
     */
    public record Correction(String word, String known, float weight) {

        public Correction {
            if (!(weight > 0 && weight < 1)) {
                throw new InvalidInputException("a correction of weight " + weight + " must count more than 0 and less"
                        + " than 1");
            }
        }
    }
}
