package io.croft.examples.product;

import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Embeds by hashing words: texts that share words are near each other. Quick, and the same everywhere. */
final class WordEmbedder implements Embedder {

    private static final int DIMENSIONS = 64;
    private static final Pattern WORDS = Pattern.compile("\\W+");

    private final String id;

    WordEmbedder(String id) {
        this.id = id;
    }

    @Override
    public EmbeddingModel model() {
        return new EmbeddingModel(id, DIMENSIONS, 0.1);
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream().map(WordEmbedder::embed).toList();
    }

    private static float[] embed(String text) {
        float[] vector = new float[DIMENSIONS];
        vector[0] = 0.01f;
        for (String word : WORDS.splitAsStream(text.toLowerCase(Locale.ROOT)).toList()) {
            vector[Math.floorMod(word.hashCode() * 31, DIMENSIONS)] += 1;
        }
        double sum = 0;
        for (float value : vector) {
            sum += value * value;
        }
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] /= (float) Math.sqrt(sum);
        }
        return vector;
    }
}
