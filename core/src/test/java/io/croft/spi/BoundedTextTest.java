package io.croft.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BoundedTextTest {

    @Test
    void chars_cutsAndReplaces() {
        assertThat(BoundedText.chars("saddle", 10)).isEqualTo("saddle");
        assertThat(BoundedText.chars("saddle", 3)).isEqualTo("sad");
        assertThat(BoundedText.chars("saddle", 0)).isEmpty();
        assertThat(BoundedText.chars("a\u0000b", 10)).isEqualTo("a\uFFFDb");
        assertThat(BoundedText.chars("a\uD83Db", 10)).isEqualTo("a\uFFFDb");
        assertThat(BoundedText.chars("\uDE00", 10)).isEqualTo("\uFFFD");
        assertThat(BoundedText.chars("a\0b\ud83d", 10)).isEqualTo("a\uFFFDb\uFFFD");
        assertThat(BoundedText.chars("a😀b", 10)).isEqualTo("a😀b");
    }

    @Test
    void chars_leavesOutAPairThatTheCutGoesThrough() {
        assertThat(BoundedText.chars("ab😀", 3)).isEqualTo("ab");
        assertThat(BoundedText.chars("ab😀", 4)).isEqualTo("ab😀");
        assertThat(BoundedText.chars("a\u0000😀b", 3)).isEqualTo("a\uFFFD");
    }

    @Test
    void lines_areWholeAndCountedInBytes() {
        assertThat(BoundedText.lines("one\ntwo\n", 8)).isEqualTo("one\ntwo\n");
        assertThat(BoundedText.lines("ääää\nöööö\n", 12)).isEqualTo("ääää\n");
        assertThat(BoundedText.lines("ä".repeat(100), 20).getBytes(StandardCharsets.UTF_8).length).isBetween(1, 20);
    }

    @Test
    void isStorable_saysWhatADatabaseCanHold() {
        assertThat(BoundedText.isStorable("a😀b")).isTrue();
        assertThat(BoundedText.isStorable("a\u0000b")).isFalse();
        assertThat(BoundedText.isStorable("\uDE00\uD83D")).isFalse();
    }
}
