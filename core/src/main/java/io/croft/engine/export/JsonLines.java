package io.croft.engine.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * Writes JSON objects, one a line, as they come: nothing of a line is held. What fails below is thrown as an
 * {@link UncheckedIOException}. Used by one thread.
 */
final class JsonLines {

    private final Writer out;
    private boolean first;
    private long lines;

    JsonLines(Writer out) {
        this.out = out;
    }

    /** How many lines were ended. */
    long lines() {
        return lines;
    }

    JsonLines begin() {
        first = true;
        return raw('{');
    }

    void end() {
        raw('}').raw('\n');
        lines++;
    }

    JsonLines field(String name, String value) {
        return name(name).string(value);
    }

    JsonLines field(String name, long value) {
        return name(name).raw(Long.toString(value));
    }

    JsonLines field(String name, boolean value) {
        return name(name).raw(Boolean.toString(value));
    }

    JsonLines field(String name, Instant value) {
        return name(name).string(value.toString());
    }

    /** A time, if there is one. */
    JsonLines time(String name, Optional<Instant> value) {
        return value.map(time -> field(name, time)).orElse(this);
    }

    /** A text, if there is one. */
    JsonLines text(String name, Optional<String> value) {
        return value.map(text -> field(name, text)).orElse(this);
    }

    /** An object of strings. */
    JsonLines field(String name, Map<String, String> values) {
        name(name).raw('{');
        boolean begun = false;
        for (Map.Entry<String, String> value : values.entrySet()) {
            if (begun) {
                raw(',');
            }
            begun = true;
            string(value.getKey()).raw(':').string(value.getValue());
        }
        return raw('}');
    }

    /** An object of numbers. */
    JsonLines counts(String name, Map<String, Long> values) {
        name(name).raw('{');
        boolean begun = false;
        for (Map.Entry<String, Long> value : values.entrySet()) {
            if (begun) {
                raw(',');
            }
            begun = true;
            string(value.getKey()).raw(':').raw(Long.toString(value.getValue()));
        }
        return raw('}');
    }

    /** A list of strings. */
    JsonLines field(String name, Collection<String> values) {
        name(name).raw('[');
        boolean begun = false;
        for (String value : values) {
            if (begun) {
                raw(',');
            }
            begun = true;
            string(value);
        }
        return raw(']');
    }

    /** What is JSON already: brought into one line, which changes only white space between tokens. */
    JsonLines json(String name, String json) {
        return name(name).raw(json.replace('\n', ' ').replace('\r', ' '));
    }

    private JsonLines name(String name) {
        if (!first) {
            raw(',');
        }
        first = false;
        return string(name).raw(':');
    }

    private JsonLines string(String text) {
        raw('"');
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\' || c < 0x20 || c == 0x7f || c == '\u2028' || c == '\u2029') {
                raw(text, from, i);
                raw(escaped(c));
                from = i + 1;
            }
        }
        raw(text, from, text.length());
        return raw('"');
    }

    private static String escaped(char c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> String.format("\\u%04x", (int) c);
        };
    }

    private JsonLines raw(String text) {
        return raw(text, 0, text.length());
    }

    private JsonLines raw(char c) {
        try {
            out.write(c);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private JsonLines raw(String text, int from, int to) {
        try {
            out.write(text, from, to - from);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }
}
