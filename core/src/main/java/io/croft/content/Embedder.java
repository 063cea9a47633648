package io.croft.content;

import java.util.List;

/**
 * Turns texts into vectors. Every vector has the length {@code model().dimensions()} and, within 1e-3, the Euclidean
 * norm 1, so that a dot product is a cosine. Implementations are thread-safe and bound the threads and memory that they
 * use.
 */
public interface Embedder extends AutoCloseable {

    /** The model; the same for the embedder's whole life. */
    EmbeddingModel model();

    /**
     * Embeds passages. A text over the model's limit is cut at it.
     *
     * @param texts 1 to 100 texts, none blank
     * @return one unit vector a text, in their order
     * @throws EmbedderUnavailableException if the model cannot be used for a while, whatever the texts are
     * @throws io.croft.CroftException      if the model fails; the call may be repeated
     */
    List<float[]> embed(List<String> texts);

    /**
     * Embeds a query; models that mark queries do so here. By default the same as for a passage.
     *
     * @throws io.croft.CroftException if the model fails: the query is answered by its words, as it is after any other
     *                                 exception; the call may be repeated
     */
    default float[] embedQuery(String text) {
        return embed(List.of(text)).getFirst();
    }

    /**
     * The number of the model's tokens in a text, by which texts are cut into chunks; an estimate is allowed, and by
     * default it is one token for every four characters.
     */
    default int countTokens(String text) {
        return (text.length() + 3) / 4;
    }

    /** How many texts are best embedded in one call, 1 to 100; 32 by default. */
    default int batchSize() {
        return 32;
    }

    /** The most tokens of a passage that the model reads; what is beyond is ignored. */
    default int maxTokens() {
        return 256;
    }

    /** Releases the model. Calls that are under way may fail. */
    @Override
    default void close() {
    }
}
