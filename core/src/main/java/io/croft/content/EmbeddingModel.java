package io.croft.content;

import io.croft.InvalidInputException;
import io.croft.input.Ids;

/**
 * What the library must know of an embedding model.
 *
 * @param id          names the model and its version; vectors of models with different ids are never compared; 1 to 128
 *                    characters
 * @param dimensions  the length of its vectors, 1 to 4,096
 * @param cosineFloor the model's median cosine of a query and an unrelated text, 0 to 0.9: what a cosine means nothing
 *                    below. It must be the same in every process, since it is not stored in Postgres;
 *                    {@code docs/ranking.md} says how to measure it
 */
public record EmbeddingModel(String id, int dimensions, double cosineFloor) {

    /** The greatest vector length. */
    public static final int MAX_DIMENSIONS = 4096;

    public EmbeddingModel {
        Ids.checkName("embedding model id", id);
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw new InvalidInputException("embedding model " + id + " has " + dimensions
                    + " dimensions; 1 to " + MAX_DIMENSIONS + " are supported");
        }
        if (!(cosineFloor >= 0 && cosineFloor <= 0.9)) {
            throw new InvalidInputException("embedding model " + id + " has the cosine floor " + cosineFloor
                    + "; give its median cosine of unrelated texts, 0 to 0.9");
        }
    }
}
