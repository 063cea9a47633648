package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkerTest {

    private static final int MIB = 1 << 20;

    /** A token for each word. */
    static int words(String text) {
        int words = 0;
        for (int i = 0; i < text.length(); i++) {
            boolean begins = i == 0 || Character.isWhitespace(text.charAt(i - 1));
            words += begins && !Character.isWhitespace(text.charAt(i)) ? 1 : 0;
        }
        return words;
    }

    @Test
    void chunks_keepATextThatFitsWhole() {
        assertThat(chunks("\n  # Care\n\nBrush daily.\n", 8, 10)).containsExactly("# Care\n\nBrush daily.");
        assertThat(chunks("one two three four five six seven eight nine ten", 8, 10)).hasSize(1);
        assertThat(chunks(" \n\t ", 8, 10)).isEmpty();
    }

    @Test
    void chunks_endAtSentences() {
        String text = IntStream.range(0, 20).mapToObj(i -> "This is sentence number " + i + ".")
                .collect(Collectors.joining(" "));

        List<String> chunks = chunks(text, 20, 25);

        assertThat(chunks).hasSizeGreaterThan(4).allSatisfy(chunk -> {
            assertThat(chunk).startsWith("This is").endsWith(".");
            assertThat(words(chunk)).isBetween(10, 25);
        });
    }

    @Test
    void chunks_beginWithTheLastSentenceOfTheOneBefore() {
        String text =
                IntStream.range(0, 20).mapToObj(i -> "This is number " + i + ".").collect(Collectors.joining(" "));

        List<String> chunks = chunks(text, 20, 25);

        for (int i = 1; i < chunks.size(); i++) {
            String last = chunks.get(i - 1).substring(chunks.get(i - 1).lastIndexOf("This"));
            assertThat(chunks.get(i)).startsWith(last).isNotEqualTo(last);
        }
    }

    @Test
    void chunks_ratherEndAtParagraphsThanAtSentences() {
        String text = "One two three four five six. Seven eight nine ten.\n\n"
                + "Alpha beta gamma delta. Epsilon zeta eta theta iota kappa lambda.";

        assertThat(chunks(text, 16, 18)).element(0).isEqualTo("One two three four five six. Seven eight nine ten.");
    }

    @Test
    void chunks_ofATextOfHeadingsAloneAreNotOneForEachFewBytes() {
        String text = "#\n".repeat(10_000);

        List<String> chunks = chunks(text, 200, 256);

        assertThat(chunks.subList(0, chunks.size() - 1))
                .allSatisfy(chunk -> assertThat(chunk.length()).isGreaterThanOrEqualTo(199));
    }

    @Test
    void chunks_beginWithHeadingsAndNeverEndWithOne() {
        String words = " some more words for the horse".repeat(2) + ".";
        String text = IntStream.range(0, 6).mapToObj(i -> "## Part " + i + "\n\nText" + words)
                .collect(Collectors.joining("\n\n"));

        List<String> chunks = chunks(text, 20, 24);

        assertThat(chunks).hasSize(6).allSatisfy(chunk -> assertThat(chunk).startsWith("## Part").endsWith("horse."));
    }

    @Test
    void chunks_keepAHeadingWithALongParagraph() {
        String text = "# Care\n\n" + "word ".repeat(18) + "end.\n\n" + "Another " + "word ".repeat(18) + "end.";

        List<String> chunks = chunks(text, 16, 24);

        assertThat(chunks).hasSize(2);
        assertThat(chunks.getFirst()).startsWith("# Care").endsWith("end.");
    }

    @Test
    void chunks_keepCodeTogetherIfItFits() {
        String code = "```\nint a = 1;\n\n# no heading\nint b = 2. Then;\n```";
        String text = "Six words stand before the code.\n\n" + code + "\n\nAnd six more stand after it.";

        assertThat(chunks(text, 16, 20)).contains(code);
    }

    @Test
    void chunks_keepTablesTogetherIfTheyFit() {
        String table = "| Horse | kg |\n| Major | 612. Then |\n| Duchess | 540 |";
        String text = "Six words stand before the table.\n\n" + table + "\n\nAnd six more stand after it.";

        assertThat(chunks(text, 16, 20)).contains(table);
    }

    @Test
    void chunks_cutCodeThatDoesNotFitAtItsLines() {
        String code =
                IntStream.range(0, 30).mapToObj(i -> "  call number " + i + ";").collect(Collectors.joining("\n"));

        assertThat(chunks("```\n" + code + "\n```", 16, 20)).hasSizeGreaterThan(4)
                .allSatisfy(chunk -> assertThat(chunk).matches("(?s)(```|call).*(;|```)"));
    }

    @Test
    void chunks_cutASentenceOnlyIfItAloneIsTooLong() {
        String longest = "A " + "word ".repeat(23) + "end.";
        String tooLong = "First " + "word ".repeat(28) + "end.";

        assertThat(chunks(longest + " " + longest, 20, 25)).containsExactly(longest, longest);
        assertThat(chunks("Begin. " + tooLong, 20, 25)).hasSize(2)
                .allSatisfy(chunk -> assertThat(words(chunk)).isBetween(10, 20));
    }

    @Test
    void chunks_addASmallRestToTheLast() {
        String text = "One two three four five six seven eight nine ten. ".repeat(4) + "The end.";

        List<String> chunks = chunks(text, 20, 22);

        assertThat(chunks.getLast()).endsWith("ten. The end.");
        assertThat(words(chunks.getLast())).isGreaterThan(10);
    }

    @Test
    void chunks_neverCutASurrogatePair() {
        String text = "x" + "🐎".repeat(5000);
        Chunker chunker = new Chunker(part -> part.codePointCount(0, part.length()), 100, 120);

        List<Stretch> chunks = chunker.chunks(text);

        assertThat(chunks).hasSizeGreaterThan(40).allSatisfy(chunk -> {
            assertThat(Character.isLowSurrogate(text.charAt(chunk.start()))).isFalse();
            assertThat(Character.isHighSurrogate(text.charAt(chunk.end() - 1))).isFalse();
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "\n", "🐎", ".", ". ", "a. ", "A. B! ", "a ", "a\n", "a\n\n", "# a\n", "- a\n", "1. a\n\n",
                    "```\n", "```\na\n```\n", "~~~~", "`", "a\n=\n", "。", "漢字", "e.g. ", "x\t\t\t\t\t\t\t\t", "()\n",
                    "\u00a0", "\r"})
    @Timeout(60)
    void chunks_takeTimeInProportionToTheText(String pattern) {
        String text = "x" + pattern.repeat(MIB / pattern.length()) + "x";
        AtomicLong counted = new AtomicLong();
        Chunker chunker = new Chunker(part -> {
            counted.addAndGet(part.length());
            return (int) part.chars().filter(c -> !Character.isWhitespace(c)).count();
        }, 200, 256);

        List<Stretch> chunks = chunker.chunks(text);

        assertThat(counted.get()).isLessThan(4L * MIB);
        assertThat(chunks).isNotEmpty().hasSizeLessThan(3 * MIB / 50);
        assertThat(chunks.getFirst().start()).isZero();
        assertThat(chunks.getLast().end()).isEqualTo(text.length());
    }

    private static List<String> chunks(String text, int target, int max) {
        List<String> chunks = new ArrayList<>();
        new Chunker(ChunkerTest::words, target, max).chunks(text).forEach(chunk -> chunks.add(chunk.of(text)));
        return chunks;
    }
}
