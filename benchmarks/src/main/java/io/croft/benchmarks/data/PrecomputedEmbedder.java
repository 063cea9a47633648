package io.croft.benchmarks.data;

import io.croft.CroftException;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Looks vectors up that a model made before, so that a measurement of ranking need not embed. Texts are told apart by
 * their letters and digits alone, because a title may be put before a text in several ways. Every text counts as one
 * token, so none is cut. Filled by one thread, then thread-safe.
 */
public final class PrecomputedEmbedder implements Embedder {

    /** The floor that the local embedder gives for this model. */
    private static final double MINI_LM_FLOOR = 0.2;

    private final EmbeddingModel model;
    private final Map<String, float[]> vectors = new HashMap<>();

    /** Knows no text yet. */
    public PrecomputedEmbedder(int dimensions) {
        this.model = new EmbeddingModel("precomputed-all-minilm-l6-v2", dimensions, MINI_LM_FLOOR);
    }

    /** Adds a collection: its passages, with and without title, and its queries. */
    public PrecomputedEmbedder with(JudgedCollection collection) {
        collection.passages().forEach(passage -> add(passage.title(), passage.text(), passage.vector()));
        collection.queries().forEach(query -> add("", query.text(), query.vector()));
        return this;
    }

    /** Gives the vector of a title and a text. */
    public void add(String title, String text, float[] vector) {
        vectors.put(key(title + text), vector);
        vectors.putIfAbsent(key(text), vector);
    }

    @Override
    public EmbeddingModel model() {
        return model;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream().map(this::vector).toList();
    }

    @Override
    public int countTokens(String text) {
        return 1;
    }

    @Override
    public int maxTokens() {
        return 2048;
    }

    private float[] vector(String text) {
        float[] vector = vectors.get(key(text));
        if (vector == null) {
            throw new CroftException("no vector was made for a text of " + text.length()
                    + " characters: only whole passages and queries of the collections have one");
        }
        return vector;
    }

    private static String key(String text) {
        StringBuilder key = new StringBuilder(text.length());
        text.toLowerCase(Locale.ROOT).codePoints().filter(Character::isLetterOrDigit).forEach(key::appendCodePoint);
        return key.toString();
    }
}
