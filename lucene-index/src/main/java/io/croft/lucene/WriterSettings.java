package io.croft.lucene;

import io.croft.spi.IndexSession;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.search.similarities.Similarity;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/**
 * How Lucene writes an index: always in compound files, so that an open index costs three memory maps and not thirteen;
 * with vectors as bytes beside the exact ones, so that a scan reads a quarter.
 *
 * <p>A segment of up to about 50,000 vectors has no graph and is scanned, which is exact and takes 2 ms for 30,000
 * vectors of 384 dimensions; its candidates are measured again by the exact vectors. Only larger segments get an HNSW
 * graph, whose building takes twenty times the time of everything else.
 */
final class WriterSettings {

    /**
     * BM25 with the constants that the seam names; a shared statistic makes its scores comparable between indexes.
     */
    static final Similarity SIMILARITY = new BM25Similarity((float) IndexSession.BM25_K1, (float) IndexSession.BM25_B);

    /** Neighbours of a node of the graph. */
    private static final int MAX_CONNECTIONS = 16;
    /** Candidates looked at when a node is added to the graph. */
    private static final int BEAM_WIDTH = 100;
    private static final int MERGE_WORKERS = 1;
    /** A graph is built when a segment has more than this times the logarithm of its size: 50,000 / ln 50,000. */
    private static final int TINY_SEGMENTS_THRESHOLD = 4621;

    private final ChunkSchema schema;
    private final double bufferMegabytes;
    private final Codec codec;

    /**
     * Settings for all writers.
     *
     * @param bufferBytes how much one writer may hold in memory before it writes a segment
     */
    WriterSettings(ChunkSchema schema, long bufferBytes) {
        this.schema = schema;
        this.bufferMegabytes = bufferBytes / (1024.0 * 1024.0);
        KnnVectorsFormat vectors = new WideVectorsFormat(new Lucene104HnswScalarQuantizedVectorsFormat(
                ScalarEncoding.UNSIGNED_BYTE, MAX_CONNECTIONS, BEAM_WIDTH, MERGE_WORKERS, null,
                TINY_SEGMENTS_THRESHOLD));
        this.codec = new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return vectors;
            }
        };
    }

    /** For one new writer. */
    IndexWriterConfig config(SharedMerges merges) {
        TieredMergePolicy policy = new TieredMergePolicy();
        policy.setNoCFSRatio(1.0);
        policy.setForceMergeDeletesPctAllowed(0); // what was deleted is to be gone, however little it is
        return new IndexWriterConfig(schema.analyzer())
                .setCodec(codec)
                .setSimilarity(SIMILARITY)
                .setMergePolicy(policy)
                .setMergeScheduler(merges)
                .setMaxFullFlushMergeWaitMillis(0)
                .setRAMBufferSizeMB(bufferMegabytes)
                .setUseCompoundFile(true)
                .setCommitOnClose(false);
    }
}
