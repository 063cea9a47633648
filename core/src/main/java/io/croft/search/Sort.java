package io.croft.search;

import java.util.Comparator;
import java.util.Optional;

/**
 * In which order hits come. Documents that lack the field come last in either direction; those that are equal come
 * private ones first, then by organisation and id, so that the order is always the same. Immutable.
 */
public sealed interface Sort {

    /** Best score first: the default. */
    static Sort byScore() {
        return new ByScore();
    }

    /** The least value of this field first. */
    static ByField ascending(String field) {
        return new ByField(field, Direction.ASCENDING, Ties.BY_KEY);
    }

    /** The greatest value of this field first. */
    static ByField descending(String field) {
        return new ByField(field, Direction.DESCENDING, Ties.BY_KEY);
    }

    /** By score. */
    record ByScore() implements Sort {
    }

    /**
     * By a field. It may be of any type but {@link FieldType#KEYWORDS} and {@link FieldType#STORED}.
     *
     * @param field     its name
     * @param direction which value comes first
     * @param ties      what decides between equal values
     */
    record ByField(String field, Direction direction, Ties ties) implements Sort {

        /** The same, with the best score first among equal values. */
        public ByField thenByScore() {
            return new ByField(field, direction, Ties.BY_SCORE);
        }

        /** The order of the field's values, none at all last. */
        public Comparator<Optional<FieldValue>> order() {
            Comparator<FieldValue> order = switch (direction) {
                case ASCENDING -> Comparator.naturalOrder();
                case DESCENDING -> Comparator.reverseOrder();
            };
            return (one, other) -> one.isPresent() && other.isPresent()
                    ? order.compare(one.get(), other.get())
                    : Boolean.compare(other.isPresent(), one.isPresent());
        }
    }

    /** Which value comes first. */
    enum Direction {
        /** The least. */
        ASCENDING,
        /** The greatest. */
        DESCENDING
    }

    /** What decides between documents of equal value. */
    enum Ties {
        /** Private ones first, then organisation and id. */
        BY_KEY,
        /** The score, then as {@link #BY_KEY}. */
        BY_SCORE
    }
}
