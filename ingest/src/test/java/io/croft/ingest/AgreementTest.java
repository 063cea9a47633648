package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import io.croft.spi.contract.Seed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The local embedder against langchain4j's own class for the same model. */
class AgreementTest {

    private static final double TOLERANCE = 1e-4;

    @Test
    void embed_agreesWithLangchain4j() {
        List<String> texts = SampleTexts.varied(Seed.random("embed_agreesWithLangchain4j"), 100);
        AllMiniLmL6V2QuantizedEmbeddingModel theirs = new AllMiniLmL6V2QuantizedEmbeddingModel();
        List<String> apart = new ArrayList<>();

        try (LocalEmbedder ours = LocalEmbedder.miniLm()) {
            List<float[]> vectors = ours.embed(texts);
            for (int i = 0; i < texts.size(); i++) {
                double difference = difference(vectors.get(i), theirs.embed(texts.get(i)).content().vector());
                if (!(difference <= TOLERANCE)) {
                    apart.add(difference + ": " + texts.get(i));
                }
            }
            assertThat(texts.stream().mapToInt(ours::countTokens).filter(count -> count > ours.maxTokens()).count())
                    .as("texts that are cut").isGreaterThan(10);
        }

        assertThat((Collection<String>) apart).isEmpty();
    }

    private static double difference(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        double greatest = 0;
        for (int i = 0; i < a.length; i++) {
            greatest = Math.max(greatest, Math.abs(a[i] - b[i]));
        }
        return greatest;
    }
}
