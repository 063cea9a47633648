package io.croft.search;

import io.croft.InvalidInputException;

/** Counts what a filter is made of, and stops at the first limit: a filter may hold the same one many times over. */
final class FilterSize {

    private int filters;
    private int values;

    private FilterSize() {
    }

    /**
     * Refuses a filter that is too large.
     *
     * @throws InvalidInputException naming the limit
     */
    static void check(Filter filter) {
        new FilterSize().add(filter, 1);
    }

    private void add(Filter filter, int depth) {
        if (depth > Filter.MAX_DEPTH) {
            throw new InvalidInputException("the filter is nested more than " + Filter.MAX_DEPTH
                    + " deep: put what is inside all, any and not side by side");
        }
        if (++filters > Filter.MAX_FILTERS) {
            throw new InvalidInputException("the filter is made of more than " + Filter.MAX_FILTERS
                    + " filters: use in for several values of one field, or ask in parts");
        }
        if (filter instanceof Filter.In in) {
            values += in.values().size();
            if (values > Filter.MAX_VALUES) {
                throw new InvalidInputException("the filter has more than " + Filter.MAX_VALUES
                        + " values: give a field that groups them, or ask in parts");
            }
        }
        for (Filter inside : filter.inside()) {
            add(inside, depth + 1);
        }
    }
}
