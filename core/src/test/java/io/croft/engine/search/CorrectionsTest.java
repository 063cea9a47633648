package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.NearWord;
import io.croft.spi.QueryText.Correction;
import java.util.List;
import org.junit.jupiter.api.Test;

class CorrectionsTest {

    @Test
    void of_takesTheNearestOfBothSources_thenTheMostFrequentTogether() {
        List<Correction> corrections = Corrections.of(List.of(
                near("sadle", "saddle", 1, 3), near("sadle", "sable", 1, 5), near("sadle", "sadly", 1, 1),
                near("hors", "horse", 1, 1), near("sadle", "saddle", 1, 4), near("sadle", "sidle", 1, 2),
                near("paddokkk", "paddock", 2, 9)));

        assertThat(corrections).containsExactly(new Correction("sadle", "saddle", 0.7f),
                new Correction("sadle", "sable", 0.7f), new Correction("sadle", "sidle", 0.7f),
                new Correction("hors", "horse", 0.7f), new Correction("paddokkk", "paddock", 0.5f));
        assertThat(Corrections.byWord(corrections)).containsEntry("sadle", List.of("saddle", "sable", "sidle"))
                .hasSize(3);
    }

    @Test
    void of_prefersOneEditInEitherSourceToTwoInTheOther() {
        assertThat(Corrections.of(List.of(near("paddokks", "paddocks", 1, 1), near("paddokks", "paddies", 2, 99))))
                .extracting(Correction::known).containsExactly("paddocks");
    }

    @Test
    void of_namesWordsThatFindTheSameOnce() {
        assertThat(Corrections.of(List.of(new NearWord("sadle", "saddle", "saddl", 1, 1),
                new NearWord("sadle", "saddles", "saddl", 1, 2), new NearWord("sadle", "sable", "sabl", 1, 1))))
                .extracting(Correction::known).containsExactly("saddles", "sable");
    }

    @Test
    void of_doesNotDependOnTheOrder() {
        List<NearWord> near = List.of(near("sadle", "sabl", 1, 1), near("sadle", "sadla", 1, 1),
                near("sadle", "sadlb", 1, 1), near("sadle", "sadlc", 1, 1));

        assertThat(Corrections.of(near.reversed())).isEqualTo(Corrections.of(near))
                .extracting(Correction::known).containsExactly("sabl", "sadla", "sadlb");
    }

    private static NearWord near(String word, String known, int edits, long documents) {
        return new NearWord(word, known, known, edits, documents);
    }
}
