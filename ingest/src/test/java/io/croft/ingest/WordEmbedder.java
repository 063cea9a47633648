package io.croft.ingest;

import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import java.util.ArrayList;
import java.util.List;

/**
 * An embedder whose tokens are words and whose vectors lie on a circle; it keeps what it is given. Used by one thread.
 */
class WordEmbedder implements Embedder {

    static final String MODEL = "circle-1";

    final List<List<String>> calls = new ArrayList<>();
    private final int maxTokens;

    WordEmbedder(int maxTokens) {
        this.maxTokens = maxTokens;
    }

    @Override
    public EmbeddingModel model() {
        return new EmbeddingModel(MODEL, 2, 0.1);
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        calls.add(List.copyOf(texts));
        return texts.stream().map(WordEmbedder::vector).toList();
    }

    static float[] vector(String text) {
        double angle = text.hashCode();
        return new float[]{(float) Math.cos(angle), (float) Math.sin(angle)};
    }

    List<String> texts() {
        return calls.stream().flatMap(List::stream).toList();
    }

    @Override
    public int countTokens(String text) {
        return ChunkerTest.words(text);
    }

    @Override
    public int maxTokens() {
        return maxTokens;
    }
}
