package io.croft.benchmarks.ranking;

import io.croft.search.RelevanceScorer;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import io.croft.search.Signals;
import io.croft.search.Source;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Plain reciprocal rank fusion, for comparison: each source fuses its own two lists with k = 60, and the two results
 * are merged by what came out. Thread-safe.
 */
final class ReciprocalRanks implements RelevanceScorer {

    private static final double K = 60;

    @Override
    public List<Score> score(Request request) {
        List<Signals> all = request.candidates();
        double[] byVector = new double[all.size()];
        double[] byText = new double[all.size()];
        for (Source source : Source.values()) {
            if (request.mode() != SearchMode.TEXT) {
                rank(all, source, Signals::cosine, -1, byVector);
            }
            if (request.mode() != SearchMode.VECTOR) {
                rank(all, source, Signals::bm25, 0, byText);
            }
        }
        List<Score> scores = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            scores.add(Score.of(List.of(new Score.Part("vector", byVector[i]), new Score.Part("text", byText[i]))));
        }
        return scores;
    }

    private static void rank(List<Signals> all, Source source, ToDoubleFunction<Signals> signal, double above,
            double[] into) {
        List<Integer> order = IntStream.range(0, all.size()).boxed()
                .filter(i -> all.get(i).source() == source && signal.applyAsDouble(all.get(i)) > above)
                .sorted(Comparator.comparingDouble(i -> -signal.applyAsDouble(all.get(i)))).toList();
        for (int rank = 0; rank < order.size(); rank++) {
            into[order.get(rank)] = 1 / (K + rank + 1);
        }
    }
}
