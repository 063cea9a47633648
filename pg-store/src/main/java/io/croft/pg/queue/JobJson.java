package io.croft.pg.queue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.croft.InvalidInputException;
import io.croft.spi.BoundedText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;

/**
 * Checks JSON before it is sent, so that what {@code jsonb} cannot hold is refused by itself and does not fail a
 * statement that carries others: bad syntax, U+0000, half a surrogate pair, more than 1,000 levels; and numbers beyond
 * {@code 10^±400} or of more than 1,000 digits, and more than {@value #MAX_WRITTEN} digits in all, since {@code jsonb}
 * writes every number out: {@code 1e9999} has 10,000 digits there.
 */
final class JobJson {

    private static final int MAX_EXPONENT = 400;
    private static final int MAX_DIGITS = 1_000;
    /** Twice the characters of the longest payload. */
    private static final int MAX_WRITTEN = 1 << 19;
    private static final JsonFactory FACTORY = new JsonFactory();

    private JobJson() {
    }

    /** Checks that this is one JSON object. */
    static void checkPayload(String kind, String json) {
        check("the payload of a " + kind + " job is not a JSON object that can be stored", json, Wanted.OBJECT);
    }

    /** Checks that this is one JSON value. */
    static void checkResult(String json) {
        check("the result of a job is not a JSON value that can be stored", json, Wanted.ANY_VALUE);
    }

    private enum Wanted {
        OBJECT, ANY_VALUE
    }

    private static void check(String problem, String json, Wanted wanted) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            JsonToken first = parser.nextToken();
            if (first == null || (wanted == Wanted.OBJECT && first != JsonToken.START_OBJECT)) {
                throw refused(problem, "it is " + (first == null ? "empty" : "another value"), 0);
            }
            int depth = 0;
            long written = 0;
            for (JsonToken token = first; token != null; token = parser.nextToken()) {
                checkText(problem, parser, token);
                if (token.isNumeric()) {
                    written += written(problem, parser);
                    if (written > MAX_WRITTEN) {
                        throw refused(problem, "numbers that have more than " + MAX_WRITTEN + " digits in all, written "
                                + "out as they are kept, and belong into strings",
                                parser.currentTokenLocation().getCharOffset());
                    }
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth == 0 && parser.nextToken() != null) {
                    throw refused(problem, "something follows it", parser.currentTokenLocation().getCharOffset());
                }
            }
        } catch (StreamConstraintsException e) {
            throw refused(problem, "more than 1,000 levels, a name of more than 50,000 characters, or a number of more "
                    + "than 1,000 digits, which belongs into a string",
                    e.getLocation() == null ? 0 : e.getLocation().getCharOffset());
        } catch (JsonProcessingException e) {
            throw refused(problem, "bad syntax", e.getLocation() == null ? 0 : e.getLocation().getCharOffset());
        } catch (IOException e) {
            throw new UncheckedIOException("reading from a string failed", e);
        }
    }

    private static void checkText(String problem, JsonParser parser, JsonToken token) throws IOException {
        if ((token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING)
                && !BoundedText.isStorable(parser.getText())) {
            throw refused(problem, "a string with U+0000 or half a surrogate pair",
                    parser.currentTokenLocation().getCharOffset());
        }
    }

    /** About how many digits this number has when it is written out. */
    private static long written(String problem, JsonParser parser) throws IOException {
        long at = parser.currentTokenLocation().getCharOffset();
        String text = parser.getText();
        try {
            BigDecimal number = new BigDecimal(text); // of 1,000 digits at most, or the parser refuses it
            long scale = Math.abs((long) number.scale()); // zeros count too: 0e9999 has as many behind its point
            long exponent = (long) number.precision() - number.scale() - 1;
            if (Math.abs(exponent) <= MAX_EXPONENT && scale <= MAX_DIGITS) {
                return Math.max(number.precision(), scale);
            }
        } catch (NumberFormatException e) {
            throw tooLong(problem, at);
        }
        throw tooLong(problem, at);
    }

    private static InvalidInputException tooLong(String problem, long at) {
        return refused(problem, "a number beyond 10^" + MAX_EXPONENT + " or of more than " + MAX_DIGITS
                + " digits, which belongs into a string", at);
    }

    private static InvalidInputException refused(String problem, String why, long offset) {
        return new InvalidInputException(problem + ": " + why + " at character " + Math.max(0, offset));
    }
}
