package io.croft.ingest;

import io.croft.CroftException;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.spi.Chunk;
import io.croft.spi.ContentStore;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.JobLease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Makes a stored revision searchable: cuts it, embeds it, writes the chunks. The store completes the job in the
 * transaction that writes them; the result returned after that is not stored again. Stateless; done twice, it does the
 * same.
 */
final class EmbedHandler implements JobHandler {

    /** The most texts embedded in one call: between two calls the handler sees that it is to stop. */
    static final int BATCH = 32;

    private static final String SUPERSEDED = "{\"superseded\":true}";

    /** How far a vector's length may be from 1, as {@link Embedder} says. */
    private static final double UNIT_TOLERANCE = 1e-3;

    private final ContentStore content;
    private final Embedder embedder;

    EmbedHandler(ContentStore content, Embedder embedder) {
        this.content = content;
        this.embedder = embedder;
    }

    @Override
    public JobResult handle(JobContext job) {
        Optional<Pending> found = content.pending(job.tenant().org(), job.payload());
        if (found.isEmpty()) {
            return JobResult.completed(SUPERSEDED);
        }
        Pending pending = found.get();
        Passages passages = Passages.of(pending.content(), embedder);
        List<float[]> vectors = new ArrayList<>(passages.size());
        while (vectors.size() < passages.size()) {
            if (job.isCancelled()) {
                return JobResult.snooze(Duration.ZERO);
            }
            int from = vectors.size();
            job.progress((double) (from + 1) / (passages.size() + 1), "embedding");
            vectors.addAll(embed(passages.texts(from, Math.min(from + BATCH, passages.size())), pending));
        }
        List<Chunk> chunks = passages.chunks(vectors);
        JobLease lease = new JobLease(job.tenant().org(), job.id(), job.fence());
        boolean written = content.writeChunks(lease, pending, embedder.model().id(), chunks);
        return written ? JobResult.completed() : JobResult.completed(SUPERSEDED);
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
