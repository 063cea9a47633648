package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LocalEmbedderTest {

    private static LocalEmbedder embedder;

    @BeforeAll
    static void load() {
        embedder = LocalEmbedder.builder().threads(2).build();
    }

    @AfterAll
    static void close() {
        embedder.close();
    }

    @Test
    void model_saysWhatVectorsAre() {
        assertThat(embedder.model().id()).isEqualTo("all-minilm-l6-v2-q");
        assertThat(embedder.model().dimensions()).isEqualTo(384);
        assertThat(embedder.model().cosineFloor()).isEqualTo(0.2);
    }

    @Test
    void embed_givesUnitVectorsInOrder() {
        List<String> texts = List.of("A calm bay gelding.", "Invoice number 17.", "馬", "🐎🐎🐎", "x");

        List<float[]> vectors = embedder.embed(texts);

        assertThat(vectors).hasSize(5).allSatisfy(vector -> {
            assertThat(vector).hasSize(384);
            assertThat(dot(vector, vector)).isCloseTo(1, within(1e-5));
        });
        for (int i = 0; i < texts.size(); i++) {
            assertThat(vectors.get(i)).isEqualTo(embedder.embed(List.of(texts.get(i))).getFirst());
        }
    }

    @Test
    void embedQuery_isNearerToWhatItAsksFor() {
        float[] query = embedder.embedQuery("calm horse for a tall rider");

        List<float[]> texts = embedder.embed(List.of("A quiet gelding of 17 hands, an easy ride for a big man.",
                "The annual accounts are due at the end of March.", "Leather halter with brass fittings."));

        assertThat(dot(query, texts.get(0))).isGreaterThan(0.4);
        assertThat(dot(query, texts.get(1))).isLessThan(0.2);
        assertThat(dot(query, texts.get(2))).isBetween(dot(query, texts.get(1)), dot(query, texts.get(0)));
    }

    @Test
    void embed_readsMaxTokensAndNothingAfter() {
        String full = "horse ".repeat(embedder.maxTokens());
        String shorter = "horse ".repeat(embedder.maxTokens() - 1);

        List<float[]> vectors = embedder.embed(List.of(full, full + "saddle invoice", shorter + "saddle"));

        assertThat(embedder.countTokens(full)).isEqualTo(embedder.maxTokens());
        assertThat(vectors.get(1)).isEqualTo(vectors.get(0));
        assertThat(vectors.get(2)).isNotEqualTo(vectors.get(0));
    }

    @Test
    void embed_bearsHugeTextsAndBrokenUnicode() {
        List<float[]> vectors =
                embedder.embed(List.of("🐎".repeat(1 << 19), "a".repeat(1 << 20), "horse ".repeat(1 << 17),
                        "\ud83d horse \udc0e", "\u0000horse\u0001", "\u200b"));

        assertThat(vectors).allSatisfy(vector -> assertThat(dot(vector, vector)).isCloseTo(1, within(1e-5)));
    }

    @Test
    void embed_refusesBlankTextsAndTooManyTexts() {
        assertThatThrownBy(() -> embedder.embed(List.of("horse", " \n"))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("text 2 of 2");
        assertThatThrownBy(() -> embedder.embed(List.of())).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("0 texts");
        assertThatThrownBy(() -> embedder.embed(Collections.nCopies(101, "horse")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("101 texts");
    }

    @Test
    void builder_refusesSettingsOutsideTheirLimits() {
        assertThatThrownBy(() -> LocalEmbedder.builder().threads(0)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("threads is 0");
        assertThatThrownBy(() -> LocalEmbedder.builder().threads(257)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> LocalEmbedder.builder().maxWait(Duration.ZERO))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("PT0S");
        assertThatThrownBy(() -> LocalEmbedder.builder().maxWait(Duration.ofHours(2)))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void countTokens_countsWordPieces() {
        assertThat(embedder.countTokens("a horse")).isEqualTo(2);
        assertThat(embedder.countTokens("unhorsed")).isGreaterThan(1);
        assertThat(embedder.countTokens("\n")).isZero();
        assertThat(embedder.countTokens("[CLS]")).as("special tokens in a text count").isEqualTo(1);
    }

    @Test
    void countTokens_isTheSameForALongTextAsForItsParts() {
        Random random = Seed.random("countTokens_isTheSameForALongTextAsForItsParts");
        List<String> words = SampleTexts.words(random, 60_000);

        int whole = embedder.countTokens(String.join(" ", words));

        int sum = 0;
        for (int i = 0; i < words.size(); i += 100) {
            sum += embedder.countTokens(String.join(" ", words.subList(i, i + 100)));
        }
        assertThat(whole).isEqualTo(sum);
    }

    @Test
    void embed_givesSixteenThreadsAtOnceTheSameVectors() throws Exception {
        List<String> texts = SampleTexts.varied(new Random(7), 32);
        List<float[]> expected = texts.stream().map(text -> embedder.embed(List.of(text)).getFirst()).toList();
        CountDownLatch start = new CountDownLatch(1);

        List<Future<List<float[]>>> calls = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 16; i++) {
                calls.add(threads.submit(() -> {
                    start.await();
                    return embedder.embed(texts);
                }));
            }
            start.countDown();
        }

        for (Future<List<float[]>> call : calls) {
            List<float[]> vectors = call.get();
            IntStream.range(0, texts.size()).forEach(i -> assertThat(vectors.get(i)).isEqualTo(expected.get(i)));
        }
    }

    @Test
    void close_isSafeWhileCallsRun() throws Exception {
        for (int round = 0; round < 3; round++) {
            LocalEmbedder closing = LocalEmbedder.builder().threads(2).build();
            CountDownLatch busy = new CountDownLatch(8);
            List<Future<?>> calls = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
                for (int i = 0; i < 8; i++) {
                    boolean counts = i % 2 == 0;
                    calls.add(threads.submit(() -> useUntilClosed(closing, counts, busy)));
                }
                busy.await();

                closing.close();
                closing.close();
            }

            assertThat(calls).allSatisfy(call -> assertThatThrownBy(call::get).isInstanceOf(ExecutionException.class)
                    .cause().isExactlyInstanceOf(CroftException.class).hasMessageContaining("closed"));
        }
    }

    private static void useUntilClosed(LocalEmbedder embedder, boolean counts, CountDownLatch busy) {
        for (int i = 0;; i++) {
            if (counts) {
                embedder.countTokens("Saddles are cleaned after every ride.");
            } else {
                embedder.embed(List.of("Saddles are cleaned after every ride.", "Bridles hang on the left."));
            }
            if (i == 2) {
                busy.countDown();
            }
        }
    }

    static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
