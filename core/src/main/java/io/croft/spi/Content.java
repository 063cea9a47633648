package io.croft.spi;

import io.croft.input.Shown;
import java.util.Map;

/**
 * What a document and a listing hold, already checked against the limits.
 *
 * @param id     its id
 * @param title  its title, may be empty
 * @param text   its text
 * @param fields its fields
 */
public record Content(String id, String title, String text, Map<String, String> fields) {

    public Content {
        fields = Map.copyOf(fields);
    }

    /** The id and how much it holds, without text and values. */
    @Override
    public String toString() {
        return "Content[id=" + id + ", text of " + Shown.length(text) + ", fields=" + fields.keySet() + "]";
    }
}
