package io.croft.engine.content;

import io.croft.InvalidInputException;
import io.croft.search.FieldType;
import io.croft.search.Fields;
import io.croft.spi.Content;
import java.util.Locale;
import java.util.Optional;

/** Refuses content whose fields are not as they were declared. */
final class FieldIntake {

    private final Fields fields;

    FieldIntake(Fields fields) {
        this.fields = fields;
    }

    /**
     * Looks at each field.
     *
     * @throws InvalidInputException naming the content, the field and what is wrong with it
     */
    void check(Content content) {
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
    }
}
