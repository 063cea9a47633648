package io.croft.engine.search;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.search.SearchQuery;
import java.util.Optional;

/**
 * Finds a query's vector: the given one, a remembered one, or a new one. What one organisation asked is remembered for it alone:
 * how fast an answer comes tells nobody what others have asked.
 */
final class QueryVectors {

    private static final long MAX_BYTES = 32L << 20;

    private final Embedder embedder;
    private final EmbeddingModel model;
    private final Cache<Asked, float[]> remembered;

    QueryVectors(Embedder embedder) {
        this.embedder = embedder;
        this.model = embedder.model();
        this.remembered = Caffeine.newBuilder().maximumWeight(MAX_BYTES)
                .weigher((Asked asked, float[] vector) -> 96 + 2 * asked.text().length() + 4 * vector.length).build();
    }

    /** The unit vector; not to be changed. */
    float[] of(OrgId org, SearchQuery query) {
        Optional<float[]> given = query.vector();
        if (given.isPresent()) {
            if (given.get().length != model.dimensions()) {
                throw new InvalidInputException("the query vector has " + given.get().length + " dimensions; model "
                        + model.id() + " has " + model.dimensions());
            }
            return given.get();
        }
        return remembered.get(new Asked(org, query.text()), asked -> embed(asked.text()));
    }

    private float[] embed(String text) {
        float[] vector = embedder.embedQuery(text);
        if (vector.length != model.dimensions()) {
            throw new CroftException("model " + model.id() + " gave a vector of " + vector.length
                    + " dimensions instead of " + model.dimensions() + ": its embedder contradicts itself");
        }
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new CroftException("model " + model.id() + " gave a vector that holds " + value);
            }
        }
        return vector;
    }

    private record Asked(OrgId org, String text) {
    }
}
