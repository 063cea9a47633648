package io.croft.search;

import io.croft.InvalidInputException;
import java.util.ArrayList;
import java.util.List;

/**
 * The default scorer: a convex combination of two parts that mean the same in both sources.
 *
 * <ul>
 * <li>{@code vector}: how far the cosine lies above the model's floor, as a share of the way from there to 1. It is
 * absolute: a query that nothing comes near to gets small ones, and then its words decide.
 * <li>{@code text}: BM25 with shared document frequencies, divided by the greatest such of any candidate of either
 * source.
 * </ul>
 *
 * <p>Each part lies within 0 to 1 before it is weighed, and so does their sum. Dividing the vector part by its greatest
 * value as well makes the ranking depend on the floor, and was worse on all judged collections;
 * {@code docs/ranking.md} has the measurements. A convex combination of calibrated scores beats rank fusion in and out
 * of domain (Bruch, Gai, Ingber: An Analysis of Fusion Functions for Hybrid Retrieval, ACM TOIS 2023, arXiv
 * 2210.11934); rank fusion across sources also favours whichever source is worse. A query whose words match nothing
 * ranks by the vector part alone, and one without vectors by the text part.
 *
 * <p>Immutable and thread-safe.
 */
public final class CalibratedScorer implements RelevanceScorer {

    /**
     * Meaning weighs nearly twice as much as words: what is near lies half of the way up from the floor, so that both
     * parts move the ranking about as much. Anything from .62 to .67 ranks the same within half a percent.
     */
    public static final double DEFAULT_VECTOR_WEIGHT = 0.65;

    private final double vectorWeight;

    /**
     * A scorer with this weight of meaning against words.
     *
     * @param vectorWeight 0 (words alone) to 1 (meaning alone), in hybrid queries
     * @throws InvalidInputException if it is outside that
     */
    public CalibratedScorer(double vectorWeight) {
        if (!(vectorWeight >= 0 && vectorWeight <= 1)) {
            throw new InvalidInputException("vector weight " + vectorWeight + " is outside 0 to 1");
        }
        this.vectorWeight = vectorWeight;
    }

    @Override
    public List<Score> score(Request request) {
        double floor = request.model().cosineFloor();
        double topText = request.tops().bm25();
        double weight = switch (request.mode()) {
            case HYBRID -> vectorWeight;
            case VECTOR -> 1;
            case TEXT -> 0;
        };
        double perVector = weight / (1 - floor);
        double perText = topText > 0 ? (1 - weight) / topText : 0;
        List<Score> scores = new ArrayList<>(request.candidates().size());
        for (Signals signals : request.candidates()) {
            scores.add(Score.of(List.of(
                    new Score.Part("vector", perVector * Math.max(0, signals.cosine() - floor)),
                    new Score.Part("text", perText * Math.min(topText, signals.bm25())))));
        }
        return scores;
    }
}
