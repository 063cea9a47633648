package io.croft.engine.search;

import io.croft.engine.search.FieldOrder.Known;
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
import java.util.function.IntFunction;

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
     * wanted; when there is no time for that, what was found stands. Candidates that come later score less, so once
     * some score too little no more are asked for.
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
        Counted counted = new Counted(finds.stream().allMatch(from -> from.candidates().isEmpty()), facets);
        return widened(asked, limit, wanted - shown, counted, perLeg, known(finds, asked, perLeg),
                most -> sources.<Finds>askMore(
                        (source, session) -> new Finds(source, session.candidates(asking.perLeg(most))))
                        .map(more -> known(more, asked, most)));
    }

    private Known known(List<Finds> finds, Asked asked, int perLeg) {
        Merge.Order order = merge.rank(finds, asked.merge());
        return new Known(order.tops(), order.best(), order.belowLeast() ? Set.of() : full(finds, perLeg));
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
        int first = Math.min(MAX_CANDIDATES, shown + limit + SPARE);
        FieldOrder order = new FieldOrder(asked.candidates(first), sort, first);
        List<SortedFinds> finds = sources.ask((source, session) -> new SortedFinds(source,
                session.sorted(order.query(), sort), facets(session, order.query(), asked.query())),
                asked.deadlineNanos());
        Map<Source, List<List<ValueCount>>> facets = new EnumMap<>(Source.class);
        finds.forEach(from -> facets.put(from.source(), from.facets()));
        Counted counted = new Counted(finds.stream().allMatch(from -> from.sorted().isEmpty()), facets);
        return widened(asked, limit, 0, counted, first, order.rank(sources, finds, merge, asked.merge()), most -> {
            FieldOrder wider = new FieldOrder(asked.candidates(most), sort, most);
            return sources.<SortedFinds>askMore((source, session) -> new SortedFinds(source,
                    session.sorted(wider.query(), sort), List.of()))
                    .map(more -> wider.rank(sources, more, merge, asked.merge()));
        });
    }

    /** What the first question told beside the order. */
    private record Counted(boolean nothing, Map<Source, List<List<ValueCount>>> facets) {
    }

    /**
     * Asks for four times as many as long as the page is short or fewer are left than are wanted.
     *
     * @param most  how many were asked for at first
     * @param first what is known from that
     * @param wider what is known from so many; empty if there is no time for that
     */
    private static Found widened(Asked asked, int limit, int wanted, Counted counted, int most, Known first,
            IntFunction<Optional<Known>> wider) {
        Known known = first;
        int asking = most;
        while (true) {
            List<Ranked> rest = asked.rest(known.best());
            boolean filled = Quotas.filled(rest, limit, asked.query(), known.more());
            boolean mayHaveMore = asking < MAX_CANDIDATES && !known.more().isEmpty();
            Found found = new Found(rest, counted.nothing(), known.tops(), counted.facets(), mayHaveMore,
                    filled || mayHaveMore ? Set.of() : known.more());
            if ((filled && rest.size() >= wanted) || !mayHaveMore) {
                return found;
            }
            asking = Math.min(MAX_CANDIDATES, asking * 4);
            Optional<Known> next = wider.apply(asking);
            if (next.isEmpty()) {
                return found;
            }
            known = next.get();
        }
    }

    private static List<List<ValueCount>> facets(IndexSession session, CandidateQuery asking, SearchQuery query) {
        return query.facets().isEmpty() ? List.of() : session.facets(asking, query.facets());
    }
}
