package io.croft.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.util.HashMap;
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
}
