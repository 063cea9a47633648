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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Finds a query's vector: the given one, a remembered one, or a new one. What one organisation asked is remembered for
 * it alone: how fast an answer comes tells nobody what others have asked. A query that several ask at once is embedded
 * once.
 */
final class QueryVectors implements AutoCloseable {

    private static final long MAX_BYTES = 32L << 20;
    /** The most queries that are embedded at once. */
    static final int MAX_AT_ONCE = 256;
    /** The most of them of one organisation, so that no single one takes all the places. */
    static final int MAX_OF_ONE = 64;

    private final Embedder embedder;
    private final EmbeddingModel model;
    private final ExecutorService threads;
    private final Semaphore places = new Semaphore(MAX_AT_ONCE);
    private final ConcurrentMap<OrgId, Integer> taken = new ConcurrentHashMap<>();
    /** Also those that are being made. A failed one is not kept. */
    private final Cache<OrgText, CompletableFuture<float[]>> remembered;

    QueryVectors(Embedder embedder) {
        this.embedder = embedder;
        this.model = embedder.model();
        this.threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("croft-embed-query").daemon().factory());
        int bytes = 160 + Float.BYTES * model.dimensions();
        this.remembered = Caffeine.newBuilder().executor(Runnable::run).maximumWeight(MAX_BYTES)
                .weigher((OrgText asked, CompletableFuture<float[]> vector) -> bytes + 2 * asked.text().length())
                .build();
    }

    /** The vector, not to be changed; empty if it was not made by the deadline. */
    Optional<float[]> of(OrgId org, SearchQuery query, long deadlineNanos) {
        Optional<float[]> given = query.vector();
        if (given.isPresent()) {
            if (given.get().length != model.dimensions()) {
                throw new InvalidInputException("the query vector has " + given.get().length + " dimensions; model "
                        + model.id() + " has " + model.dimensions());
            }
            return given;
        }
        CompletableFuture<float[]> vector = vector(new OrgText(org, query.text()));
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
                    : notEmbedded(e.getCause());
        }
    }

    /** An embedder's own message may hold the text. */
    private static CroftException notEmbedded(@Nullable Throwable cause) {
        String what = cause == null ? "for no stated reason" : "by " + cause.getClass().getName();
        return new CroftException("the query could not be embedded: its embedder failed, " + what, cause);
    }

    private CompletableFuture<float[]> vector(OrgText asked) {
        CompletableFuture<float[]> mine = new CompletableFuture<>();
        CompletableFuture<float[]> known = remembered.asMap().putIfAbsent(asked, mine);
        if (known != null) {
            return known;
        }
        if (!takePlace(asked.org())) {
            fail(asked, mine, new CroftException("too many queries are being embedded already (" + MAX_OF_ONE
                    + " of one organisation, " + MAX_AT_ONCE + " in all): ask again later"));
            return mine;
        }
        try {
            threads.execute(() -> {
                try {
                    mine.complete(embed(asked.text()));
                } catch (RuntimeException | Error e) {
                    fail(asked, mine, e);
                } finally {
                    leavePlace(asked.org());
                }
            });
        } catch (RuntimeException | Error e) {
            leavePlace(asked.org());
            fail(asked, mine, e);
        }
        return mine;
    }

    private boolean takePlace(OrgId org) {
        if (!places.tryAcquire()) {
            return false;
        }
        if (taken.merge(org, 1, Integer::sum) > MAX_OF_ONE) {
            leavePlace(org);
            return false;
        }
        return true;
    }

    private void leavePlace(OrgId org) {
        taken.computeIfPresent(org, (one, count) -> count == 1 ? null : count - 1);
        places.release();
    }

    private void fail(OrgText asked, CompletableFuture<float[]> vector, Throwable cause) {
        remembered.asMap().remove(asked, vector);
        vector.completeExceptionally(cause);
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

    private record OrgText(OrgId org, String text) {
    }
}
