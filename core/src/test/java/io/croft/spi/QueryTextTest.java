package io.croft.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.spi.QueryText.Correction;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTextTest {

    @Test
    void of_takesPhrasesOut() {
        QueryText text = QueryText.of("for a \"calm horse\" and \u201ctall  rider\u201d,\u201egut zu Fu\u00df\u201c");

        assertThat(text.phrases()).containsExactly("calm horse", "tall  rider", "gut zu Fu\u00df");
        assertThat(text.words().split("\\W+")).containsExactly("for", "a", "and");
        assertThat(text.corrections()).isEmpty();
        assertThat(QueryText.of("\"a b\"\"c d\"\"a b\"").phrases()).containsExactly("a b", "c d");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "calm horse", "calm \"horse", "\"", "\"\"", "calm \" \u201d horse", "\"\"\"",
            "5\" pipe, 3\" pipe", "calm\" horse\"", "\u99ac\"\u72ac\u99ac\"", "'calm horse'",
            "+calm -horse AND ho*se~2"})
    void of_withoutTwoMarksAroundSomething_isPlainText(String plain) {
        QueryText text = QueryText.of(plain);

        assertThat(text.phrases()).isEmpty();
        assertThat(text.words().replaceAll("[\\s\"\u201d]", "")).isEqualTo(plain.replaceAll("[\\s\"\u201d]", ""));
    }

    @Test
    void of_goesOnBehindAMarkThatOpensNothing() {
        assertThat(QueryText.of("5\" pipe \"steel tube\"").phrases()).containsExactly("steel tube");
        assertThat(QueryText.of("\"5\" pipe\"").phrases()).containsExactly("5");
    }

    @Test
    void withoutPhrases_hasTheSameWords() {
        assertThat(QueryText.of("a \"b c\" d").withoutPhrases().words().split("\\s+"))
                .containsExactlyInAnyOrder("a", "b", "c", "d");
        assertThat(QueryText.of("a \"b c\" d").withoutPhrases().phrases()).isEmpty();
    }

    @Test
    void correction_countsLessThanAWord() {
        assertThatThrownBy(() -> new Correction("a", "b", 1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new Correction("a", "b", 0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new Correction("a", "b", Float.NaN)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void check_countsPhrasesBesideTerms() {
        QueryText text = new QueryText("a", List.of("b c"), List.of());

        text.check(1023);
        assertThatThrownBy(() -> text.check(1024)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("1024 different words").hasMessageContaining("1 phrases");
    }

    @Test
    void nearWord_correctsLettersAlone() {
        assertThat(List.of("sadl", "s\u00e4del", "\u0938\u093e\u0926\u0932", "x".repeat(40)))
                .allMatch(NearWord::isCorrected);
        assertThat(List.of("", "sad", "sad4", "sa-dl", "x".repeat(41), "\uD83D\uDE00".repeat(4)))
                .noneMatch(NearWord::isCorrected);
    }
}
