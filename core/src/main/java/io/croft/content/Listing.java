package io.croft.content;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A text that one organisation publishes to the marketplace, where every organisation finds it.
 *
 * @param id     unique among the organisation's listings, 1 to 255 bytes of UTF-8; the same id replaces
 * @param title  up to 1,024 characters, may be empty; searched with the text
 * @param text   the text, not blank; the most is set on the builder, by default 1 MiB of UTF-8
 * @param fields up to 64 named values that come back with each hit; names up to 64 characters, values up to 8 KiB,
 *               32 KiB in all
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
}
