package io.croft.search;

import io.croft.InvalidInputException;
import java.util.ArrayList;
import java.util.List;

/** What a field holds, and so what can be asked of it. Fields are kept as text, whatever their type. */
public enum FieldType {
    /** One exact text: filter by equality and prefix, sort, count by value. */
    KEYWORD,
    /** Up to {@value #MAX_KEYWORDS} exact texts, one to a line: filter by equality and prefix, count by value. */
    KEYWORDS,
    /** A finite number: filter by equality and range, sort, count by range. */
    NUMBER,
    /** A moment, such as {@code 2026-02-03T04:05:06Z}: filter by equality and range, sort, count by range. */
    INSTANT,
    /** {@code true} or {@code false}: filter by equality, sort, count by value. */
    BOOL,
    /** Any text, shown with each hit and not asked for. */
    STORED;

    /** The most values of a field of type {@link #KEYWORDS}. */
    public static final int MAX_KEYWORDS = 100;

    /**
     * Reads a field's text.
     *
     * @return its values: one, or several of a field of {@link #KEYWORDS}, or none of one that is {@link #STORED}
     * @throws InvalidInputException if the text is not of this type
     */
    public List<FieldValue> read(String text) {
        return switch (this) {
            case KEYWORD -> List.of(FieldValue.of(text));
            case KEYWORDS -> keywords(text);
            case NUMBER -> List.of(FieldValue.Numeric.parse(text));
            case INSTANT -> List.of(FieldValue.Moment.parse(text));
            case BOOL -> List.of(FieldValue.Truth.parse(text));
            case STORED -> List.of();
        };
    }

    private static List<FieldValue> keywords(String text) {
        List<FieldValue> values = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            values.add(FieldValue.of(line));
        }
        if (values.size() > MAX_KEYWORDS) {
            throw new InvalidInputException(values.size() + " keywords in one field; the most is " + MAX_KEYWORDS
                    + ": leave some out");
        }
        return values;
    }
}
