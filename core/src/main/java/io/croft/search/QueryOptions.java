package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.content.EmbeddingModel;
import io.croft.content.WriteReceipt;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What a query asks for, with the defaults. Changed only before a {@link SearchQuery} has it; its values are immutable.
 */
final class QueryOptions {

    String text = "";
    Optional<float[]> vector = Optional.empty();
    SearchMode mode = SearchMode.HYBRID;
    Set<Source> sources = Collections.unmodifiableSet(EnumSet.allOf(Source.class));
    int limit = 10;
    Duration timeout = Duration.ofSeconds(2);
    List<WriteReceipt> after = List.of();
    Optional<Filter> filter = Optional.empty();
    Sort sort = Sort.byScore();
    List<Facet> facets = List.of();
    Phrases phrases = Phrases.PREFER;
    Typos typos = Typos.CORRECT;
    Optional<SearchQuery.Example> example = Optional.empty();
    List<Boost> boosts = List.of();
    OptionalDouble minScore = OptionalDouble.empty();
    Map<Source, Integer> least = Map.of();
    Map<Source, Integer> most = Map.of();
    double diversity;
    SearchQuery.Duplicates duplicates = SearchQuery.Duplicates.COLLAPSED;
    Optional<String> cursor = Optional.empty();

    QueryOptions() {
    }

    /** A copy, to be changed. */
    QueryOptions(QueryOptions other) {
        this.text = other.text;
        this.vector = other.vector;
        this.mode = other.mode;
        this.sources = other.sources;
        this.limit = other.limit;
        this.timeout = other.timeout;
        this.after = other.after;
        this.filter = other.filter;
        this.sort = other.sort;
        this.facets = other.facets;
        this.phrases = other.phrases;
        this.typos = other.typos;
        this.example = other.example;
        this.boosts = other.boosts;
        this.minScore = other.minScore;
        this.least = other.least;
        this.most = other.most;
        this.diversity = other.diversity;
        this.duplicates = other.duplicates;
        this.cursor = other.cursor;
    }

    /**
     * A vector brought to unit length.
     *
     * @throws InvalidInputException if it is empty, too long, all zero, or holds NaN or infinity
     */
    static float[] unit(float[] vector) {
        if (vector.length < 1 || vector.length > EmbeddingModel.MAX_DIMENSIONS) {
            throw new InvalidInputException("the query vector has " + vector.length + " dimensions; 1 to "
                    + EmbeddingModel.MAX_DIMENSIONS + " are supported");
        }
        double sum = 0;
        for (int i = 0; i < vector.length; i++) {
            if (!Float.isFinite(vector[i])) {
                throw new InvalidInputException("the query vector holds " + vector[i] + " at " + i
                        + ": every value must be finite");
            }
            sum += (double) vector[i] * vector[i];
        }
        if (sum == 0) {
            throw new InvalidInputException("the query vector is all zero: it has no direction");
        }
        double norm = Math.sqrt(sum);
        float[] unit = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            unit[i] = (float) (vector[i] / norm);
        }
        return unit;
    }
}
