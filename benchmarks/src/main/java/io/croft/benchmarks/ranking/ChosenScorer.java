package io.croft.benchmarks.ranking;

import io.croft.search.RelevanceScorer;
import io.croft.search.Score;
import java.util.List;

/** Lets one running product be measured with several scorers, one after the other. Thread-safe. */
final class ChosenScorer implements RelevanceScorer {

    private volatile RelevanceScorer chosen = RelevanceScorer.calibrated();

    void choose(RelevanceScorer scorer) {
        chosen = scorer;
    }

    @Override
    public List<Score> score(Request request) {
        return chosen.score(request);
    }
}
