package io.croft.spi.memory;

import io.croft.search.FieldValue;
import io.croft.search.Filter;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexSchema;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The typed fields of one document, and what passes of them: as it is defined, without any index. */
final class FieldsOf {

    private final Map<String, List<FieldValue>> values;

    FieldsOf(IndexSchema schema, ContentChunks document) {
        this.values = schema.values(document.fields());
    }

    List<FieldValue> values(String field) {
        return values.getOrDefault(field, List.of());
    }

    /** Its only value. */
    Optional<FieldValue> value(String field) {
        return values(field).stream().findFirst();
    }

    boolean pass(Filter filter) {
        return switch (filter) {
            case Filter.Equals equals -> values(equals.field()).contains(equals.value());
            case Filter.In in -> values(in.field()).stream().anyMatch(in.values()::contains);
            case Filter.Range range -> values(range.field()).stream().anyMatch(range::contains);
            case Filter.Exists exists -> !values(exists.field()).isEmpty();
            case Filter.Prefix prefix -> values(prefix.field()).stream()
                    .anyMatch(value -> value.text().startsWith(prefix.prefix()));
            case Filter.All all -> all.filters().stream().allMatch(this::pass);
            case Filter.Any any -> any.filters().stream().anyMatch(this::pass);
            case Filter.Not not -> !pass(not.filter());
        };
    }
}
