package io.croft.engine.search;

import io.croft.search.SearchQuery;
import io.croft.search.Source;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Chooses a page's hits from all that rank, by the query's least and most of each source. */
final class Quotas {

    private Quotas() {
    }

    /**
     * The best, in their order.
     *
     * @param order best first
     * @param limit the most hits
     */
    static List<Ranked> pick(List<Ranked> order, int limit, SearchQuery query) {
        if (!query.hasQuotas()) {
            return order.subList(0, Math.min(limit, order.size()));
        }
        Map<Source, Integer> counts = new EnumMap<>(Source.class);
        boolean[] picked = new boolean[order.size()];
        int left = limit;
        for (Source source : Source.values()) {
            int least = Math.min(query.least(source), query.most(source));
            left -= take(order, picked, counts, source, Math.min(left, least));
        }
        for (int i = 0; i < order.size() && left > 0; i++) {
            Source source = order.get(i).signals().source();
            if (!picked[i] && counts.getOrDefault(source, 0) < query.most(source)) {
                picked[i] = true;
                counts.merge(source, 1, Integer::sum);
                left--;
            }
        }
        List<Ranked> hits = new ArrayList<>(limit);
        for (int i = 0; i < order.size(); i++) {
            if (picked[i]) {
                hits.add(order.get(i));
            }
        }
        return hits;
    }

    /**
     * Whether a page has what it can have: no further hit of a source that has more would find a place in it for the
     * source's least, or one that is free.
     *
     * @param more the sources that have more
     */
    static boolean filled(List<Ranked> order, int limit, SearchQuery query, Set<Source> more) {
        List<Ranked> page = pick(order, limit, query);
        int left = limit;
        for (Source source : Source.values()) {
            long count = page.stream().filter(hit -> hit.signals().source() == source).count();
            int least = Math.min(left, Math.min(query.least(source), query.most(source)));
            left -= least;
            if (more.contains(source)
                    && (count < least || (page.size() < limit && count < query.most(source)))) {
                return false;
            }
        }
        return true;
    }

    private static int take(List<Ranked> order, boolean[] picked, Map<Source, Integer> counts, Source source,
            int most) {
        int taken = 0;
        for (int i = 0; i < order.size() && taken < most; i++) {
            if (order.get(i).signals().source() == source) {
                picked[i] = true;
                taken++;
            }
        }
        counts.put(source, taken);
        return taken;
    }
}
