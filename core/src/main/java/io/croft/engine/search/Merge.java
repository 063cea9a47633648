package io.croft.engine.search;

import io.croft.CroftException;
import io.croft.content.EmbeddingModel;
import io.croft.search.RelevanceScorer;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import io.croft.search.Signals;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.ValueCount;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes one ranked list of the candidates of both sources. */
final class Merge {

    /**
     * Best first; of equals the private one, then by key, so that the same candidates always come in the same order.
     */
    static final Comparator<Ranked> ORDER = Comparator
            .comparingDouble((Ranked ranked) -> ranked.score().value()).reversed()
            .thenComparing(ranked -> ranked.signals().source()).thenComparing(ranked -> ranked.candidate().key())
            .thenComparingInt(ranked -> ranked.candidate().ordinal());

    private final RelevanceScorer scorer;
    private final EmbeddingModel model;

    Merge(RelevanceScorer scorer, EmbeddingModel model) {
        this.scorer = scorer;
        this.model = model;
    }

    /**
     * Scores all, keeps the best chunk of each document, and returns the best {@code limit} of them.
     *
     * @param idfSum of the query's terms, shared
     */
    List<Ranked> rank(List<Leg> legs, SearchMode mode, double idfSum, int limit) {
        List<Ranked> all = score(legs, mode, idfSum);
        all.sort(ORDER);
        return bestOfEach(all, limit);
    }

    /** Scores all, in no order. */
    List<Ranked> score(List<Leg> legs, SearchMode mode, double idfSum) {
        List<Candidate> candidates = new ArrayList<>();
        List<Signals> signals = new ArrayList<>();
        for (Leg leg : legs) {
            for (Candidate candidate : leg.candidates()) {
                candidates.add(candidate);
                signals.add(new Signals(leg.source(), candidate.cosine(), candidate.bm25()));
            }
        }
        List<Score> scores = scorer.score(new RelevanceScorer.Request(mode, model, idfSum, signals));
        if (scores.size() != candidates.size()) {
            throw new CroftException("the relevance scorer returned " + scores.size() + " scores for "
                    + candidates.size() + " candidates: it must return one for each, in their order");
        }
        List<Ranked> all = new ArrayList<>(candidates.size());
        for (int i = 0; i < candidates.size(); i++) {
            all.add(new Ranked(candidates.get(i), signals.get(i), scores.get(i)));
        }
        return all;
    }

    /** Of a sorted list the first of each document. */
    static List<Ranked> bestOfEach(List<Ranked> sorted, int limit) {
        List<Ranked> best = new ArrayList<>(Math.min(limit, sorted.size()));
        Set<Place> seen = new HashSet<>();
        for (Ranked ranked : sorted) {
            if (best.size() == limit) {
                break;
            }
            if (seen.add(new Place(ranked.signals().source(), ranked.candidate().key()))) {
                best.add(ranked);
            }
        }
        return best;
    }

    /**
     * What one source found.
     *
     * @param source     the source
     * @param candidates in any order
     * @param facets     what it counted, for each facet of the query
     */
    record Leg(Source source, List<Candidate> candidates, List<List<ValueCount>> facets) {

        Leg(Source source, List<Candidate> candidates) {
            this(source, candidates, List.of());
        }
    }

    /**
     * A candidate with its score.
     *
     * @param candidate as its session knows it
     * @param signals   what the score was made from
     * @param score     the score
     */
    record Ranked(Candidate candidate, Signals signals, Score score) {
    }

    private record Place(Source source, ContentKey key) {
    }
}
