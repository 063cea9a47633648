package io.croft.search;

import io.croft.content.EmbeddingModel;
import java.util.List;
import java.util.Objects;

/**
 * Gives every candidate of both sources one score, by which they are merged. A host may replace it. Implementations are
 * thread-safe and do no I/O: they run inside every query.
 */
@FunctionalInterface
public interface RelevanceScorer {

    /**
     * Scores all candidates of one query.
     *
     * @return one score for each candidate, in their order
     */
    List<Score> score(Request request);

    /** The default: {@link CalibratedScorer} with its default weight. */
    static RelevanceScorer calibrated() {
        return new CalibratedScorer(CalibratedScorer.DEFAULT_VECTOR_WEIGHT);
    }

    /**
     * The candidates of one query.
     *
     * @param mode       which signals count
     * @param model      the embedding model
     * @param idfSum     the sum of the shared inverse document frequencies of the query's terms: what BM25 can be
     *                   measured against; 0 when no term is known
     * @param candidates in no order that means anything
     */
    record Request(SearchMode mode, EmbeddingModel model, double idfSum, List<Signals> candidates) {

        public Request {
            Objects.requireNonNull(mode, "mode");
            Objects.requireNonNull(model, "model");
            candidates = List.copyOf(candidates);
        }
    }
}
