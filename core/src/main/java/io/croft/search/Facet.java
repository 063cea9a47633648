package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.util.List;

/** What is to be counted beside the hits of a query. The field must be declared, see {@link Fields}. Immutable. */
public sealed interface Facet {

    /** The most values that a facet lists. */
    int MAX_VALUES = 1000;
    /** The most ranges of a facet. */
    int MAX_RANGES = 100;

    /** The name of the field. */
    String field();

    /**
     * How many documents have each value of a field of keywords, of one keyword, or of true and false.
     *
     * @param field its name
     * @param most  how many values to list, the most frequent first: 1 to {@value #MAX_VALUES}
     */
    record Values(String field, int most) implements Facet {

        public Values {
            if (most < 1 || most > MAX_VALUES) {
                throw new InvalidInputException("the facet of " + Shown.quoted(field) + " is to list " + most
                        + " values, which is outside 1 to " + MAX_VALUES);
            }
        }
    }

    /**
     * How many documents are within each of these ranges, which may overlap.
     *
     * @param field  the name of a field of numbers or moments
     * @param ranges 1 to {@value #MAX_RANGES}, all of this field
     */
    record Ranges(String field, List<Filter.Range> ranges) implements Facet {

        public Ranges {
            ranges = List.copyOf(ranges);
            if (ranges.isEmpty() || ranges.size() > MAX_RANGES) {
                throw new InvalidInputException("the facet of " + Shown.quoted(field) + " has " + ranges.size()
                        + " ranges; give 1 to " + MAX_RANGES);
            }
            for (Filter.Range range : ranges) {
                if (!range.field().equals(field)) {
                    throw new InvalidInputException("the facet of " + Shown.quoted(field) + " has a range of "
                            + Shown.quoted(range.field())
                            + ": all must be of its own field");
                }
            }
        }
    }
}
