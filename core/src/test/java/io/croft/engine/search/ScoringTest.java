package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.content.EmbeddingModel;
import io.croft.search.RelevanceScorer;
import io.croft.search.RelevanceScorer.Tops;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import io.croft.search.Signals;
import io.croft.search.Source;
import java.time.Duration;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What a host's scorer may return, and what becomes of one that does anything else. */
class ScoringTest {

    private static final RelevanceScorer.Request REQUEST = new RelevanceScorer.Request(SearchMode.TEXT,
            new EmbeddingModel("m", 2, 0), 1, new Tops(1, 1),
            List.of(new Signals(Source.PRIVATE, 0, 1), new Signals(Source.MARKETPLACE, 0, 2)));

    @Test
    void score_takesAnyListOfScores() {
        List<Score> scores = List.of(score(1), score(2));

        for (List<Score> list : List.of(scores, Arrays.asList(score(1), score(2)), scores.stream().toList())) {
            assertThat(score(request -> list)).isEqualTo(scores);
        }
    }

    @Test
    @SuppressWarnings("NullAway") // what a host's scorer must not do
    void score_saysWhatTheScorerDidWrong() {
        Map<String, RelevanceScorer> bad = new LinkedHashMap<>();
        bad.put("returned null instead of a list", request -> null);
        bad.put("returned 1 scores for 2 candidates", request -> List.of(score(1)));
        bad.put("returned 3 scores for 2 candidates", request -> List.of(score(1), score(2), score(3)));
        bad.put("returned null for a candidate", request -> Arrays.asList(score(1), null));
        bad.put("finite scores", request -> List.of(score(1), score(Double.NaN)));
        bad.put("failed, by java.lang.IllegalStateException", request -> {
            throw new IllegalStateException("secret");
        });
        bad.put("StackOverflowError", request -> {
            throw new StackOverflowError();
        });
        bad.put("failed, by java.lang.UnsupportedOperationException", request -> new AbstractList<>() {
            @Override
            public Score get(int index) {
                throw new UnsupportedOperationException("secret");
            }

            @Override
            public int size() {
                return 2;
            }
        });

        bad.forEach((what, scorer) -> assertThatThrownBy(() -> score(scorer)).isInstanceOf(CroftException.class)
                .hasMessageContaining(what).hasMessageContaining("relevance scorer")
                .hasMessageNotContaining("secret"));
    }

    @Test
    void score_doesNotWaitForAScorerThatHangs() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        Scoring scoring = new Scoring(request -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                interrupted.countDown();
            }
            return List.of();
        });

        assertThatThrownBy(() -> scoring.score(REQUEST, System.nanoTime() + Duration.ofMillis(20).toNanos()))
                .isInstanceOf(CroftException.class).hasMessageContaining("within the query's time: make it faster");
        interrupted.await();
    }

    private static List<Score> score(RelevanceScorer scorer) {
        return new Scoring(scorer).score(REQUEST, System.nanoTime() + Duration.ofSeconds(30).toNanos());
    }

    private static Score score(double value) {
        return Score.of(List.of(new Score.Part("x", value)));
    }
}
