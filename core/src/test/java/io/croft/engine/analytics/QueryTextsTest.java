package io.croft.engine.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QueryTextsTest {

    @Test
    void counted_isOneFormOfTextsThatDifferInCaseAndWhiteSpace() {
        assertThat(QueryTexts.counted(" Calm\t\n HORSE\u00A0\u0000 ")).isEqualTo("calm horse");
        assertThat(QueryTexts.counted("\u0000 \u2003")).isEmpty();
        assertThat(QueryTexts.counted("a\uD800b \uDC00")).isEqualTo("a\uFFFDb \uFFFD");
        assertThat(QueryTexts.counted("\uD83D\uDC0E")).isEqualTo("\uD83D\uDC0E");
    }

    @Test
    void counted_isNeverLongerThanWhatIsKeptAndCutsNoPair() {
        assertThat(QueryTexts.counted("x".repeat(500))).hasSize(200);
        assertThat(QueryTexts.counted("x".repeat(199) + "\uD83D\uDC0E")).hasSize(199);
        assertThat(QueryTexts.beginning("x".repeat(199) + "\uD83D\uDC0E")).hasSize(199);
        assertThat(QueryTexts.counted("\u0130".repeat(200)).length()).as("grows in lower case").isLessThan(201);
    }
}
