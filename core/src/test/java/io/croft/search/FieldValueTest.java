package io.croft.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldValueTest {

    @ParameterizedTest
    @CsvSource({"12, 12", "-0.5, -0.5", "1.50, 1.5", "+3, 3", "1e3, 1000", "-0.0, 0", ".5, 0.5",
            "9007199254740993, 9007199254740992", "9007199254740994, 9.007199254740994E15", "1e300, 1.0E300"})
    void number_isReadAndWritten(String text, String written) {
        FieldValue value = FieldType.NUMBER.read(text).getFirst();

        assertThat(value.text()).isEqualTo(written);
        assertThat(FieldType.NUMBER.read(written)).containsExactly(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "NaN", "Infinity", "-Infinity", "1e999", "0x10", "12d", "1,5", "12 ", "five", "1_0",
                    "1e99999", "00000000000000000000000000000000000000000000000000000000000000001"})
    void number_thatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> FieldType.NUMBER.read(text)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("number");
    }

    @Test
    void number_beyondWhatADoubleHoldsExactlyIsRefusedAsALong() {
        assertThat(FieldValue.of(1L << 53).text()).isEqualTo("9007199254740992");
        assertThatThrownBy(() -> FieldValue.of((1L << 53) + 1)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("9007199254740993").hasMessageContaining("keyword");
        assertThatThrownBy(() -> FieldValue.of(Long.MIN_VALUE)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> FieldValue.of(Double.NaN)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> FieldValue.of(Double.NEGATIVE_INFINITY)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void instant_isReadToTheMicrosecond() {
        FieldValue value = FieldType.INSTANT.read("2026-02-03T05:05:06.123456789+01:00").getFirst();

        assertThat(value.text()).isEqualTo("2026-02-03T04:05:06.123456Z");
        assertThat(FieldValue.of(Instant.parse("2026-02-03T04:05:06.123456999Z"))).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2026-02-03", "2026-02-03T04:05:06", "yesterday", "+10000-01-01T00:00:00Z",
            "0000-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "1770091506"})
    void instant_thatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> FieldType.INSTANT.read(text)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("instant");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "TRUE", "yes", "1", " true"})
    void bool_isTrueOrFalse(String text) {
        assertThatThrownBy(() -> FieldType.BOOL.read(text)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("true or false");
        assertThat(FieldType.BOOL.read("true")).containsExactly(FieldValue.of(true));
    }

    @Test
    void keyword_isLimitedInBytes() {
        assertThat(FieldType.KEYWORD.read("é".repeat(512))).hasSize(1);
        assertThatThrownBy(() -> FieldType.KEYWORD.read("é".repeat(512) + "x"))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1025").hasMessageContaining("1024");
        assertThatThrownBy(() -> FieldType.KEYWORD.read("")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> FieldType.KEYWORD.read("\ud83d")).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void keywords_areUpToAHundred() {
        List<String> hundred = Collections.nCopies(100, "x");
        List<String> more = Collections.nCopies(101, "x");

        assertThat(FieldType.KEYWORDS.read(FieldValue.textOf(hundred))).hasSize(100);
        assertThatThrownBy(() -> FieldValue.textOf(more)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("101").hasMessageContaining("100");
        assertThatThrownBy(() -> FieldType.KEYWORDS.read("a\n\nb")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> FieldValue.textOf(List.of("a\nb"))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("line break at 1");
    }

    @Test
    void values_haveTheOrderOfTheirKind() {
        List<FieldValue> sorted = List.of(FieldValue.of("B"), FieldValue.of("a"), FieldValue.of("ab"),
                FieldValue.of("ä"), FieldValue.of("\uffee"), FieldValue.of("😀"));
        List<FieldValue> shuffled = new ArrayList<>(sorted.reversed());
        Collections.sort(shuffled);

        assertThat(shuffled).isEqualTo(sorted);
        assertThat(FieldValue.of(-1)).isLessThan(FieldValue.of(0.5));
        assertThat(FieldValue.of(false)).isLessThan(FieldValue.of(true));
        assertThat(FieldValue.of(Instant.EPOCH)).isLessThan(FieldValue.of(Instant.EPOCH.plusSeconds(1)));
        assertThatThrownBy(() -> FieldValue.of(1).compareTo(FieldValue.of("1")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
