package io.croft.lucene;

import io.croft.lucene.codec.CroftCodec;
import io.croft.search.Source;
import io.croft.spi.IndexSession;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.search.similarities.Similarity;

/**
 * How Lucene writes an index: always in compound files, so that an open index costs three memory maps and not thirteen;
 * with the vectors of each source as its settings say.
 */
final class WriterSettings {

    /**
     * BM25 with the constants that the seam names; a shared statistic makes its scores comparable between indexes.
     */
    static final Similarity SIMILARITY = new BM25Similarity((float) IndexSession.BM25_K1, (float) IndexSession.BM25_B);

    private final ChunkSchema schema;
    private final double bufferMegabytes;
    private final Map<Source, Codec> codecs = new EnumMap<>(Source.class);
    private final Map<Source, VectorSettings> vectors;

    /**
     * Settings for all writers.
     *
     * @param bufferBytes how much one writer may hold in memory before it writes a segment
     * @param vectors     how the vectors of each source are written
     */
    WriterSettings(ChunkSchema schema, long bufferBytes, Map<Source, VectorSettings> vectors) {
        this.schema = schema;
        this.vectors = Map.copyOf(vectors);
        this.bufferMegabytes = bufferBytes / (1024.0 * 1024.0);
        vectors.forEach((source, settings) -> codecs.put(source,
                new CroftCodec(settings.format(schema.model().dimensions()),
                        Map.of(ChunkSchema.BODY, ChunkBodies.FORMAT))));
    }

    /** The most vectors of a segment that gets no graph. */
    int exactUpTo(Source source) {
        return Objects.requireNonNull(vectors.get(source), "no settings of " + source).exactUpTo();
    }

    /** For one new writer of an index of this source. */
    IndexWriterConfig config(Source source, SharedMerges merges) {
        TieredMergePolicy policy = new TieredMergePolicy();
        policy.setNoCFSRatio(1.0);
        policy.setForceMergeDeletesPctAllowed(0); // what was deleted is to be gone, however little it is
        return new IndexWriterConfig(schema.analyzer())
                .setCodec(Objects.requireNonNull(codecs.get(source), "no settings of " + source))
                .setSimilarity(SIMILARITY)
                .setMergePolicy(policy)
                .setMergeScheduler(merges)
                .setMaxFullFlushMergeWaitMillis(0)
                .setRAMBufferSizeMB(bufferMegabytes)
                .setUseCompoundFile(true)
                .setCommitOnClose(false);
    }
}
