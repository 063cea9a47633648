package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What a hit's fields must be. A filter works inside the indexes: it never costs hits that pass it. The fields it names
 * must be declared, see {@link Fields}; that and their types are checked when the query runs.
 *
 * <p>A document that lacks a field passes none of the filters on it, and so it does pass their {@link #not}. A field of
 * several keywords passes if any of its values does. Limits: {@value #MAX_FILTERS} filters in all, nested
 * {@value #MAX_DEPTH} deep, {@value #MAX_VALUES} values of all {@link #in} together. Immutable.
 */
public sealed interface Filter {

    /** The most filters in one, itself and those inside counted. */
    int MAX_FILTERS = 100;
    /** How deep filters may be nested; a filter without others inside is 1 deep. */
    int MAX_DEPTH = 8;
    /** The most values of all {@link In} of one filter. */
    int MAX_VALUES = 1024;

    /** The field is this keyword, or has it among others. */
    static Filter equals(String field, String keyword) {
        return new Equals(field, FieldValue.of(keyword));
    }

    /**
     * The field is this number. A long beyond 2^53 loses digits on its way into a double and is compared as another
     * number: {@link FieldValue#of(long)}, in an {@link Equals}, refuses it.
     */
    static Filter equals(String field, double number) {
        return new Equals(field, FieldValue.of(number));
    }

    /** The field is this moment, to the microsecond. */
    static Filter equals(String field, Instant moment) {
        return new Equals(field, FieldValue.of(moment));
    }

    /** The field is this. */
    static Filter equals(String field, boolean truth) {
        return new Equals(field, FieldValue.of(truth));
    }

    /**
     * The field is one of these keywords, or has one among others.
     *
     * @throws InvalidInputException if there is none or more than {@value #MAX_VALUES}
     */
    static Filter in(String field, Collection<String> keywords) {
        return new In(field, keywords.stream().map(FieldValue::of).toList());
    }

    /**
     * The field is one of these numbers.
     *
     * @throws InvalidInputException if there is none or more than {@value #MAX_VALUES}
     */
    static Filter in(String field, double... numbers) {
        return new In(field, Arrays.stream(numbers).mapToObj(FieldValue::of).toList());
    }

    /**
     * The field is one of these moments, to the microsecond.
     *
     * @throws InvalidInputException if there is none or more than {@value #MAX_VALUES}
     */
    static Filter in(String field, Instant... moments) {
        return new In(field, Arrays.stream(moments).map(FieldValue::of).toList());
    }

    /**
     * The field is a number or moment within ends that are added to this: {@code range("price").atLeast(5).below(9)}.
     */
    static Range range(String field) {
        return new Range(field, Optional.empty(), Optional.empty());
    }

    /** The field is there, with any value of its type. */
    static Filter exists(String field) {
        return new Exists(field);
    }

    /** The keyword, or one of several, begins with this: the same letters in the same case. */
    static Filter prefix(String field, String prefix) {
        return new Prefix(field, prefix);
    }

    /** All of these pass. */
    static Filter all(Filter... filters) {
        return new All(List.of(filters));
    }

    /** All of these pass. */
    static Filter all(Collection<Filter> filters) {
        return new All(List.copyOf(filters));
    }

    /** At least one of these passes. */
    static Filter any(Filter... filters) {
        return new Any(List.of(filters));
    }

    /** At least one of these passes. */
    static Filter any(Collection<Filter> filters) {
        return new Any(List.copyOf(filters));
    }

    /** This does not pass. */
    static Filter not(Filter filter) {
        return new Not(filter);
    }

    /**
     * The field has this value.
     *
     * @param field its name
     * @param value of the field's type
     */
    record Equals(String field, FieldValue value) implements Filter {
    }

    /**
     * The field has one of these values.
     *
     * @param field  its name
     * @param values 1 to {@value #MAX_VALUES}, of the field's type
     */
    record In(String field, List<FieldValue> values) implements Filter {

        public In {
            values = List.copyOf(values);
            if (values.isEmpty() || values.size() > MAX_VALUES) {
                throw new InvalidInputException("the filter " + Shown.quoted(field) + " in … has " + values.size()
                        + " values; give 1 to " + MAX_VALUES);
            }
        }

        /** The field and how many values. */
        @Override
        public String toString() {
            return "In[field=" + Shown.quoted(field) + ", " + values.size() + " values]";
        }
    }

    /**
     * The field is within these ends. A range whose lower end is above its upper end passes nothing.
     *
     * @param field its name
     * @param lower where it begins; empty if it is open there
     * @param upper where it ends; empty if it is open there
     */
    record Range(String field, Optional<End> lower, Optional<End> upper) implements Filter {

        /** The same from this number on. */
        public Range atLeast(double number) {
            return from(FieldValue.of(number), Edge.INCLUDED);
        }

        /** The same from this moment on. */
        public Range atLeast(Instant moment) {
            return from(FieldValue.of(moment), Edge.INCLUDED);
        }

        /** The same above this number. */
        public Range above(double number) {
            return from(FieldValue.of(number), Edge.EXCLUDED);
        }

        /** The same after this moment. */
        public Range after(Instant moment) {
            return from(FieldValue.of(moment), Edge.EXCLUDED);
        }

        /** The same up to this number. */
        public Range atMost(double number) {
            return to(FieldValue.of(number), Edge.INCLUDED);
        }

        /** The same up to this moment. */
        public Range atMost(Instant moment) {
            return to(FieldValue.of(moment), Edge.INCLUDED);
        }

        /** The same below this number. */
        public Range below(double number) {
            return to(FieldValue.of(number), Edge.EXCLUDED);
        }

        /** The same before this moment. */
        public Range before(Instant moment) {
            return to(FieldValue.of(moment), Edge.EXCLUDED);
        }

        /** Whether a value is within the ends; it must be of their type. */
        public boolean contains(FieldValue value) {
            return lower.map(end -> end.edge.allows(value.compareTo(end.value))).orElse(true)
                    && upper.map(end -> end.edge.allows(end.value.compareTo(value))).orElse(true);
        }

        private Range from(FieldValue value, Edge edge) {
            return new Range(field, Optional.of(new End(value, edge)), upper);
        }

        private Range to(FieldValue value, Edge edge) {
            return new Range(field, lower, Optional.of(new End(value, edge)));
        }

        /** As intervals are written: {@code [5, 9)}, with … for an open end. */
        public String label() {
            return lower.map(end -> (end.edge == Edge.INCLUDED ? "[" : "(") + end.value.text()).orElse("(…") + ", "
                    + upper.map(end -> end.value.text() + (end.edge == Edge.INCLUDED ? "]" : ")")).orElse("…)");
        }
    }

    /**
     * An end of a range.
     *
     * @param value where
     * @param edge  whether it is part of the range
     */
    record End(FieldValue value, Edge edge) {
    }

    /** Whether an end is part of its range. */
    enum Edge {
        /** It is. */
        INCLUDED,
        /** It is not. */
        EXCLUDED;

        private boolean allows(int distance) {
            return this == INCLUDED ? distance >= 0 : distance > 0;
        }
    }

    /**
     * The field is there.
     *
     * @param field its name
     */
    record Exists(String field) implements Filter {
    }

    /**
     * The keyword begins with this.
     *
     * @param field  its name
     * @param prefix as a keyword is
     */
    record Prefix(String field, String prefix) implements Filter {

        public Prefix {
            FieldValue.of(prefix);
        }

        /** The field and the beginning of the prefix, as other filters show their values. */
        @Override
        public String toString() {
            return "Prefix[field=" + Shown.quoted(field) + ", prefix=" + Shown.quoted(prefix) + "]";
        }
    }

    /**
     * All of these pass.
     *
     * @param filters at least one
     */
    record All(List<Filter> filters) implements Filter {

        public All {
            filters = some(filters);
        }
    }

    /**
     * At least one of these passes.
     *
     * @param filters at least one
     */
    record Any(List<Filter> filters) implements Filter {

        public Any {
            filters = some(filters);
        }
    }

    /**
     * This does not pass.
     *
     * @param filter what must not pass
     */
    record Not(Filter filter) implements Filter {
    }

    /** The filters directly inside this one. */
    default List<Filter> inside() {
        return switch (this) {
            case All all -> all.filters;
            case Any any -> any.filters;
            case Not not -> List.of(not.filter);
            case Equals one -> List.of();
            case In one -> List.of();
            case Range one -> List.of();
            case Exists one -> List.of();
            case Prefix one -> List.of();
        };
    }

    private static List<Filter> some(List<Filter> filters) {
        if (filters.isEmpty()) {
            throw new InvalidInputException("a filter of all or any of nothing: give at least one filter");
        }
        return List.copyOf(filters);
    }
}
