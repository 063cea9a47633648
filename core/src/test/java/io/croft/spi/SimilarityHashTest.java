package io.croft.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.spi.contract.Seed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SimilarityHashTest {

    private static final String TEXT = "A calm saddle horse of seven years that likes children and never kicked.";

    @Test
    void signature_heedsWordsAlone() {
        assertThat(signature("", TEXT)).isNotZero()
                .isEqualTo(
                        signature("", "  a CALM saddle-horse of seven years, that likes children (and never kicked)"));
        assertThat(signature("The Mare", TEXT)).isEqualTo(signature("the mare!", TEXT));
    }

    @Test
    void signature_isTheSameHoweverTheTextIsCut() {
        int cut = TEXT.indexOf("that");

        assertThat(signature("", TEXT.substring(0, cut), TEXT.substring(cut))).isEqualTo(signature("", TEXT));
    }

    @Test
    void signature_ofFewWordsIsNone() {
        assertThat(signature("Title", "a calm horse a calm horse a calm horse a calm horse a calm horse")).isZero();
        assertThat(signature("", "")).isZero();
    }

    @Test
    void signature_ofAnotherTitleIsFarAway() {
        assertThat(Long.bitCount(signature("Bella", TEXT) ^ signature("Stella", TEXT))).isGreaterThan(10);
    }

    @Test
    void signature_ofALongTextWithOneWordChangedIsNear() {
        Random random = Seed.random("signature_ofALongTextWithOneWordChangedIsNear");
        int near = 0;
        for (int round = 0; round < 200; round++) {
            List<String> words = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                words.add("w" + random.nextInt(2000));
            }
            long before = signature("t", String.join(" ", words));
            words.set(random.nextInt(words.size()), "changed");
            near += Long.bitCount(before ^ signature("t", String.join(" ", words))) <= 3 ? 1 : 0;
        }
        assertThat(near).isGreaterThan(160);
    }

    @Test
    void signature_ofOtherWordsIsFarAway() {
        Random random = Seed.random("signature_ofOtherWordsIsFarAway");
        for (int round = 0; round < 200; round++) {
            List<String> texts = new ArrayList<>();
            for (int text = 0; text < 2; text++) {
                StringBuilder words = new StringBuilder();
                for (int i = 0; i < 50; i++) {
                    words.append(" w").append(random.nextInt(2000));
                }
                texts.add(words.toString());
            }

            assertThat(Long.bitCount(signature("", texts.get(0)) ^ signature("", texts.get(1)))).isGreaterThan(3);
        }
    }

    private static long signature(String title, String... texts) {
        List<Chunk> chunks = new ArrayList<>();
        for (String text : texts) {
            chunks.add(new Chunk(chunks.size(), 0, text.length(), text, new float[]{1}));
        }
        return new ContentChunks(new ContentKey(OrgId.named("acme"), "a"), 1, "m", Instant.EPOCH, title, Map.of(),
                chunks).signature();
    }
}
