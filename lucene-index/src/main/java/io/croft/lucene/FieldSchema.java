package io.croft.lucene;

import io.croft.search.FieldType;
import io.croft.search.FieldValue;
import io.croft.search.Filter;
import io.croft.spi.IndexSchema;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.NumericUtils;

/**
 * How declared fields are indexed: terms or points to filter by, and doc values to sort and count by. Every chunk of a
 * document has them, so that chunks are filtered without looking at others.
 */
final class FieldSchema {

    private static final String PREFIX = "field.";

    private final IndexSchema schema;
    private final Map<String, FieldType> indexed;

    FieldSchema(IndexSchema schema) {
        this.schema = schema;
        this.indexed = Map.copyOf(schema.indexed());
    }

    /** The name of a field in Lucene: no other field of a chunk can have it. */
    static String name(String field) {
        return PREFIX + field;
    }

    /**
     * The type of a declared field.
     *
     * @throws IllegalArgumentException if it was not declared: callers check that
     */
    FieldType type(String field) {
        FieldType type = indexed.get(field);
        if (type == null) {
            throw new IllegalArgumentException("field \"" + field + "\" is not declared");
        }
        return type;
    }

    /** Says what was declared in a few characters: another declaration has another text. */
    String hash() {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(indexed).forEach((name, type) -> text.append(type).append(' ').append(name).append('\0'));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** The values of a document, to be added to each of its chunks. */
    Map<String, List<FieldValue>> values(Map<String, String> fields) {
        return schema.values(fields);
    }

    /** Adds a document's values to a chunk. */
    void add(Map<String, List<FieldValue>> values, List<IndexableField> chunk) {
        values.forEach((field, all) -> all.stream().distinct().forEach(value -> add(field, value, chunk)));
    }

    private void add(String field, FieldValue value, List<IndexableField> chunk) {
        switch (value) {
            case FieldValue.Numeric numeric -> addNumber(name(field), number(numeric), chunk);
            case FieldValue.Moment moment -> addNumber(name(field), number(moment), chunk);
            case FieldValue.Keyword keyword -> addTerm(field, keyword, chunk);
            case FieldValue.Truth truth -> addTerm(field, truth, chunk);
        }
    }

    private static void addNumber(String name, long number, List<IndexableField> chunk) {
        chunk.add(new LongPoint(name, number));
        chunk.add(new NumericDocValuesField(name, number));
    }

    private void addTerm(String field, FieldValue value, List<IndexableField> chunk) {
        String name = name(field);
        BytesRef term = new BytesRef(value.text());
        chunk.add(new StringField(name, term, Field.Store.NO));
        chunk.add(type(field) == FieldType.KEYWORDS
                ? new SortedSetDocValuesField(name, term)
                : new SortedDocValuesField(name, term));
    }

    /** The whole number that stands for a number or moment in the index: in the same order as they are. */
    static long number(FieldValue value) {
        return switch (value) {
            case FieldValue.Numeric numeric -> NumericUtils.doubleToSortableLong(numeric.number());
            case FieldValue.Moment moment -> moment.epochMicros();
            case FieldValue.Keyword keyword -> throw new IllegalArgumentException("a keyword is no number");
            case FieldValue.Truth truth -> throw new IllegalArgumentException("a bool is no number");
        };
    }

    /** The least number within a range. */
    static long lower(Filter.Range range) {
        return range.lower().map(end -> number(end.value()) + (end.edge() == Filter.Edge.EXCLUDED ? 1 : 0))
                .orElse(Long.MIN_VALUE);
    }

    /** The greatest number within a range; it may be below the least. */
    static long upper(Filter.Range range) {
        return range.upper().map(end -> number(end.value()) - (end.edge() == Filter.Edge.EXCLUDED ? 1 : 0))
                .orElse(Long.MAX_VALUE);
    }
}
