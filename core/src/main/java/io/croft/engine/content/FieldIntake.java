package io.croft.engine.content;

import io.croft.InvalidInputException;
import io.croft.search.FieldType;
import io.croft.search.Fields;
import io.croft.spi.Content;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Refuses content whose fields are not as they were declared, or are too much for its text: each chunk is indexed with
 * all of them. How many chunks a text will have is counted as one for each started KiB.
 */
final class FieldIntake {

    /** The most bytes of all values that are indexed, counted once for each chunk. */
    static final long MAX_INDEXED_BYTES = 16L << 20;

    private static final int CHUNK_BYTES = 1024;

    private final Fields fields;

    FieldIntake(Fields fields) {
        this.fields = fields;
    }

    /**
     * Looks at each field, and at all of them.
     *
     * @param textBytes the length of the content's text, in UTF-8
     * @throws InvalidInputException naming the content, the field and what is wrong with it
     */
    void check(Content content, int textBytes) {
        content.fields().forEach((name, text) -> {
            Optional<FieldType> type = fields.type(name);
            if (type.isEmpty()) {
                throw new InvalidInputException("\"" + content.id() + "\" has a field \"" + name
                        + "\", which is not declared: leave it out, or add it to the fields on the builder. Declared: "
                        + fields);
            }
            try {
                type.get().read(text);
            } catch (InvalidInputException e) {
                throw new InvalidInputException("\"" + content.id() + "\" has a field \"" + name
                        + "\" that is not of its declared type, " + type.get().name().toLowerCase(Locale.ROOT) + ": "
                        + e.getMessage(), e);
            }
        });
        checkIndexed(content, textBytes);
    }

    private void checkIndexed(Content content, int textBytes) {
        long chunks = (textBytes + CHUNK_BYTES - 1L) / CHUNK_BYTES;
        long bytes = 0;
        for (Map.Entry<String, String> field : content.fields().entrySet()) {
            if (fields.type(field.getKey()).orElse(FieldType.STORED) != FieldType.STORED) {
                bytes += field.getValue().getBytes(StandardCharsets.UTF_8).length;
            }
        }
        if (bytes * chunks > MAX_INDEXED_BYTES) {
            throw new InvalidInputException("\"" + content.id() + "\" has declared fields of " + bytes
                    + " bytes and a text of about " + chunks + " chunks, each of which is indexed with them: "
                    + bytes * chunks + " bytes in all; the most is " + MAX_INDEXED_BYTES
                    + ": shorten the values, split the text, or declare as stored what is only shown");
        }
    }
}
