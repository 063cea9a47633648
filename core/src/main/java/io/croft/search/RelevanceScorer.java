package io.croft.search;

import io.croft.content.EmbeddingModel;
import java.util.List;
import java.util.Objects;

/**
 * Gives every candidate of both sources one score, by which they are merged. A host may replace it. Implementations are
 * thread-safe and do no I/O: they run inside every query. One that throws, does not return within the query's time, or
 * returns something else than one score for each candidate fails the query with a {@code CroftException} that says so.
 *
 * <p>A score must follow from the candidate and the request's own values alone, not from what other candidates there
 * are: a later page of the same query has other candidates and must go on where the first one ended. Whoever needs the
 * greatest signals finds them in {@link Request#tops()}, which stay the same over all pages.
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
     * @param tops       the greatest signals of any candidate of the query's first page
     * @param candidates in no order that means anything
     */
    record Request(SearchMode mode, EmbeddingModel model, double idfSum, Tops tops, List<Signals> candidates) {

        public Request {
            Objects.requireNonNull(mode, "mode");
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(tops, "tops");
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * The greatest signals over both sources: what relative parts are measured against. A candidate of a later page may
     * lie above them, if it was written since.
     *
     * @param cosine the greatest cosine, −1 to 1; 0 if there are no candidates
     * @param bm25   the greatest BM25, from 0
     */
    record Tops(double cosine, double bm25) {

        /** Those of these candidates. */
        public static Tops of(List<Signals> candidates) {
            return new Tops(candidates.stream().mapToDouble(Signals::cosine).max().orElse(0),
                    candidates.stream().mapToDouble(Signals::bm25).max().orElse(0));
        }
    }
}
