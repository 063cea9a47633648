package io.croft.ingest;

import java.util.Locale;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Finds where sentences end, by their punctuation, in one pass. The rule is simple and the same on every Java: a
 * mistake moves the place where a long text is cut, and nothing else.
 *
 * <p>A sentence ends after {@code . ! ? …} and closing quotes and brackets, if white space follows and then anything
 * but a small letter, or white space stands on both sides of the marks; not after a single letter or a usual
 * abbreviation with its point. After a full-width mark it always ends.
 */
final class Sentences {

    private static final Set<String> ABBREVIATIONS = Set.of("al", "approx", "ca", "cf", "co", "dr", "eq", "fig", "inc",
            "jr",
            "ltd", "mr", "mrs", "ms", "no", "pp", "prof", "ref", "sr", "st", "vol", "vs");
    private static final int LONGEST_ABBREVIATION = 6;
    private static final String MARKS = ".!?…";
    private static final String FULL_WIDTH_MARKS = "。！？｡";
    private static final String CLOSING = "\"')]}»”’*_`」』）";

    private Sentences() {
    }

    /** Gives the end of each sentence in a stretch of text, in order; the last one is the stretch's end. */
    static void ends(String text, int start, int end, IntConsumer ends) {
        int last = start;
        int i = start;
        while (i < end) {
            char mark = text.charAt(i);
            boolean fullWidth = FULL_WIDTH_MARKS.indexOf(mark) >= 0;
            if (!fullWidth && MARKS.indexOf(mark) < 0) {
                i++;
                continue;
            }
            int after = skipClosing(text, i + 1, end);
            if (fullWidth || (endsSentence(text, i, after, end) && !(mark == '.' && isAbbreviation(text, last, i)))) {
                ends.accept(after);
                last = after;
            }
            i = after;
        }
        if (last < end) {
            ends.accept(end);
        }
    }

    private static int skipClosing(String text, int from, int end) {
        int i = from;
        while (i < end && isClosing(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isClosing(char c) {
        return MARKS.indexOf(c) >= 0 || FULL_WIDTH_MARKS.indexOf(c) >= 0 || CLOSING.indexOf(c) >= 0;
    }

    private static boolean endsSentence(String text, int mark, int after, int end) {
        if (after == end || !Character.isWhitespace(text.charAt(after))) {
            return after == end;
        }
        if (mark > 0 && Character.isWhitespace(text.charAt(mark - 1))) {
            return true;
        }
        int next = after;
        while (next < end && Character.isWhitespace(text.charAt(next))) {
            next++;
        }
        return next == end || !Character.isLowerCase(text.charAt(next));
    }

    private static boolean isAbbreviation(String text, int start, int point) {
        int from = point;
        while (from > start && point - from <= LONGEST_ABBREVIATION && Character.isLetter(text.charAt(from - 1))) {
            from--;
        }
        int length = point - from;
        return length == 1 || (length > 1 && length <= LONGEST_ABBREVIATION
                && ABBREVIATIONS.contains(text.substring(from, point).toLowerCase(Locale.ROOT)));
    }
}
