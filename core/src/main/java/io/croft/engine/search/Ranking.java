package io.croft.engine.search;

import io.croft.engine.search.FieldOrder.SortedLeg;
import io.croft.engine.search.Merge.Leg;
import io.croft.search.RelevanceScorer;
import io.croft.search.SearchQuery;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.ValueCount;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks the sources of a query for candidates and brings them into one order. Thread-safe. */
final class Ranking {

    static final int MIN_CANDIDATES = 100;
    static final int MAX_CANDIDATES = 10_000;
    /** How many documents more than a page needs are sorted by a field. */
    private static final int SPARE = 20;

    private final Merge merge;

    Ranking(Merge merge) {
        this.merge = merge;
    }

    /**
     * What was found.
     *
     * @param order       what ranks and was not shown
     * @param nothing     whether no source had a candidate
     * @param tops        what relative scores were measured against
     * @param facets      what was counted
     * @param mayHaveMore whether asking for more candidates may find more
     */
    record Found(List<Ranked> order, boolean nothing, RelevanceScorer.Tops tops,
            Map<Source, List<List<ValueCount>>> facets, boolean mayHaveMore) {
    }

    /**
     * Asks for more candidates while documents of many chunks leave fewer hits than are wanted; when there is no time
     * for that, what was found stands. Candidates that come later score less, so once some score too little no more are
     * asked for.
     *
     * @param documents how many are wanted, those that were shown before included
     * @param shown     how many were shown before
     */
    Found byScore(Sources sources, Asked asked, int documents, int shown) {
        int wanted = documents - shown;
        int perLeg = Math.min(MAX_CANDIDATES, Math.max(MIN_CANDIDATES, 2 * documents));
        CandidateQuery asking = asked.candidates(perLeg);
        List<Leg> legs = sources.ask((source, session) -> new Leg(source, session.candidates(asking),
                facets(session, asking, asked.query())), asked.deadlineNanos());
        Map<Source, List<List<ValueCount>>> facets = new EnumMap<>(Source.class);
        legs.forEach(leg -> facets.put(leg.source(), leg.facets()));
        boolean nothing = legs.stream().allMatch(leg -> leg.candidates().isEmpty());
        while (true) {
            Merge.Order order = merge.rank(legs, asked.merge());
            List<Ranked> rest = asked.rest(order.best());
            int most = perLeg;
            boolean mayHaveMore = perLeg < MAX_CANDIDATES && !order.belowLeast()
                    && legs.stream().anyMatch(leg -> leg.candidates().size() >= most);
            Found found = new Found(rest, nothing, order.tops(), facets, mayHaveMore);
            if (rest.size() >= wanted || !mayHaveMore) {
                return found;
            }
            perLeg = Math.min(MAX_CANDIDATES, perLeg * 4);
            CandidateQuery askingMore = asking.perLeg(perLeg);
            Optional<List<Leg>> more = sources.askMore(
                    (source, session) -> new Leg(source, session.candidates(askingMore)));
            if (more.isEmpty()) {
                return found;
            }
            legs = more.get();
        }
    }

    /** Looks a little further than the page, so that near-duplicates seldom leave it short. */
    Found byField(Sources sources, Asked asked, Sort.ByField sort, int wanted) {
        int most = Math.min(MAX_CANDIDATES, wanted + SPARE);
        FieldOrder order = new FieldOrder(asked.candidates(most), sort, most);
        List<SortedLeg> legs = sources.ask((source, session) -> new SortedLeg(source,
                session.sorted(order.query(), sort), facets(session, order.query(), asked.query())),
                asked.deadlineNanos());
        Map<Source, List<List<ValueCount>>> facets = new EnumMap<>(Source.class);
        legs.forEach(leg -> facets.put(leg.source(), leg.facets()));
        Merge.Order ranked = order.rank(sources, legs, merge, asked.merge());
        return new Found(asked.rest(ranked.best()), legs.stream().allMatch(leg -> leg.sorted().isEmpty()),
                ranked.tops(), facets, legs.stream().mapToInt(leg -> leg.sorted().size()).sum() >= most);
    }

    private static List<List<ValueCount>> facets(IndexSession session, CandidateQuery asking, SearchQuery query) {
        return query.facets().isEmpty() ? List.of() : session.facets(asking, query.facets());
    }
}
