package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SentencesTest {

    @Test
    void ends_followMarksWithWhiteSpaceAndACapital() {
        assertThat(sentences("One. Two! Three? Four… Five")).containsExactly("One.", "Two!", "Three?", "Four…", "Five");
        assertThat(sentences("He said \"Whoa.\" It stopped.")).containsExactly("He said \"Whoa.\"", "It stopped.");
        assertThat(sentences("Really?! (Yes.) Good.")).containsExactly("Really?!", "(Yes.)", "Good.");
    }

    @Test
    void ends_areNotInsideNumbersNamesAndAbbreviations() {
        assertThat(sentences("He stands 16.2 hands. See example.org for more.")).hasSize(2);
        assertThat(sentences("Ask Dr. Byrne or J. Walsh, e.g. Monday.")).hasSize(1);
        assertThat(sentences("It cost approx. 5 euros vs. 7.")).hasSize(1);
        assertThat(sentences("wait... and see")).hasSize(1);
    }

    @Test
    void ends_areFoundInLowerCaseTextWithMarksThatStandAlone() {
        assertThat(sentences("the flow is laminar . the layer is thin .")).containsExactly("the flow is laminar .",
                "the layer is thin .");
    }

    @Test
    void ends_followFullWidthMarksAtOnce() {
        assertThat(sentences("馬は走る。鞍は革だ！はい")).containsExactly("馬は走る。", "鞍は革だ！", "はい");
    }

    @Test
    void ends_coverTheStretchAndNothingElse() {
        String text = "Before. One. Two. After.";

        List<Integer> ends = new ArrayList<>();
        Sentences.ends(text, 8, 17, ends::add);

        assertThat(ends).containsExactly(12, 17);
    }

    private static List<String> sentences(String text) {
        List<String> sentences = new ArrayList<>();
        int[] start = {0};
        Sentences.ends(text, 0, text.length(), end -> {
            sentences.add(text.substring(start[0], end).strip());
            start[0] = end;
        });
        return sentences;
    }
}
