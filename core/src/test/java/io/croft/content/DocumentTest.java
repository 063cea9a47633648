package io.croft.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DocumentTest {

    @Test
    void text_isRefusedWhenBlank() {
        assertThatThrownBy(() -> Document.text("a", " \n")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"a\"");
    }

    @Test
    void id_isLimitedInBytes() {
        assertThat(Document.text("é".repeat(127), "x").id()).hasSize(127);
        assertThatThrownBy(() -> Document.text("é".repeat(128), "x")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("256").hasMessageContaining("255");
        assertThatThrownBy(() -> Document.text(" ", "x")).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void text_thatTheDatabaseCannotHoldIsRefusedBeforeItIsStored() {
        assertThatThrownBy(() -> Document.text("a", "x\0y")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("U+0000 at 1");
        assertThatThrownBy(() -> Document.text("a", "x\ud83d")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("surrogate");
        assertThatThrownBy(() -> Document.text("a", "\ude00x")).isInstanceOf(InvalidInputException.class);
        assertThat(Document.text("a", "\ud83d\ude00").text()).hasSize(2);
    }

    @Test
    void errors_doNotShowTheText() {
        assertThatThrownBy(() -> Document.text("a", "secret\0")).hasMessageNotContaining("secret");
        assertThatThrownBy(() -> Document.text("a", "x").withField("f", "secret\0")).hasMessageNotContaining("secret");
    }

    @Test
    void fields_areLimitedInNumberAndLength() {
        Map<String, String> many = new HashMap<>();
        for (int i = 0; i < 65; i++) {
            many.put("f" + i, "v");
        }

        assertThatThrownBy(() -> new Document("a", "", "x", many)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("65");
        assertThatThrownBy(() -> Document.text("a", "x").withField("f", "v".repeat(8193)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("8193");
        Map<String, String> large = new HashMap<>();
        for (int i = 0; i < 5; i++) {
            large.put("f" + i, "v".repeat(8000));
        }
        assertThatThrownBy(() -> new Document("a", "", "x", large)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("40010").hasMessageContaining("32768");
        assertThatThrownBy(() -> Document.text("a", "x").withField(" ", "v")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Document.text("a", "x").withTitle("t".repeat(1025)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1025");
    }

    @Test
    void fields_areACopyInTheGivenOrder() {
        Document document = Document.text("a", "x").withField("z", "1").withField("b", "2");

        assertThat(document.fields()).containsExactly(Map.entry("z", "1"), Map.entry("b", "2"));
    }

    @Test
    void listing_hasTheSameLimits() {
        assertThatThrownBy(() -> Listing.of("a", "")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("listing");
    }

    @Test
    void withField_writesEachTypeInOneWay() {
        Document document = Document.text("a", "x").withField("whole", 5).withField("number", 0.5)
                .withField("at", Instant.parse("2026-02-03T04:05:06.123456789Z")).withField("is", true)
                .withField("words", List.of("calm", "old"));

        assertThat(document.fields()).containsExactly(Map.entry("whole", "5"), Map.entry("number", "0.5"),
                Map.entry("at", "2026-02-03T04:05:06.123456Z"), Map.entry("is", "true"),
                Map.entry("words", "calm\nold"));
        assertThat(document.withField("words", List.of()).fields()).doesNotContainKey("words");
        assertThat(Listing.of("a", "x").withField("n", 5L).withField("d", 5.0).withField("b", false)
                .withField("i", Instant.EPOCH).withField("k", List.of("one")).fields()).hasToString(
                        "{n=5, d=5, b=false, i=1970-01-01T00:00:00Z, k=one}");
        assertThatThrownBy(() -> document.withField("number", Double.NaN)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> document.withField("whole", Long.MAX_VALUE))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("9223372036854775807");
    }

    @Test
    void toString_isShortAndShowsNoText() {
        for (Object one : List.of(
                Document.text("a", "secret".repeat(1000)).withTitle("secret").withField("f", "secret"),
                Listing.of("a", "secret".repeat(1000)).withTitle("secret").withField("f", "secret"))) {
            assertThat(one.toString()).doesNotContain("secret").contains("id=a", "6000 characters", "[f]")
                    .hasSizeLessThan(200);
        }
    }
}
