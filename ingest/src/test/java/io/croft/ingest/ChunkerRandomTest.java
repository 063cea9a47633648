package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.contract.Seed;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;

/** What holds for every text. */
class ChunkerRandomTest {

    private static final int TEXTS = 2_000;

    private static final List<String> PIECES =
            List.of("\n", "\n\n", "\r\n", " ", "        ", "\t", "# ", "## Head\n", "- ",
                    "12. ", "```\n", "| a | b. |\n", "~~~", "===\n", ". ", "! ", "? ", ".", "。", "\"", "(", ") ",
                    "e.g. ", "🐎", "👩‍🌾", "é", "漢字", "\u00a0",
                    "\u3000", "word ", "Word ", "horse", "averyveryverylongwordwithoutanyend");

    @Test
    void chunks_coverTheTextInOrderWithinTheirLimits() {
        Random random = Seed.random("chunks_coverTheTextInOrderWithinTheirLimits");
        for (int i = 0; i < TEXTS; i++) {
            String text = text(random);
            int max = 1 + random.nextInt(60);
            int target = 1 + random.nextInt(max);
            ToIntFunction<String> tokens = random.nextBoolean() ? ChunkerTest::words : ChunkerRandomTest::characters;

            List<Stretch> chunks = new Chunker(tokens, target, max).chunks(text);

            assertThat(chunks).as("again").isEqualTo(new Chunker(tokens, target, max).chunks(text));
            checkOrder(chunks);
            checkEdges(text, chunks);
            checkCover(text, chunks);
            checkLimits(text, chunks, tokens, max);
        }
    }

    private static int characters(String text) {
        return (int) text.chars().filter(c -> !Character.isWhitespace(c)).count();
    }

    private static void checkOrder(List<Stretch> chunks) {
        for (int i = 1; i < chunks.size(); i++) {
            assertThat(chunks.get(i).start()).isGreaterThan(chunks.get(i - 1).start());
            assertThat(chunks.get(i).end()).isGreaterThan(chunks.get(i - 1).end());
        }
    }

    private static void checkEdges(String text, List<Stretch> chunks) {
        for (Stretch chunk : chunks) {
            String part = chunk.of(text);
            assertThat(part).isEqualTo(part.strip()).isNotEmpty();
            assertThat(Character.isLowSurrogate(part.charAt(0))).isFalse();
            assertThat(Character.isHighSurrogate(part.charAt(part.length() - 1))).isFalse();
        }
    }

    private static void checkCover(String text, List<Stretch> chunks) {
        BitSet covered = new BitSet();
        chunks.forEach(chunk -> covered.set(chunk.start(), chunk.end()));
        for (int i = covered.nextClearBit(0); i < text.length(); i = covered.nextClearBit(i + 1)) {
            assertThat(Character.isWhitespace(text.charAt(i))).as("left out at " + i + " of: " + text).isTrue();
        }
    }

    private static void checkLimits(String text, List<Stretch> chunks, ToIntFunction<String> tokens, int max) {
        for (Stretch chunk : chunks) {
            String part = chunk.of(text);
            int characters = part.codePointCount(0, part.length());
            assertThat(tokens.applyAsInt(part) <= max || characters == 1).as("tokens of: " + part).isTrue();
            assertThat(part.length()).isLessThanOrEqualTo(max * Chunker.MAX_CHARS_PER_TOKEN);
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int pieces = random.nextInt(random.nextInt(10) == 0 ? 2_000 : 150);
        for (int i = 0; i < pieces; i++) {
            String piece = PIECES.get(random.nextInt(PIECES.size()));
            text.append(random.nextInt(100) == 0 ? piece.repeat(random.nextInt(200)) : piece);
        }
        return text.toString();
    }
}
