package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BlocksTest {

    @Test
    void of_splitsAtBlankLinesAndHeadings() {
        assertThat(blocks("# Care\nBrush daily.\nEvery day.\n\n \nRest.\n## Feed ##\nHay.")).containsExactly(
                "HEADING # Care", "PROSE Brush daily.\nEvery day.", "PROSE Rest.", "HEADING ## Feed ##", "PROSE Hay.");
    }

    @Test
    void of_knowsUnderlinedHeadings() {
        assertThat(blocks("Care\n====\nBrush.\n\nFeed\n---\nHay.")).containsExactly("HEADING Care\n====",
                "PROSE Brush.",
                "HEADING Feed\n---", "PROSE Hay.");
    }

    @Test
    void of_takesNumberSignsInAWordForText() {
        assertThat(blocks("#1 horse\n####### seven")).containsExactly("PROSE #1 horse\n####### seven");
    }

    @Test
    void of_startsABlockAtEachItemOfAList() {
        assertThat(blocks("Bring:\n- a hat\n- boots,\n  clean\n1. gloves\n2) a whip\n-5 degrees\n2026 was warm"))
                .containsExactly("PROSE Bring:", "PROSE - a hat", "PROSE - boots,\n  clean", "PROSE 1. gloves",
                        "PROSE 2) a whip\n-5 degrees\n2026 was warm");
    }

    @Test
    void of_keepsFencedCodeTogether() {
        assertThat(blocks("Run:\n```java\n# not a heading\n\n~~~\nint x;\n```\nDone.")).containsExactly("PROSE Run:",
                "CODE ```java\n# not a heading\n\n~~~\nint x;\n```", "PROSE Done.");
        assertThat(blocks("~~~~\na\n~~~\n~~~~\nb")).containsExactly("CODE ~~~~\na\n~~~\n~~~~", "PROSE b");
        assertThat(blocks("```open\ncode")).containsExactly("CODE ```open\ncode");
        assertThat(blocks("```inline``` code")).containsExactly("PROSE ```inline``` code");
    }

    @Test
    void of_keepsTablesTogether() {
        assertThat(blocks("Weights:\n| Horse | kg |\n|---|---|\n| Major | 612 |\nMonthly.")).containsExactly(
                "PROSE Weights:", "TABLE | Horse | kg |\n|---|---|\n| Major | 612 |", "PROSE Monthly.");
    }

    private static List<String> blocks(String text) {
        return Blocks.of(text).stream()
                .map(block -> block.kind() + " " + text.substring(block.start(), block.end()).strip()).toList();
    }
}
