package io.croft.engine.search;

import io.croft.engine.search.FieldOrder.SortedFinds;
import io.croft.engine.search.Merge.Finds;
import io.croft.search.RelevanceScorer;
import io.croft.search.SearchQuery;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.ValueCount;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
     * @param cut         the sources that have more than is ever asked for, if they leave the page short
     */
    record Found(List<Ranked> order, boolean nothing, RelevanceScorer.Tops tops,
            Map<Source, List<List<ValueCount>>> facets, boolean mayHaveMore, Set<Source> cut) {
    }

    /**
     * Asks for more candidates while documents of many chunks, near-duplicates or quotas leave fewer hits than are
     * wanted; when there is no time for that, what was found stands. Candidates that come later score less, so once some
     * score too little no more are asked for.
     *
     * @param wanted    how many documents are wanted, those that were shown before included
     * @param shown     how many were shown before
     * @param limit     the most hits of the page
     */
    Found byScore(Sources sources, Asked asked, int wanted, int shown, int limit) {
        int perLeg = Math.min(MAX_CANDIDATES, Math.max(MIN_CANDIDATES, 2 * wanted));
        CandidateQuery asking = asked.candidates(perLeg);
        List<Finds> finds = sources.ask((source, session) -> new Finds(source, session.candidates(asking),
                facets(session, asking, asked.query())), asked.deadlineNanos());
        Map<Source, List<List<ValueCount>>> facets = new EnumMap<>(Source.class);
        finds.forEach(from -> facets.put(from.source(), from.facets()));
        boolean nothing = finds.stream().allMatch(from -> from.candidates().isEmpty());
        while (true) {
            Merge.Order order = merge.rank(finds, asked.merge());
            List<Ranked> rest = asked.rest(order.best());
            Set<Source> more = order.belowLeast() ? Set.of() : full(finds, perLeg);
            boolean filled = Quotas.filled(rest, limit, asked.query(), more);
            boolean mayHaveMore = perLeg < MAX_CANDIDATES && !more.isEmpty();
            Found found = new Found(rest, nothing, order.tops(), facets, mayHaveMore,
                    filled || mayHaveMore ? Set.of() : more);
            if ((filled && rest.size() >= wanted - shown) || !mayHaveMore) {
                return found;
            }
            perLeg = Math.min(MAX_CANDIDATES, perLeg * 4);
            CandidateQuery askingMore = asking.perLeg(perLeg);
            Optional<List<Finds>> next = sources.askMore(
                    (source, session) -> new Finds(source, session.candidates(askingMore)));
            if (next.isEmpty()) {
                return found;
            }
            finds = next.get();
        }
    }

    private static Set<Source> full(List<Finds> finds, int perLeg) {
        Set<Source> full = EnumSet.noneOf(Source.class);
        finds.stream().filter(from -> from.candidates().size() >= perLeg).forEach(from -> full.add(from.source()));
        return full;
    }

    /**
     * Looks a little further than the page, and asks for more documents while those that score too little,
     * near-duplicates or quotas leave it short; when there is no time for that, what was found stands.
     *
     * @param shown how many were shown before
     * @param limit the most hits of the page
     */
    Found byField(Sources sources, Asked asked, Sort.ByField sort, int shown, int limit) {
        int most = Math.min(MAX_CANDIDATES, shown + limit + SPARE);
        FieldOrder asking = new FieldOrder(asked.candidates(most), sort, most);
        FieldOrder order = asking;
        List<SortedFinds> finds = sources.ask((source, session) -> new SortedFinds(source,
                session.sorted(asking.query(), sort), facets(session, asking.query(), asked.query())),
                asked.deadlineNanos());
        Map<Source, List<List<ValueCount>>> facets = new EnumMap<>(Source.class);
        finds.forEach(from -> facets.put(from.source(), from.facets()));
        boolean nothing = finds.stream().allMatch(from -> from.sorted().isEmpty());
        while (true) {
            FieldOrder.Known known = order.rank(sources, finds, merge, asked.merge());
            List<Ranked> rest = asked.rest(known.best());
            boolean filled = Quotas.filled(rest, limit, asked.query(), known.more());
            boolean mayHaveMore = most < MAX_CANDIDATES && !known.more().isEmpty();
            Found found = new Found(rest, nothing, known.tops(), facets, mayHaveMore,
                    filled || mayHaveMore ? Set.of() : known.more());
            if (filled || !mayHaveMore) {
                return found;
            }
            most = Math.min(MAX_CANDIDATES, most * 4);
            FieldOrder askingMore = new FieldOrder(asked.candidates(most), sort, most);
            Optional<List<SortedFinds>> next = sources.askMore((source, session) -> new SortedFinds(source,
                    session.sorted(askingMore.query(), sort), List.of()));
            if (next.isEmpty()) {
                return found;
            }
            finds = next.get();
            order = askingMore;
        }
    }

    private static List<List<ValueCount>> facets(IndexSession session, CandidateQuery asking, SearchQuery query) {
        return query.facets().isEmpty() ? List.of() : session.facets(asking, query.facets());
    }
}
