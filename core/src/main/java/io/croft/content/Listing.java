package io.croft.content;

import io.croft.input.Shown;
import io.croft.search.FieldType;
import io.croft.search.FieldValue;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A text that one organisation publishes to the marketplace, where every organisation finds it.
 *
 * @param id     unique among the organisation's listings, 1 to 255 bytes of UTF-8 without control characters;
 *               the same id replaces
 * @param title  up to 1,024 characters, may be empty; searched with the text
 * @param text   the text, not blank; the most is set on the builder, by default 1 MiB of UTF-8
 * @param fields up to 64 named values that come back with each hit; names up to 64 characters, values up to 8 KiB,
 *               32 KiB in all. What they may hold beyond that is declared, see {@link io.croft.search.Fields}, and
 *               checked when it is stored
 */
public record Listing(String id, String title, String text, Map<String, String> fields) {

    public Listing {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        ContentLimits.check("listing", id, title, text, fields);
    }

    /**
     * A listing without title and fields.
     *
     * @throws io.croft.InvalidInputException if the id or the text is outside the limits
     */
    public static Listing of(String id, String text) {
        return new Listing(id, "", text, Map.of());
    }

    /** The same with this title. */
    public Listing withTitle(String title) {
        return new Listing(id, title, text, fields);
    }

    /** The same with this field added or replaced. */
    public Listing withField(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new Listing(id, title, text, more);
    }

    /** The same with this number. */
    public Listing withField(String name, double value) {
        return withField(name, FieldValue.of(value).text());
    }

    /** The same with this whole number, which must be within ±2^53: numbers are kept as doubles. */
    public Listing withField(String name, long value) {
        return withField(name, FieldValue.of(value).text());
    }

    /** The same with this moment, to the microsecond. */
    public Listing withField(String name, Instant value) {
        return withField(name, FieldValue.of(value).text());
    }

    /** The same with true or false. */
    public Listing withField(String name, boolean value) {
        return withField(name, FieldValue.of(value).text());
    }

    /** The same with these keywords, up to {@value FieldType#MAX_KEYWORDS}; without the field if there are none. */
    public Listing withField(String name, Collection<String> values) {
        if (!values.isEmpty()) {
            return withField(name, FieldValue.textOf(values));
        }
        Map<String, String> fewer = new LinkedHashMap<>(fields);
        fewer.remove(name);
        return new Listing(id, title, text, fewer);
    }

    /** The id and how much it holds, without text and values. */
    @Override
    public String toString() {
        return "Listing[id=" + id + ", title of " + Shown.length(title) + ", text of " + Shown.length(text)
                + ", fields="
                + fields.keySet() + "]";
    }
}
