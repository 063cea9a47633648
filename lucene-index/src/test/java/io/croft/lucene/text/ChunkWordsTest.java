package io.croft.lucene.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkWordsTest {

    private static final ChunkAnalyzer ANALYZER = new ChunkAnalyzer();
    private static final List<String> PARTS =
            List.of("the", "riders'", "Running", "runs", "of", "and", "3.5", "x", "naïve",
                    "\ud83d\ude00", "日本", "שלום", ".", ",", "it's", "snake_case", "İstanbul", "e\u0301clair", "");

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "the", "The rider's bicycles were repaired by the", "of the and", "a b c",
            "Ein Haus, das 1,000 Häuser ist; e\u0301t\u00e9 日本語 שלום \ud83d\ude00 \ud800 x\udc00y"})
    void both_areWhatTheAnalyzerGives(String text) throws IOException {
        assertBoth(text);
    }

    @Test
    void both_areWhatTheAnalyzerGivesForAnyText() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            StringBuilder text = new StringBuilder();
            for (int part = random.nextInt(30); part > 0; part--) {
                text.append(PARTS.get(random.nextInt(PARTS.size()))).append(random.nextInt(5) == 0 ? "" : " ");
            }
            assertBoth(text.toString());
        }
    }

    @Test
    void words_longerThanATokenAreCutTheSameWay() throws IOException {
        assertBoth("word".repeat(10_000) + " end");
    }

    @Test
    void streams_ofOneTextAreIndependent() throws IOException {
        ChunkWords words = ANALYZER.words("Repairing old bicycles");
        try (TokenStream first = words.stems(); TokenStream second = words.stems()) {
            first.reset();
            second.reset();
            assertThat(first.incrementToken()).isTrue();
            assertThat(first.incrementToken()).isTrue();
            assertThat(second.incrementToken()).isTrue();
            assertThat(first.getAttribute(CharTermAttribute.class).toString()).isEqualTo("old");
            assertThat(second.getAttribute(CharTermAttribute.class).toString()).isEqualTo("repair");
        }
    }

    private static void assertBoth(String text) throws IOException {
        ChunkWords words = ANALYZER.words(text);

        assertThat(read(words.stems())).as(text).isEqualTo(read(ANALYZER.tokenStream(ChunkAnalyzer.TEXT, text)));
        assertThat(read(words.written())).as(text)
                .isEqualTo(read(ANALYZER.tokenStream(ChunkAnalyzer.WRITTEN, text)));
        assertThat(read(words.stems())).as("once more").isEqualTo(read(words.stems()));
    }

    /** The terms, each with how far it is behind the one before it, and how far the end is. */
    private static List<String> read(TokenStream tokens) throws IOException {
        List<String> all = new ArrayList<>();
        try (tokens) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            PositionIncrementAttribute increment = tokens.addAttribute(PositionIncrementAttribute.class);
            tokens.reset();
            while (tokens.incrementToken()) {
                all.add(increment.getPositionIncrement() + " " + term);
            }
            tokens.end();
            all.add(increment.getPositionIncrement() + " to the end");
        }
        return all;
    }
}
