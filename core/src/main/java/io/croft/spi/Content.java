package io.croft.spi;

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
}
