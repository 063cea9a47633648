package io.croft.benchmarks.ranking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.benchmarks.data.JudgedCollection.Passage;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SplitTest {

    /** A hundred on a quarter of a circle, each a little farther from the one before than that from its own. */
    private static final List<Passage> PASSAGES = IntStream.range(0, 100)
            .mapToObj(i -> new Passage("p" + i, "", "text", onCircle(i * (i + 200) * 5e-5))).toList();

    @Test
    void randomSplits_areTheSameEveryTime() {
        assertThat(Split.of("3/97").privateIds(PASSAGES)).containsExactlyInAnyOrder("p74", "p52", "p75");
        assertThat(Split.of("10/90").privateIds(PASSAGES)).containsExactlyInAnyOrder("p74", "p52", "p75", "p46", "p35",
                "p20", "p36", "p63", "p27", "p1");
        assertThat(Split.of("50/50").privateIds(PASSAGES)).hasSize(50)
                .contains("p74", "p1", "p78", "p84", "p19");
        assertThat(List.of(Split.of("3/97").share(), Split.of("10/90").share(), Split.of("50/50").share()))
                .containsExactly(0.03, 0.1, 0.5);
    }

    @ParameterizedTest
    @CsvSource({"1/99, 1", "7/93, 7", "60/40, 60", "99/1, 99", "05/95, 5"})
    void anySplit_takesThatManyAndTheSmallerOnesWith(String label, int count) {
        Set<String> ids = Split.of(label).privateIds(PASSAGES);

        assertThat(ids).hasSize(count);
        if (count < 10) {
            assertThat(Split.of("10/90").privateIds(PASSAGES)).containsAll(ids);
        } else {
            assertThat(ids).containsAll(Split.of("10/90").privateIds(PASSAGES));
        }
    }

    @Test
    void share_isRoundedToWholePassages() {
        List<Passage> few = PASSAGES.subList(0, 33);

        assertThat(Split.of("10/90").privateIds(few)).hasSize(3);
        assertThat(Split.of("50/50").privateIds(few)).hasSize(17);
        assertThat(Split.of("1/99").privateIds(few)).isEmpty();
    }

    @Test
    void one_takesAll() {
        assertThat(Split.of("One ")).isEqualTo(Split.ONE);
        assertThat(Split.ONE.privateIds(PASSAGES)).hasSize(100);
    }

    @Test
    void topical_takesTheNearestToOnePassage() {
        assertThat(Split.of("topical")).isEqualTo(Split.TOPICAL);

        Set<String> ids = Split.TOPICAL.privateIds(PASSAGES);

        assertThat(ids).hasSize(30).contains("p74");
        double farthest = PASSAGES.stream().filter(one -> ids.contains(one.id()))
                .mapToDouble(SplitTest::cosineToPoint).min().orElseThrow();
        assertThat(PASSAGES).filteredOn(one -> !ids.contains(one.id()))
                .allSatisfy(one -> assertThat(cosineToPoint(one)).isLessThan(farthest));
    }

    @Test
    void splits_areEqualByWhatTheyAre() {
        assertThat(Split.of("10/90")).isEqualTo(Split.of(" 10/90")).isNotEqualTo(Split.of("11/89"));
        assertThat(Split.of("05/95").label()).isEqualTo("5/95");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two", "60/50", "0/100", "100/0", "0/00", "-5/105", "50", "50/50/0", "2.5/97.5", "/",
            "50 / 50"})
    void otherSplits_areRefused(String label) {
        assertThatThrownBy(() -> Split.of(label)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + label + "\"").hasMessageContaining("one, topical")
                .hasMessageContaining("1 to 99").hasMessageContaining("10/90");
    }

    private static double cosineToPoint(Passage passage) {
        float[] point = PASSAGES.get(74).vector();
        return (double) point[0] * passage.vector()[0] + (double) point[1] * passage.vector()[1];
    }

    private static float[] onCircle(double angle) {
        return new float[]{(float) Math.cos(angle), (float) Math.sin(angle)};
    }
}
