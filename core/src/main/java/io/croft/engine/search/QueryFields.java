package io.croft.engine.search;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import io.croft.search.Facet;
import io.croft.search.FieldType;
import io.croft.search.FieldValue;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.SearchQuery;
import io.croft.search.Sort;
import java.util.Locale;

/** Refuses queries that ask of fields what their declaration does not allow, before any index is asked. */
final class QueryFields {

    private final Fields fields;

    QueryFields(Fields fields) {
        this.fields = fields;
    }

    /**
     * Looks at the filter, the sort, the facets and the boosts.
     *
     * @throws InvalidInputException naming the field, its type or the declared ones, and what can be done
     */
    void check(SearchQuery query) {
        query.filter().ifPresent(this::check);
        switch (query.sort()) {
            case Sort.ByScore score -> {
            }
            case Sort.ByField sort -> {
                if (checkIndexed(sort.field()) == FieldType.KEYWORDS) {
                    throw refused(sort.field(),
                            "cannot be sorted by, for it may have several values: sort by a keyword");
                }
            }
        }
        query.facets().forEach(this::check);
        for (String field : Priors.fields(query.boosts())) {
            if (checkIndexed(field) != FieldType.NUMBER) {
                throw refused(field, "cannot be boosted by: only a number can");
            }
        }
    }

    private void check(Filter filter) {
        switch (filter) {
            case Filter.Equals equals -> checkValue(equals.field(), equals.value());
            case Filter.In in -> in.values().forEach(value -> checkValue(in.field(), value));
            case Filter.Range range -> {
                if (range.lower().isEmpty() && range.upper().isEmpty()) {
                    throw new InvalidInputException("the range of " + Shown.quoted(range.field())
                            + " has no end: add one with atLeast, above, atMost or below, or use Filter.exists");
                }
                checkRange(range);
            }
            case Filter.Exists exists -> checkIndexed(exists.field());
            case Filter.Prefix prefix -> {
                switch (checkIndexed(prefix.field())) {
                    case KEYWORD, KEYWORDS -> {
                    }
                    case NUMBER, INSTANT, BOOL, STORED -> throw refused(prefix.field(), "has no prefix");
                }
            }
            case Filter.All all -> all.filters().forEach(this::check);
            case Filter.Any any -> any.filters().forEach(this::check);
            case Filter.Not not -> check(not.filter());
        }
    }

    private void check(Facet facet) {
        FieldType type = checkIndexed(facet.field());
        switch (facet) {
            case Facet.Values values -> {
                if (type == FieldType.NUMBER || type == FieldType.INSTANT) {
                    throw refused(facet.field(), "is counted by ranges, not by value: give facet(field, ranges)");
                }
            }
            case Facet.Ranges ranges -> ranges.ranges().forEach(this::checkRange);
        }
    }

    private void checkRange(Filter.Range range) {
        switch (checkIndexed(range.field())) {
            case NUMBER, INSTANT -> {
                range.lower().ifPresent(end -> checkValue(range.field(), end.value()));
                range.upper().ifPresent(end -> checkValue(range.field(), end.value()));
            }
            case KEYWORD, KEYWORDS, BOOL, STORED -> throw refused(range.field(),
                    "has no ranges: they are for numbers and instants");
        }
    }

    private void checkValue(String field, FieldValue value) {
        FieldType type = checkIndexed(field);
        boolean fits = switch (value) {
            case FieldValue.Keyword keyword -> type == FieldType.KEYWORD || type == FieldType.KEYWORDS;
            case FieldValue.Numeric number -> type == FieldType.NUMBER;
            case FieldValue.Moment moment -> type == FieldType.INSTANT;
            case FieldValue.Truth truth -> type == FieldType.BOOL;
        };
        if (!fits) {
            throw refused(field, "is compared with the " + switch (value) {
                case FieldValue.Keyword keyword -> "keyword";
                case FieldValue.Numeric number -> "number " + value.text();
                case FieldValue.Moment moment -> "instant " + value.text();
                case FieldValue.Truth truth -> "bool " + value.text();
            } + ": give a value of the field's own type");
        }
    }

    private FieldType checkIndexed(String field) {
        FieldType type = fields.type(field).orElseThrow(() -> new InvalidInputException("the query names the field "
                + Shown.quoted(field)
                + ", which is not declared: use one that is, or add it to the fields on the builder. Declared: "
                + fields));
        if (type == FieldType.STORED) {
            throw onlyStored(field);
        }
        return type;
    }

    private InvalidInputException onlyStored(String field) {
        return new InvalidInputException(
                "field " + Shown.quoted(field) + " is only stored: declare it with a type that can be"
                        + " asked for, on the builder with fields(Fields.declare()…). Declared: " + fields);
    }

    private InvalidInputException refused(String field, String why) {
        String type = fields.type(field).map(known -> known.name().toLowerCase(Locale.ROOT)).orElse("unknown");
        return new InvalidInputException("field " + Shown.quoted(field) + ", declared as " + type + ", " + why);
    }
}
