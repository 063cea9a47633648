package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collection;
import java.util.regex.Pattern;

/**
 * One value of a field. Values of one kind have an order: keywords that of their bytes in UTF-8, numbers and moments
 * the natural one, and false comes before true. Immutable.
 */
public sealed interface FieldValue extends Comparable<FieldValue> {

    /** The longest keyword, in bytes of UTF-8. */
    int MAX_KEYWORD_BYTES = 1024;

    /** The value as a field's text. Reading it gives the same value again. */
    String text();

    /**
     * A keyword.
     *
     * @throws InvalidInputException if it is empty, longer than {@value #MAX_KEYWORD_BYTES} bytes, or not valid Unicode
     */
    static FieldValue of(String keyword) {
        return new Keyword(keyword);
    }

    /**
     * A number.
     *
     * @throws InvalidInputException if it is NaN or infinite
     */
    static FieldValue of(double number) {
        return new Numeric(number);
    }

    /**
     * A whole number.
     *
     * @throws InvalidInputException if it is not within ±2^53, beyond which a double does not hold every whole number
     */
    static FieldValue of(long number) {
        if (Math.abs(number) > Numeric.MAX_WHOLE || number == Long.MIN_VALUE) {
            throw new InvalidInputException("the number " + number + " is not within ±" + Numeric.MAX_WHOLE
                    + ", and numbers are kept as doubles, which do not hold it exactly: give a double, or make the field"
                    + " a keyword if it names something");
        }
        return new Numeric(number);
    }

    /**
     * A moment, to the microsecond: what is finer is cut off.
     *
     * @throws InvalidInputException if it is not in the years 0001 to 9999
     */
    static FieldValue of(Instant moment) {
        return new Moment(moment);
    }

    /** True or false. */
    static FieldValue of(boolean truth) {
        return new Truth(truth);
    }

    /**
     * The text of a field that has several keywords.
     *
     * @throws InvalidInputException if there is none or one too many, or one is no keyword or holds a line break
     */
    static String textOf(Collection<String> keywords) {
        for (String keyword : keywords) {
            if (keyword.indexOf('\n') >= 0) {
                throw new InvalidInputException("a keyword holds a line break at " + keyword.indexOf('\n')
                        + ", which parts keywords: replace it");
            }
        }
        String text = String.join("\n", keywords);
        FieldType.KEYWORDS.read(text);
        return text;
    }

    @Override
    default int compareTo(FieldValue other) {
        return switch (this) {
            case Keyword one when other instanceof Keyword two -> Arrays.compareUnsigned(
                    one.text.getBytes(StandardCharsets.UTF_8), two.text.getBytes(StandardCharsets.UTF_8));
            case Numeric one when other instanceof Numeric two -> Double.compare(one.number, two.number);
            case Moment one when other instanceof Moment two -> one.at.compareTo(two.at);
            case Truth one when other instanceof Truth two -> Boolean.compare(one.isTrue, two.isTrue);
            case Keyword keyword -> throw unlike(other);
            case Numeric numeric -> throw unlike(other);
            case Moment moment -> throw unlike(other);
            case Truth truth -> throw unlike(other);
        };
    }

    private IllegalArgumentException unlike(FieldValue other) {
        return new IllegalArgumentException("a " + getClass().getSimpleName() + " has no order with a "
                + other.getClass().getSimpleName());
    }

    /**
     * An exact text.
     *
     * @param text 1 to {@value #MAX_KEYWORD_BYTES} bytes of UTF-8
     */
    record Keyword(String text) implements FieldValue {

        public Keyword {
            int bytes = text.getBytes(StandardCharsets.UTF_8).length;
            if (bytes == 0) {
                throw new InvalidInputException("a keyword is empty: leave the value out");
            }
            if (bytes > MAX_KEYWORD_BYTES) {
                throw new InvalidInputException("a keyword has " + bytes + " bytes; the most is " + MAX_KEYWORD_BYTES
                        + ": shorten it, or declare the field as stored");
            }
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
                throw new InvalidInputException("a keyword holds half of a surrogate pair: it is not valid Unicode");
            }
        }

        /** Its beginning. */
        @Override
        public String toString() {
            return "Keyword[" + Shown.quoted(text) + "]";
        }
    }

    /**
     * A number.
     *
     * @param number finite; negative zero is zero
     */
    record Numeric(double number) implements FieldValue {

        /** Up to here a double holds every whole number: 2^53. */
        static final long MAX_WHOLE = 1L << 53;

        private static final int MAX_CHARS = 64;
        private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d{1,4})?");

        public Numeric {
            if (!Double.isFinite(number)) {
                throw new InvalidInputException(number + " is not a finite number: leave the value out");
            }
            number += 0.0; // -0.0 becomes 0.0
        }

        static Numeric parse(String text) {
            if (text.length() > MAX_CHARS || !DECIMAL.matcher(text).matches()) {
                throw new InvalidInputException("a value of " + Shown.length(text)
                        + " is not a number: write it as 12, -0.5 or 1.5e3, in up to " + MAX_CHARS + " characters");
            }
            return new Numeric(Double.parseDouble(text));
        }

        @Override
        public String text() {
            return Math.abs(number) <= MAX_WHOLE && number == Math.rint(number)
                    ? Long.toString((long) number)
                    : Double.toString(number);
        }
    }

    /**
     * A moment.
     *
     * @param at of the years 0001 to 9999; what is finer than microseconds is cut off
     */
    record Moment(Instant at) implements FieldValue {

        private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
        private static final Instant END = Instant.parse("9999-12-31T23:59:59.999999999Z");

        public Moment {
            if (at.isBefore(FIRST) || at.isAfter(END)) {
                throw new InvalidInputException("the instant " + at + " is not in the years 0001 to 9999");
            }
            at = at.truncatedTo(ChronoUnit.MICROS);
        }

        static Moment parse(String text) {
            try {
                return new Moment(Instant.parse(text));
            } catch (DateTimeException e) {
                // The cause repeats the whole value.
                throw new InvalidInputException("a value of " + Shown.length(text)
                        + " is not an instant in ISO-8601: write it as 2026-02-03T04:05:06Z");
            }
        }

        @Override
        public String text() {
            return at.toString();
        }

        /** Microseconds since 1970. */
        public long epochMicros() {
            return ChronoUnit.MICROS.between(Instant.EPOCH, at);
        }
    }

    /**
     * True or false.
     *
     * @param isTrue which
     */
    record Truth(boolean isTrue) implements FieldValue {

        static Truth parse(String text) {
            return switch (text) {
                case "true" -> new Truth(true);
                case "false" -> new Truth(false);
                default -> throw new InvalidInputException(
                        "a value of " + Shown.length(text) + " is no bool: write true or false");
            };
        }

        @Override
        public String text() {
            return Boolean.toString(isTrue);
        }
    }
}
