package io.croft.benchmarks.data;

import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A model without meaning that costs nothing: every word has a direction drawn from its hash, and a text points where
 * its words point together. The same text always has the same vector, in every process. Thread-safe.
 */
public final class HashEmbedder implements Embedder {

    static final int DIMENSIONS = 64;

    private static final EmbeddingModel MODEL = new EmbeddingModel("hash-words-1", DIMENSIONS, 0.05);

    @Override
    public EmbeddingModel model() {
        return MODEL;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream().map(text -> vector(text, DIMENSIONS)).toList();
    }

    /** What a model like this one, of so many dimensions, makes of a text. */
    static float[] vector(String text, int dimensions) {
        double[] sum = new double[dimensions];
        for (String word : text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+", -1)) {
            SplittableRandom direction = new SplittableRandom(0x9e3779b97f4a7c15L * (word.hashCode() + 1L));
            for (int i = 0; i < dimensions; i++) {
                sum[i] += direction.nextDouble() - 0.5;
            }
        }
        return unit(sum);
    }

    /** A random unit vector. */
    public static float[] random(SplittableRandom random) {
        double[] values = new double[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            values[i] = random.nextDouble() - 0.5;
        }
        return unit(values);
    }

    private static float[] unit(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        double norm = Math.sqrt(sum);
        float[] unit = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            unit[i] = (float) (values[i] / norm);
        }
        return unit;
    }
}
