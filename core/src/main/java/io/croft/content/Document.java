package io.croft.content;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import io.croft.input.Shown;
import io.croft.search.FieldType;
import io.croft.search.FieldValue;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A private text of one organisation.
 *
 * @param id     unique among the organisation's documents, 1 to 255 bytes of UTF-8 without control characters;
 *               the same id replaces
 * @param title  up to 1,024 characters, may be empty; searched with the text
 * @param text   the text, not blank; the most is set on the builder, by default 1 MiB of UTF-8
 * @param fields up to 64 named values that come back with each hit; names up to 64 characters, values up to 8 KiB,
 *               32 KiB in all. What they may hold beyond that is declared, see {@link io.croft.search.Fields}, and
 *               checked when it is stored
 * @param groups the groups whose members see it, up to {@value #MAX_GROUPS}; none if all of the organisation do. Who is
 *               no {@link io.croft.Role#MEMBER} sees it in any case
 */
public record Document(String id, String title, String text, Map<String, String> fields, Set<String> groups) {

    /** The most groups. */
    public static final int MAX_GROUPS = 64;

    public Document {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        groups = Set.copyOf(groups);
        ContentLimits.check("document", id, title, text, fields);
        if (groups.size() > MAX_GROUPS) {
            throw new InvalidInputException("document \"" + id + "\" is for " + groups.size()
                    + " groups; the most is " + MAX_GROUPS + ": make one of several");
        }
        groups.forEach(group -> Ids.checkName("document \"" + id + "\": name of a group", group));
    }

    /** For all of the organisation. */
    public Document(String id, String title, String text, Map<String, String> fields) {
        this(id, title, text, fields, Set.of());
    }

    /**
     * A document without title and fields.
     *
     * @throws io.croft.InvalidInputException if the id or the text is outside the limits
     */
    public static Document text(String id, String text) {
        return new Document(id, "", text, Map.of());
    }

    /** The same with this title. */
    public Document withTitle(String title) {
        return new Document(id, title, text, fields, groups);
    }

    /**
     * The same for members of these groups alone, in place of the groups that it was for; for all of the organisation
     * if there are none.
     *
     * @param groups up to {@value #MAX_GROUPS}, names of 1 to 128 characters on one line
     * @throws InvalidInputException if they are more or have other names
     */
    public Document withGroups(Collection<String> groups) {
        return new Document(id, title, text, fields, Set.copyOf(groups));
    }

    /** The same with this field added or replaced. */
    public Document withField(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new Document(id, title, text, more, groups);
    }

    /** The same with this number. */
    public Document withField(String name, double value) {
        return withField(name, FieldValue.of(value).text());
    }

    /** The same with this whole number, which must be within ±2^53: numbers are kept as doubles. */
    public Document withField(String name, long value) {
        return withField(name, FieldValue.of(value).text());
    }

    /** The same with this moment, to the microsecond. */
    public Document withField(String name, Instant value) {
        return withField(name, FieldValue.of(value).text());
    }

    /** The same with true or false. */
    public Document withField(String name, boolean value) {
        return withField(name, FieldValue.of(value).text());
    }

    /** The same with these keywords, up to {@value FieldType#MAX_KEYWORDS}; without the field if there are none. */
    public Document withField(String name, Collection<String> values) {
        if (!values.isEmpty()) {
            return withField(name, FieldValue.textOf(values));
        }
        Map<String, String> fewer = new LinkedHashMap<>(fields);
        fewer.remove(name);
        return new Document(id, title, text, fewer, groups);
    }

    /** The id and how much it holds, without text and values. */
    @Override
    public String toString() {
        return "Document[id=" + id + ", title of " + Shown.length(title) + ", text of " + Shown.length(text)
                + ", fields="
                + fields.keySet() + ", groups=" + groups + "]";
    }
}
