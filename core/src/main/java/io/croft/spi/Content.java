package io.croft.spi;

import io.croft.input.Shown;
import java.util.Map;
import java.util.Set;

/**
 * What a document and a listing hold, already checked against the limits.
 *
 * @param id     its id
 * @param title  its title, may be empty
 * @param text   its text
 * @param fields its fields
 * @param groups whose members see it; none if everybody does. A listing has none
 */
public record Content(String id, String title, String text, Map<String, String> fields, Set<String> groups) {

    public Content {
        fields = Map.copyOf(fields);
        groups = Set.copyOf(groups);
    }

    /** For everybody. */
    public Content(String id, String title, String text, Map<String, String> fields) {
        this(id, title, text, fields, Set.of());
    }

    /** The id and how much it holds, without text and values. */
    @Override
    public String toString() {
        return "Content[id=" + id + ", text of " + Shown.length(text) + ", fields=" + fields.keySet() + "]";
    }
}
