package io.croft.engine.analytics;

import io.croft.spi.SearchBatch;
import java.util.Locale;
import java.util.regex.Pattern;

/** Texts of queries as they are counted: such as differ in case and white space alone are one. */
final class QueryTexts {

    private static final Pattern BLANK = Pattern.compile("[\\s\\p{Z}\\p{Cntrl}]+");
    private static final Pattern HALF_PAIR = Pattern.compile("\\p{Cs}");

    private QueryTexts() {
    }

    /** The beginning of a text: all that is looked at. */
    static String beginning(String text) {
        return cut(text);
    }

    /** The form that is counted; empty if nothing is left. */
    static String counted(String text) {
        String whole = HALF_PAIR.matcher(text).replaceAll("\uFFFD");
        return cut(BLANK.matcher(whole).replaceAll(" ").strip().toLowerCase(Locale.ROOT)).strip();
    }

    private static String cut(String text) {
        if (text.length() <= SearchBatch.MAX_TEXT_LENGTH) {
            return text;
        }
        int end = SearchBatch.MAX_TEXT_LENGTH;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
    }
}
