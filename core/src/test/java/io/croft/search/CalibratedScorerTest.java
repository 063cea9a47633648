package io.croft.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.InvalidInputException;
import io.croft.content.EmbeddingModel;
import java.util.List;
import org.junit.jupiter.api.Test;

class CalibratedScorerTest {

    private static final EmbeddingModel MODEL = new EmbeddingModel("test", 3, 0.2);

    @Test
    void score_isTheWeightedSumOfTheWayAboveTheFloorAndTheTextOverItsTop() {
        List<Score> scores = score(SearchMode.HYBRID, new Signals(Source.PRIVATE, 0.8, 3),
                new Signals(Source.MARKETPLACE, 0.4, 6));

        assertThat(scores.get(0).value()).isCloseTo(0.65 * 0.75 + 0.35 * 0.5, within(1e-9));
        assertThat(scores.get(1).value()).isCloseTo(0.65 * 0.25 + 0.35 * 1, within(1e-9));
    }

    @Test
    void score_isExplainedByPartsThatAddUp() {
        Score score = score(SearchMode.HYBRID, new Signals(Source.PRIVATE, 0.8, 3)).getFirst();

        assertThat(score.parts()).extracting(Score.Part::name).containsExactly("vector", "text");
        assertThat(score.parts().stream().mapToDouble(Score.Part::value).sum()).isCloseTo(score.value(), within(1e-9));
    }

    @Test
    void score_countsNothingBelowTheFloor() {
        List<Score> scores = score(SearchMode.VECTOR, new Signals(Source.PRIVATE, 0.19, 0),
                new Signals(Source.PRIVATE, -0.5, 0), new Signals(Source.PRIVATE, 0.3, 0));

        assertThat(scores.get(0).value()).isZero();
        assertThat(scores.get(1).value()).isZero();
        assertThat(scores.get(2).value()).isCloseTo(0.1 / 0.8, within(1e-9));
    }

    @Test
    void score_ofNothingAboveTheFloorIsZeroAndNotNaN() {
        assertThat(score(SearchMode.HYBRID, new Signals(Source.PRIVATE, 0.1, 0)).getFirst().value()).isZero();
    }

    @Test
    void score_usesOneSignalAloneInTheOtherModes() {
        Signals signals = new Signals(Source.PRIVATE, 0.8, 3);

        assertThat(score(SearchMode.VECTOR, signals).getFirst().parts().get(1).value()).isZero();
        assertThat(score(SearchMode.TEXT, signals).getFirst().parts().get(0).value()).isZero();
        assertThat(score(SearchMode.TEXT, signals).getFirst().value()).isCloseTo(1, within(1e-9));
    }

    @Test
    void score_staysTheSameOnLaterPages() {
        Signals signals = new Signals(Source.PRIVATE, 0.5, 2);
        RelevanceScorer.Tops tops = new RelevanceScorer.Tops(0.9, 8);

        Score alone = scored(tops, signals).getFirst();
        Score beside = scored(tops, new Signals(Source.MARKETPLACE, 0.99, 20), signals).get(1);

        assertThat(alone).isEqualTo(beside);
        assertThat(alone.parts().get(1).value()).isCloseTo(0.35 * 2 / 8, within(1e-9));
        assertThat(scored(tops, new Signals(Source.PRIVATE, 1, 20)).getFirst().value()).isCloseTo(1, within(1e-9));
    }

    private static List<Score> scored(RelevanceScorer.Tops tops, Signals... signals) {
        return RelevanceScorer.calibrated()
                .score(new RelevanceScorer.Request(SearchMode.HYBRID, MODEL, 1, tops, List.of(signals)));
    }

    @Test
    void constructor_refusesAWeightOutsideZeroToOne() {
        assertThatThrownBy(() -> new CalibratedScorer(Double.NaN)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> new CalibratedScorer(1.01)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void newScore_refusesPartsThatDoNotAddUp() {
        assertThatThrownBy(() -> new Score(1, List.of(new Score.Part("text", 0.5))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Score.of(List.of(new Score.Part("text", Double.NaN))))
                .isInstanceOf(InvalidInputException.class);
    }

    private static List<Score> score(SearchMode mode, Signals... signals) {
        return RelevanceScorer.calibrated().score(new RelevanceScorer.Request(mode, MODEL, 1,
                RelevanceScorer.Tops.of(List.of(signals)), List.of(signals)));
    }
}
