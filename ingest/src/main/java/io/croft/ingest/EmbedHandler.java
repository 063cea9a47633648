package io.croft.ingest;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.content.Embedder;
import io.croft.content.EmbedderUnavailableException;
import io.croft.content.EmbeddingModel;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.spi.Chunk;
import io.croft.spi.ContentStore;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.JobLease;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Makes a stored revision searchable: cuts it, embeds it, writes the chunks. The store completes the job in the
 * transaction that writes them; the result returned after that is not stored again. While the model is away, or the
 * day's budget is spent, the job waits, which is no failure; short pauses of the model are waited for in place, so
 * that what is embedded of the document is not embedded again. Stateless; done twice, it does the same.
 */
final class EmbedHandler implements JobHandler {

    /** The most texts embedded in one call, unless the embedder wants more or fewer. */
    static final int BATCH = 32;

    private static final String SUPERSEDED = "{\"superseded\":true}";
    private static final int MAX_BATCH = 100;

    /** How far a vector's length may be from 1, as {@link Embedder} says. */
    private static final double UNIT_TOLERANCE = 1e-3;
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
    /** What is waited for in place: one pause, and all of a document together. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration MOST_PAUSES = Duration.ofMinutes(2);
    private static final Duration LOOK = Duration.ofMillis(100);

    private final ContentStore content;
    private final Embedder embedder;
    private final KnownVectors known;
    private final TokenBudget budget;

    EmbedHandler(ContentStore content, Embedder embedder, KnownVectors known, TokenBudget budget) {
        this.content = content;
        this.embedder = embedder;
        this.known = known;
        this.budget = budget;
    }

    @Override
    public JobResult handle(JobContext job) {
        OrgId org = job.tenant().org();
        Optional<Pending> found = content.pending(org, job.payload());
        if (found.isEmpty()) {
            return JobResult.completed(SUPERSEDED);
        }
        Pending pending = found.get();
        Passages passages = Passages.of(pending.content(), embedder);
        Map<String, float[]> vectors = new HashMap<>(known.of(org, pending, embedder.model()));
        List<Integer> missing = IntStream.range(0, passages.size())
                .filter(number -> !vectors.containsKey(passages.chunk(number))).boxed().toList();
        try (TokenBudget.Taken taken = budget.take(org, () -> tokens(passages, missing))) {
            if (taken.untilMore().isPositive()) {
                return JobResult.snooze(taken.untilMore(), "the day's budget of tokens is spent");
            }
            if (!embed(job, pending, passages, missing, vectors, taken)) {
                return JobResult.snooze(Duration.ZERO);
            }
        } catch (EmbedderUnavailableException e) {
            return JobResult.snooze(wait(e.retryAfter()), "the embedding model cannot be used: " + e.getMessage());
        }
        List<Chunk> chunks = passages.chunks(IntStream.range(0, passages.size())
                .mapToObj(number -> Objects.requireNonNull(vectors.get(passages.chunk(number)))).toList());
        JobLease lease = new JobLease(org, job.id(), job.fence());
        boolean written = content.writeChunks(lease, pending, embedder.model().id(), chunks);
        return written ? JobResult.completed() : JobResult.completed(SUPERSEDED);
    }

    /**
     * Between two calls it sees whether it is to stop.
     *
     * @return whether all is embedded
     * @throws EmbedderUnavailableException if the model cannot be used for longer than is waited for, or nothing is
     *                                      embedded yet that would be lost
     */
    private boolean embed(JobContext job, Pending pending, Passages passages, List<Integer> missing,
            Map<String, float[]> vectors, TokenBudget.Taken taken) {
        int batch = Math.clamp(embedder.batchSize(), 1, MAX_BATCH);
        int reused = passages.size() - missing.size();
        Duration paused = Duration.ZERO;
        int from = 0;
        while (from < missing.size()) {
            if (job.isCancelled()) {
                return false;
            }
            List<Integer> numbers = missing.subList(from, Math.min(from + batch, missing.size()));
            job.progress((double) (reused + from + 1) / (passages.size() + 1), "embedding");
            try {
                List<float[]> made = embed(numbers.stream().map(passages::text).toList(), pending);
                for (int i = 0; i < numbers.size(); i++) {
                    vectors.put(passages.chunk(numbers.get(i)), made.get(i));
                }
                taken.spent(() -> tokens(passages, numbers));
                from += batch;
            } catch (EmbedderUnavailableException e) {
                Duration pause = wait(e.retryAfter());
                paused = paused.plus(pause);
                if (from == 0 || e.retryAfter().compareTo(LONGEST_PAUSE) > 0 || paused.compareTo(MOST_PAUSES) > 0) {
                    throw e;
                }
                if (!rest(job, pause)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Returns false if it was told to stop, or was interrupted, before. */
    private static boolean rest(JobContext job, Duration pause) {
        long until = System.nanoTime() + pause.toNanos();
        try {
            for (long left = pause.toNanos(); left > 0; left = until - System.nanoTime()) {
                if (job.isCancelled()) {
                    return false;
                }
                TimeUnit.NANOSECONDS.sleep(Math.min(left, LOOK.toNanos()));
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private long tokens(Passages passages, List<Integer> numbers) {
        return numbers.stream().mapToLong(number -> embedder.countTokens(passages.text(number))).sum();
    }

    /** As long as the model is away, and up to half as long again: they do not all come back at once. */
    private static Duration wait(Duration retryAfter) {
        Duration least = retryAfter.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : retryAfter;
        Duration base = least.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : least;
        return base.plusMillis(ThreadLocalRandom.current().nextLong(base.toMillis() / 2 + 1));
    }

    private List<float[]> embed(List<String> texts, Pending pending) {
        List<float[]> vectors = embedder.embed(texts);
        if (vectors.size() != texts.size()) {
            throw unusable(vectors.size() + " vectors for " + texts.size() + " texts", pending);
        }
        for (float[] vector : vectors) {
            check(vector, pending);
        }
        return vectors;
    }

    private void check(float[] vector, Pending pending) {
        int dimensions = embedder.model().dimensions();
        if (vector.length != dimensions) {
            throw unusable("a vector of length " + vector.length + " instead of " + dimensions, pending);
        }
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        if (!Double.isFinite(length)) {
            throw unusable("a vector with NaN or infinity", pending);
        }
        if (Math.abs(length - 1) > UNIT_TOLERANCE) {
            throw unusable("a vector of norm " + length + " instead of 1", pending);
        }
    }

    private CroftException unusable(String what, Pending pending) {
        EmbeddingModel model = embedder.model();
        return new CroftException("embedding model " + model.id() + " returned " + what + " for "
                + pending.source().name().toLowerCase(Locale.ROOT) + " content \"" + pending.content().id()
                + "\"; nothing was written: correct the embedder");
    }
}
