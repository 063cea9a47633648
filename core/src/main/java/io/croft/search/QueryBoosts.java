package io.croft.search;

import io.croft.InvalidInputException;
import java.util.ArrayList;
import java.util.List;

/** Which boosts a query may have together. */
final class QueryBoosts {

    /** What a sum of weights may be off by. */
    private static final double ROUNDING = 1e-9;

    private QueryBoosts() {
    }

    /** These with another one, which replaces one of the same kind, for the same source, or by the same field. */
    static List<Boost> with(List<Boost> boosts, Boost boost) {
        List<Boost> more = new ArrayList<>(boosts);
        more.removeIf(other -> switch (other) {
            case Boost.Recency recency -> boost instanceof Boost.Recency;
            case Boost.BySource one -> boost instanceof Boost.BySource another && another.source() == one.source();
            case Boost.ByField one -> boost instanceof Boost.ByField another && another.field().equals(one.field());
        });
        more.add(boost);
        if (more.size() > SearchQuery.MAX_BOOSTS) {
            throw new InvalidInputException("the boost by " + boost.part() + " is one too many: the most is "
                    + SearchQuery.MAX_BOOSTS);
        }
        double total = more.stream().mapToDouble(one -> Math.abs(one.weight())).sum();
        if (total > Boost.MAX_TOTAL_WEIGHT + ROUNDING) {
            throw new InvalidInputException("with the boost by " + boost.part() + " all boosts weigh " + total
                    + " together: the most is " + Boost.MAX_TOTAL_WEIGHT + "; give them lesser weights");
        }
        return List.copyOf(more);
    }
}
