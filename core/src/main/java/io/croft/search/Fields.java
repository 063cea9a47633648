package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import io.croft.input.Shown;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Which fields documents and listings have, each declared once with its type: a declared field can be filtered, sorted
 * and counted by. One declaration is valid for all private indexes and the marketplace, and is given to
 * {@link io.croft.Croft.Builder#fields}.
 *
 * <p>Default: {@link #undeclared()}, where every field is only stored and shown. With a declaration, a field that is
 * not in it is refused when a document is put and when a query names it. All processes of an installation declare the
 * same; an index that was made by another declaration is built anew from the database. Values that were stored before
 * the declaration changed and are not of their field's new type count as missing.
 *
 * <p>Each chunk of a text is indexed with its fields of all types but {@link FieldType#STORED}. The bytes of their
 * values, times the text's chunks, are at most 16 MiB, counted with one chunk for each KiB of text; a document or
 * listing that has more is refused.
 *
 * <p>Immutable; each method returns a copy with one more field. Names have 1 to {@value #MAX_NAME_CHARS} characters,
 * not all blank, and there are at most {@value #MAX_FIELDS}; otherwise, or when a name is declared twice, the methods
 * throw {@link InvalidInputException}.
 */
public final class Fields {

    /** The most fields. */
    public static final int MAX_FIELDS = 64;
    /** The longest name of a field. */
    public static final int MAX_NAME_CHARS = Ids.MAX_FIELD_NAME_CHARS;

    private static final Fields UNDECLARED = new Fields(new LinkedHashMap<>(), Unknown.STORED);

    private final SequencedMap<String, FieldType> types;
    private final Unknown unknown;

    /** What becomes of a field that is not declared. */
    private enum Unknown {
        STORED, REFUSED
    }

    private Fields(SequencedMap<String, FieldType> types, Unknown unknown) {
        this.types = Collections.unmodifiableSequencedMap(types);
        this.unknown = unknown;
    }

    /** Nothing is declared: any field may be given and is only stored. */
    public static Fields undeclared() {
        return UNDECLARED;
    }

    /** A declaration to which fields are added; as it is, it allows none. */
    public static Fields declare() {
        return new Fields(new LinkedHashMap<>(), Unknown.REFUSED);
    }

    /** The same and a field of type {@link FieldType#KEYWORD}. */
    public Fields keyword(String name) {
        return with(name, FieldType.KEYWORD);
    }

    /** The same and a field of type {@link FieldType#KEYWORDS}. */
    public Fields keywords(String name) {
        return with(name, FieldType.KEYWORDS);
    }

    /** The same and a field of type {@link FieldType#NUMBER}. */
    public Fields number(String name) {
        return with(name, FieldType.NUMBER);
    }

    /** The same and a field of type {@link FieldType#INSTANT}. */
    public Fields instant(String name) {
        return with(name, FieldType.INSTANT);
    }

    /** The same and a field of type {@link FieldType#BOOL}. */
    public Fields bool(String name) {
        return with(name, FieldType.BOOL);
    }

    /** The same and a field of type {@link FieldType#STORED}. */
    public Fields stored(String name) {
        return with(name, FieldType.STORED);
    }

    private Fields with(String name, FieldType type) {
        if (unknown == Unknown.STORED) {
            throw new InvalidInputException(
                    "field " + Shown.quoted(name) + " cannot be added to Fields.undeclared(): begin with"
                            + " Fields.declare()");
        }
        Ids.checkFieldName("a field name", name);
        if (types.size() == MAX_FIELDS) {
            throw new InvalidInputException("field \"" + name + "\" is one too many: the most is " + MAX_FIELDS);
        }
        SequencedMap<String, FieldType> more = new LinkedHashMap<>(types);
        if (more.put(name, type) != null) {
            throw new InvalidInputException("field \"" + name + "\" is declared twice: once is enough");
        }
        return new Fields(more, unknown);
    }

    /** The declared fields, in their order. */
    public SequencedMap<String, FieldType> types() {
        return types;
    }

    /** The type of a field: empty if there can be none of this name. */
    public Optional<FieldType> type(String name) {
        FieldType declared = types.get(name);
        return unknown == Unknown.STORED ? Optional.of(FieldType.STORED) : Optional.ofNullable(declared);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fields fields && fields.types.equals(types) && fields.unknown == unknown;
    }

    @Override
    public int hashCode() {
        return types.hashCode();
    }

    /** The names with their types, for messages. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        types.forEach((name, type) -> text.append(text.isEmpty() ? "" : ", ").append(name).append(" (")
                .append(type.toString().toLowerCase(Locale.ROOT)).append(')'));
        return text.isEmpty() ? "none" : text.toString();
    }
}
