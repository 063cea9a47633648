package io.croft.benchmarks.ranking;

import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Embeds each text once, however often a collection is taken in. Thread-safe. */
final class RememberedVectors implements Embedder {

    private final Embedder embedder;
    private final Map<String, float[]> vectors = new ConcurrentHashMap<>();

    RememberedVectors(Embedder embedder) {
        this.embedder = embedder;
    }

    @Override
    public EmbeddingModel model() {
        return embedder.model();
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        List<String> unknown = texts.stream().filter(text -> !vectors.containsKey(text)).distinct().toList();
        if (!unknown.isEmpty()) {
            List<float[]> made = embedder.embed(unknown);
            for (int i = 0; i < unknown.size(); i++) {
                vectors.put(unknown.get(i), made.get(i));
            }
        }
        List<float[]> known = new ArrayList<>(texts.size());
        for (String text : texts) {
            float[] vector = vectors.get(text);
            if (vector == null) {
                throw new IllegalStateException("a vector that was just made is missing");
            }
            known.add(vector);
        }
        return known;
    }

    @Override
    public float[] embedQuery(String text) {
        return embedder.embedQuery(text);
    }

    @Override
    public int countTokens(String text) {
        return embedder.countTokens(text);
    }

    @Override
    public int maxTokens() {
        return embedder.maxTokens();
    }

    /** Leaves the vectors and the model: another product goes on with them. {@link #release} closes the model. */
    @Override
    public void close() {
    }

    void release() {
        embedder.close();
    }
}
