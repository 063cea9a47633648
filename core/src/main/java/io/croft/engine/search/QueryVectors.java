package io.croft.engine.search;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.search.SearchQuery;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds a query's vector: the given one, a remembered one, or a new one. What one organisation asked is remembered for
 * it alone: how fast an answer comes tells nobody what others have asked. A query that several ask at once is embedded
 * once.
 */
final class QueryVectors implements AutoCloseable {

    private static final long MAX_BYTES = 32L << 20;

    private final Embedder embedder;
    private final EmbeddingModel model;
    private final ExecutorService threads;
    private final AsyncCache<Asked, float[]> remembered;

    QueryVectors(Embedder embedder) {
        this.embedder = embedder;
        this.model = embedder.model();
        this.threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("croft-embed-query").factory());
        this.remembered = Caffeine.newBuilder().executor(threads).maximumWeight(MAX_BYTES)
                .weigher((Asked asked, float[] vector) -> 96 + 2 * asked.text().length() + 4 * vector.length)
                .buildAsync();
    }

    /** The unit vector, not to be changed; empty if it was not made by the deadline. */
    Optional<float[]> of(OrgId org, SearchQuery query, long deadlineNanos) {
        Optional<float[]> given = query.vector();
        if (given.isPresent()) {
            if (given.get().length != model.dimensions()) {
                throw new InvalidInputException("the query vector has " + given.get().length + " dimensions; model "
                        + model.id() + " has " + model.dimensions());
            }
            return given;
        }
        CompletableFuture<float[]> vector = remembered.get(new Asked(org, query.text()), asked -> embed(asked.text()));
        try {
            return Optional.of(vector.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CroftException("interrupted while the query was embedded", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CroftException known
                    ? known
                    : new CroftException("the query could not be embedded: " + e.getCause(), e.getCause());
        }
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

    @Override
    public void close() {
        threads.shutdown();
    }

    private record Asked(OrgId org, String text) {
    }
}
