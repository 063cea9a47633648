package io.croft.intake;

import io.croft.InvalidInputException;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.search.Source;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a host has elsewhere and brings: a text, and the vector that the present embedding model made of it, if there is
 * one. What columns without a value give may be given as it comes: an item may have no title and no value of a field;
 * one without an id or a text is refused. Immutable; the array is copied.
 *
 * @param source the organisation's own documents, or the marketplace
 * @param id     as {@link Document#id}; the same id replaces
 * @param title  as {@link Document#title}
 * @param text   as {@link Document#text}. With a vector it becomes one chunk, without one it is cut and embedded
 * @param fields as {@link Document#fields}
 * @param groups as {@link Document#groups}; a listing has none
 * @param vector of the model's length, finite and not zero; it is scaled to unit length
 */
@SuppressWarnings("ArrayRecordComponent")
public record Imported(Source source, String id, String title, String text, Map<String, String> fields,
        Set<String> groups, Optional<float[]> vector) {

    private static final double LEAST_NORM = 1e-9;

    public Imported {
        // Drivers of databases give null, whatever types say.
        present("id", id);
        present("text", text);
        title = title == null ? "" : title;
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        groups = Set.copyOf(groups);
        switch (source) {
            case PRIVATE -> new Document(id, title, text, fields, groups);
            case MARKETPLACE -> {
                new Listing(id, title, text, fields);
                Upload.checkForEverybody(id, groups);
            }
        }
        String named = id;
        vector = vector.map(values -> unit(named, values));
    }

    private static String present(String what, @Nullable String value) {
        if (value == null) {
            throw new InvalidInputException("an item has no " + what
                    + ": leave it out of what is brought, or give it one");
        }
        return value;
    }

    /**
     * A text without title, fields and vector, for all of the organisation.
     *
     * @throws InvalidInputException if the id or the text is outside the limits, or null
     */
    public static Imported text(Source source, @Nullable String id, @Nullable String text) {
        return new Imported(source, present("id", id), "", present("text", text), Map.of(), Set.of(),
                Optional.empty());
    }

    /** The same with this title; without one if it is null. */
    public Imported withTitle(@Nullable String title) {
        return new Imported(source, id, title == null ? "" : title, text, fields, groups, vector);
    }

    /** The same with this field added or replaced; without it if its value is null. */
    public Imported withField(String name, @Nullable String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        if (value == null) {
            more.remove(name);
        } else {
            more.put(name, value);
        }
        return new Imported(source, id, title, text, more, groups, vector);
    }

    /**
     * The same for members of these groups alone, in place of the groups that it was for; for all of the organisation
     * if there are none.
     *
     * @throws InvalidInputException if they are none that a document may have, or it is a listing
     */
    public Imported withGroups(Collection<String> groups) {
        return new Imported(source, id, title, text, fields, Set.copyOf(groups), vector);
    }

    /**
     * The same with this vector.
     *
     * @throws InvalidInputException if it is not finite, or zero
     */
    public Imported withVector(float[] values) {
        return new Imported(source, id, title, text, fields, groups, Optional.of(values));
    }

    private static float[] unit(String id, float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        double norm = Math.sqrt(squares);
        if (!(norm > LEAST_NORM) || !Double.isFinite(norm)) {
            throw new InvalidInputException("the vector of \"" + id + "\" is zero or not finite: leave it out");
        }
        float[] unit = new float[values.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (values[i] / norm);
        }
        return unit;
    }

    /** Which one it is, without texts and values. */
    @Override
    public String toString() {
        return "Imported[source=" + source + ", id=" + id + ", fields=" + fields.keySet() + ", groups=" + groups
                + "]";
    }
}
