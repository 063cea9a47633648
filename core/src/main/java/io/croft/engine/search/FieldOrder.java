package io.croft.engine.search;

import io.croft.engine.search.Merge.Finds;
import io.croft.search.FieldValue;
import io.croft.search.Filter;
import io.croft.search.RelevanceScorer.Tops;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Sorted;
import io.croft.spi.IndexSession.ValueCount;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Puts the candidates of both sources in the order of a field.
 *
 * <p>Each source gives its first documents by the field, so the first of both together are among them. Where scores
 * decide between equal values, that is not enough: a source may have any number of documents with the value that the
 * answer ends in, and gives just some. So the best by score among those are asked for as well, by a filter.
 */
final class FieldOrder {

    private final CandidateQuery query;
    private final Sort.ByField sort;
    private final int limit;
    private final Comparator<Optional<FieldValue>> byValue;
    private final Map<Ranked.Place, Optional<FieldValue>> values = new HashMap<>();

    /**
     * An order of the answer to a query.
     *
     * @param query what to ask the sources
     * @param limit how many documents are looked at
     */
    FieldOrder(CandidateQuery query, Sort.ByField sort, int limit) {
        this.query = query.perLeg(limit);
        this.sort = sort;
        this.limit = limit;
        this.byValue = sort.order();
    }

    /**
     * What one source found by the field.
     *
     * @param source the source
     * @param sorted its first documents
     * @param facets what it counted
     */
    record SortedFinds(Source source, List<Sorted> sorted, List<List<ValueCount>> facets) {
    }

    /** What to ask each source. */
    CandidateQuery query() {
        return query;
    }

    /**
     * What is known of the order.
     *
     * @param tops what relative scores were measured against
     * @param best the first documents, without those that score too little or say the same as others
     * @param more the sources that have documents behind those that were looked at
     */
    record Known(Tops tops, List<Ranked> best, Set<Source> more) {
    }

    /**
     * What the answers say of the order. Of all documents only the first are looked at, for behind them either source
     * may have others between; what scores too little is among them.
     *
     * @param sources where to ask for more
     */
    Known rank(Sources sources, List<SortedFinds> sorted, Merge merge, Merge.Ask ask) {
        Map<Source, Set<Candidate>> candidates = new HashMap<>();
        for (SortedFinds from : sorted) {
            Set<Candidate> own = candidates.computeIfAbsent(from.source(), source -> new LinkedHashSet<>());
            for (Sorted one : from.sorted()) {
                own.add(one.candidate());
                values.put(new Ranked.Place(from.source(), one.candidate().key()), one.value());
            }
        }
        if (sort.ties() == Sort.Ties.BY_SCORE && values.size() >= limit) {
            Optional<FieldValue> last =
                    values.values().stream().sorted(byValue).skip(limit - 1).findFirst().orElseThrow();
            addTies(sources, last, candidates);
        }
        List<Finds> finds = new ArrayList<>(2);
        candidates.forEach((source, own) -> finds.add(new Finds(source, List.copyOf(own))));
        Merge.Scored scored = merge.score(finds, ask);
        List<Ranked> all = new ArrayList<>(scored.all());
        all.sort(order());
        List<Ranked> best = Merge.bestOfEach(all);
        List<Ranked> first = best.subList(0, Math.min(limit, best.size()));
        Set<Source> more = EnumSet.noneOf(Source.class);
        best.subList(first.size(), best.size()).forEach(ranked -> more.add(ranked.signals().source()));
        sorted.stream().filter(this::isFull).forEach(from -> more.add(from.source()));
        return new Known(scored.tops(), Merge.withoutDuplicates(Merge.enough(first, ask.query()), ask.query()), more);
    }

    private boolean isFull(SortedFinds from) {
        return from.sorted().stream().map(one -> one.candidate().key()).distinct().count() >= limit;
    }

    /** Adds the best by score of the documents that have this value. */
    private void addTies(Sources sources, Optional<FieldValue> value, Map<Source, Set<Candidate>> candidates) {
        Filter same = value.<Filter>map(one -> new Filter.Equals(sort.field(), one))
                .orElseGet(() -> Filter.not(Filter.exists(sort.field())));
        Filter both = query.filter().map(filter -> Filter.all(filter, same)).orElse(same);
        CandidateQuery ties = query.filter(both)
                .perLeg(Math.min(Ranking.MAX_CANDIDATES, Math.max(Ranking.MIN_CANDIDATES, 4 * limit)));
        sources.askMore((source, session) -> new Finds(source, session.candidates(ties))).ifPresent(finds -> {
            for (Finds from : finds) {
                for (Candidate candidate : from.candidates()) {
                    if (query.mode() == SearchMode.VECTOR || candidate.bm25() > 0) {
                        candidates.computeIfAbsent(from.source(), source -> new LinkedHashSet<>()).add(candidate);
                        values.put(new Ranked.Place(from.source(), candidate.key()), value);
                    }
                }
            }
        });
    }

    private Comparator<Ranked> order() {
        Comparator<Ranked> first = Comparator.comparing(
                ranked -> values.getOrDefault(ranked.place(), Optional.empty()), byValue);
        return switch (sort.ties()) {
            case BY_SCORE -> first.thenComparing(Ranked::position);
            case BY_KEY -> first.thenComparing(ranked -> ranked.signals().source())
                    .thenComparing(ranked -> ranked.candidate().key()).thenComparing(Ranked::position);
        };
    }
}
