package io.croft.engine.search;

import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.search.RelevanceScorer;
import io.croft.search.RelevanceScorer.Tops;
import io.croft.search.Score;
import io.croft.search.SearchQuery;
import io.croft.search.SearchQuery.Duplicates;
import io.croft.search.Signals;
import io.croft.search.Source;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.ValueCount;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes one ranked list of the candidates of both sources. */
final class Merge {

    private final Scoring scoring;
    private final EmbeddingModel model;

    Merge(RelevanceScorer scorer, EmbeddingModel model) {
        this.scoring = new Scoring(scorer);
        this.model = model;
    }

    /**
     * Scores all, adds the priors, leaves out what scores too little, and keeps the best chunk of each document and one
     * of documents that say the same; best first.
     */
    Order rank(List<Finds> finds, Ask ask) {
        Scored scored = score(finds, ask);
        List<Ranked> sorted = enough(scored.all(), ask.query());
        boolean belowLeast = sorted.size() < scored.all().size();
        sorted.sort(Comparator.comparing(Ranked::position));
        return new Order(scored.tops(), withoutDuplicates(bestOfEach(sorted), ask.query()), belowLeast);
    }

    /** Scores all and adds the priors; in no order. */
    Scored score(List<Finds> finds, Ask ask) {
        List<Candidate> candidates = new ArrayList<>();
        List<Signals> signals = new ArrayList<>();
        for (Finds from : finds) {
            for (Candidate candidate : from.candidates()) {
                candidates.add(candidate);
                signals.add(new Signals(from.source(), candidate.cosine(), candidate.bm25()));
            }
        }
        Tops tops = ask.tops().orElseGet(() -> Tops.of(signals));
        List<Score> scores = scoring.score(
                new RelevanceScorer.Request(ask.query().mode(), model, ask.idfSum(), tops, signals),
                ask.deadlineNanos());
        Priors priors = new Priors(ask.query().boosts(), ask.now());
        List<Ranked> all = new ArrayList<>(candidates.size());
        for (int i = 0; i < candidates.size(); i++) {
            all.add(new Ranked(candidates.get(i), signals.get(i),
                    priors.added(scores.get(i), signals.get(i).source(), candidates.get(i))));
        }
        return new Scored(tops, all);
    }

    /** A new list of those that score enough for the query, in their order. */
    static List<Ranked> enough(List<Ranked> all, SearchQuery query) {
        double least = query.minScore().orElse(Double.NEGATIVE_INFINITY);
        List<Ranked> enough = new ArrayList<>(all.size());
        for (Ranked ranked : all) {
            if (ranked.score().value() >= least) {
                enough.add(ranked);
            }
        }
        return enough;
    }

    /** Of a sorted list the first of each document. */
    static List<Ranked> bestOfEach(List<Ranked> sorted) {
        List<Ranked> best = new ArrayList<>(sorted.size());
        Set<Ranked.Place> seen = new HashSet<>();
        for (Ranked ranked : sorted) {
            if (seen.add(ranked.place())) {
                best.add(ranked);
            }
        }
        return best;
    }

    /**
     * Of documents that say the same the first stays; but a private one, wherever it ranks, before a public one. Of
     * listings only those of one publisher hide one another, or whoever copies a listing could hide it. All of them
     * stay, if the query will have it so.
     */
    static List<Ranked> withoutDuplicates(List<Ranked> sorted, SearchQuery query) {
        if (query.duplicates() == Duplicates.SHOWN) {
            return sorted;
        }
        NearDuplicates own = new NearDuplicates();
        Map<OrgId, NearDuplicates> market = new HashMap<>();
        Set<Ranked> kept = new HashSet<>();
        for (Ranked ranked : sorted) {
            if (ranked.signals().source() == Source.PRIVATE && own.add(ranked.candidate().traits().signature())) {
                kept.add(ranked);
            }
        }
        return sorted.stream().filter(ranked -> {
            long signature = ranked.candidate().traits().signature();
            return switch (ranked.signals().source()) {
                case PRIVATE -> kept.contains(ranked);
                case MARKETPLACE -> {
                    // also if it goes: what is like it goes too
                    boolean first = market
                            .computeIfAbsent(ranked.candidate().key().org(), publisher -> new NearDuplicates())
                            .add(signature);
                    yield first && !own.has(signature);
                }
            };
        }).toList();
    }

    /**
     * What is asked of a merge.
     *
     * @param query         the query
     * @param idfSum        of its terms, shared
     * @param tops          those of the first page; empty on it
     * @param now           what age is counted from
     * @param deadlineNanos on {@link System#nanoTime()}
     */
    record Ask(SearchQuery query, double idfSum, Optional<Tops> tops, Instant now, long deadlineNanos) {
    }

    /**
     * Candidates with their scores.
     *
     * @param tops what relative scores were measured against
     * @param all  in no order, with those that score too little
     */
    record Scored(Tops tops, List<Ranked> all) {
    }

    /**
     * The ranked list.
     *
     * @param tops       what relative scores were measured against
     * @param best       first to last, each document once
     * @param belowLeast whether candidates scored too little for the query; then those that come after them do too
     */
    record Order(Tops tops, List<Ranked> best, boolean belowLeast) {
    }

    /**
     * What one source found.
     *
     * @param source     the source
     * @param candidates in any order
     * @param facets     what it counted, for each facet of the query
     */
    record Finds(Source source, List<Candidate> candidates, List<List<ValueCount>> facets) {

        Finds(Source source, List<Candidate> candidates) {
            this(source, candidates, List.of());
        }
    }
}
