package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.content.EmbeddingModel;
import io.croft.search.FieldType;
import io.croft.search.FieldValue;
import io.croft.search.Fields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What an index must know of what it holds. An index that was made by another schema must be rebuilt; fields that are
 * only stored are no part of that.
 *
 * @param model  the model of the vectors
 * @param fields the declared fields
 */
public record IndexSchema(EmbeddingModel model, Fields fields) {

    public IndexSchema {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(fields, "fields");
    }

    /** The fields that can be asked for, with their types. */
    public Map<String, FieldType> indexed() {
        Map<String, FieldType> indexed = new LinkedHashMap<>(fields.types());
        indexed.values().removeIf(type -> type == FieldType.STORED);
        return indexed;
    }

    /**
     * The values that a document is indexed by: those of declared fields. A text that is not of its field's type is
     * left out; it was stored before the declaration changed.
     *
     * @param content a document's or listing's fields
     */
    public Map<String, List<FieldValue>> values(Map<String, String> content) {
        Map<String, List<FieldValue>> values = new LinkedHashMap<>();
        fields.types().forEach((name, type) -> {
            String text = content.get(name);
            if (text != null && type != FieldType.STORED) {
                try {
                    values.put(name, type.read(text));
                } catch (InvalidInputException missing) {
                    values.remove(name);
                }
            }
        });
        return values;
    }
}
