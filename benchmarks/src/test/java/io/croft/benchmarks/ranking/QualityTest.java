package io.croft.benchmarks.ranking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.Croft;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.PrecomputedEmbedder;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.ranking.QualityRun.Bar;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Product;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The product's own ranking, with the vectors that the collections come with. */
class QualityTest {

    @ParameterizedTest
    @EnumSource(Bar.class)
    void hybridSearch_reachesTheBar(Bar bar) {
        Optional<JudgedCollection> collection = JudgedCollection.find(bar.collection);
        if (collection.isEmpty()) {
            System.out.println("QualityTest: " + SharedFolder.missing(bar.collection));
        }
        assumeTrue(collection.isPresent(), SharedFolder.missing(bar.collection));
        PrecomputedEmbedder vectors = new PrecomputedEmbedder(JudgedCollection.DIMENSIONS)
                .with(collection.orElseThrow());

        Ranking ranking;
        try (Database database = Database.start();
                TempFolder folder = TempFolder.create();
                Croft croft = Product.start(database, folder, vectors)) {
            ranking = new QualityRun(croft, System.out::println).measure(collection.orElseThrow());
        }

        System.out.print(QualityBenchmark.row(bar, ranking));
        assertThat(ranking.ndcg10()).as("nDCG@10 of %s", bar.collection).isGreaterThanOrEqualTo(bar.ndcg10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"3/97", "topical"})
    void merging_losesNothing(String split) {
        Optional<JudgedCollection> collection = JudgedCollection.find("med");
        assumeTrue(collection.isPresent(), SharedFolder.missing("med"));
        Setting setting = Setting.of("default");

        double one = measure(collection.orElseThrow(), Split.ONE, setting).ndcg10();
        double merged = measure(collection.orElseThrow(), Split.of(split), setting).ndcg10();

        assertThat(merged / one).as("merge ratio").isGreaterThanOrEqualTo(RankingBenchmark.MERGE_BAR);
    }

    private static Ranking measure(JudgedCollection collection, Split split, Setting setting) {
        PrecomputedEmbedder vectors = new PrecomputedEmbedder(JudgedCollection.DIMENSIONS).with(collection);
        return RankingBenchmark.measure(collection, split, List.of(setting), vectors).values().iterator().next().mean();
    }

    @Test
    void ranking_followsTheGrades() {
        Map<String, Integer> grades = Map.of("a", 4, "b", 1);

        Ranking best = Ranking.of(grades, List.of("a", "b", "x"), List.of("a", "b", "x"));
        Ranking swapped = Ranking.of(grades, List.of("b", "a"), List.of("b", "a"));
        Ranking half = Ranking.of(grades, List.of("x", "b"), List.of("x", "b"));
        Ranking none = Ranking.of(grades, List.of("x"), List.of("x"));

        assertThat(best).isEqualTo(new Ranking(1, 1, 1));
        assertThat(swapped.ndcg10()).isCloseTo((1 + 4 / 1.58496) / (4 + 1 / 1.58496), within(1e-5));
        assertThat(half.recall100()).isEqualTo(0.5);
        assertThat(half.mrr()).isEqualTo(0.5);
        assertThat(none).isEqualTo(new Ranking(0, 0, 0));
    }
}
