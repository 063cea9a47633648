package io.croft.lucene;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

/**
 * The product's vector search alone, on an index of one segment that holds nothing but vectors; document n is vector n.
 * Used by one thread.
 */
public final class VectorProbe implements AutoCloseable {

    /** Above this no segment has a graph. */
    public static final int NEVER_A_GRAPH = LuceneIndex.MOST_EXACT_UP_TO;
    /** Every segment of more has a graph. */
    public static final int ALWAYS_A_GRAPH = 1000;

    private static final long PATIENCE_NANOS = Duration.ofMinutes(5).toNanos();

    private final MMapDirectory directory;
    private final DirectoryReader reader;
    private final IndexThreads threads = new IndexThreads();

    private VectorProbe(MMapDirectory directory) throws IOException {
        this.directory = directory;
        this.reader = DirectoryReader.open(directory);
    }

    /** Writes an index, all of it on this thread. */
    public static void write(Path folder, VectorEncoding encoding, int exactUpTo, List<float[]> vectors)
            throws IOException {
        KnnVectorsFormat format = new VectorSettings(encoding, exactUpTo).format(vectors.getFirst().length);
        IndexWriterConfig config = new IndexWriterConfig().setMergeScheduler(new SerialMergeScheduler())
                .setUseCompoundFile(true).setRAMBufferSizeMB(LuceneIndex.DEFAULT_BUFFER_BYTES >> 20)
                .setCodec(new Lucene104Codec() {
                    @Override
                    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                        return format;
                    }
                });
        try (MMapDirectory directory = new MMapDirectory(folder);
                IndexWriter writer = new IndexWriter(directory, config)) {
            for (float[] vector : vectors) {
                Document document = new Document();
                document.add(new NumericDocValuesField(ChunkSchema.PLACE, 0));
                document.add(new KnnFloatVectorField(ChunkSchema.VECTOR, vector,
                        VectorSimilarityFunction.DOT_PRODUCT));
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
    }

    /** Opens what was written. */
    public static VectorProbe open(Path folder) throws IOException {
        return new VectorProbe(new MMapDirectory(folder));
    }

    /** As the product searches. */
    public int[] nearest(float[] query, int count) throws IOException {
        return bestFirst(search(query).nearest(count));
    }

    /** As the product searches under a filter. */
    public int[] nearest(float[] query, int count, FixedBitSet accepted) throws IOException {
        return bestFirst(search(query, ChunkSet.of(accepted)).nearest(count));
    }

    /** By a scan of all estimates and so many of the best measured, whatever their errors. */
    public int[] scanned(float[] query, int count, int measured) throws IOException {
        Best estimates = new Best(measured);
        for (LeafReaderContext leaf : reader.leaves()) {
            KnnVectorsReader vectors = Objects.requireNonNull(SegmentVectors.reader(leaf.reader()));
            QuantizedScan scan = Objects.requireNonNull(QuantizedScan.of(vectors, query), "not quantised");
            scan.all(null, unhurried(), new QuantizedScan.Sink() {
                @Override
                public float least() {
                    return estimates.least();
                }

                @Override
                public void accept(int ordinal, float cosine) {
                    estimates.offer(ordinal, cosine);
                }
            });
        }
        return measured(query, count, estimates);
    }

    /** By the graph, with so many kept and measured. */
    public int[] walked(float[] query, int count, int kept) throws IOException {
        Best estimates = new Best(kept);
        for (LeafReaderContext leaf : reader.leaves()) {
            searchByLucene(leaf.reader(), query, kept, estimates);
        }
        return measured(query, count, estimates);
    }

    private int[] measured(float[] query, int count, Best estimates) throws IOException {
        int[] documents = estimates.found().documents();
        float[] cosines = search(query).cosines(documents);
        Best best = new Best(count);
        for (int i = 0; i < documents.length; i++) {
            best.offer(documents[i], cosines[i]);
        }
        return bestFirst(best.found());
    }

    private static void searchByLucene(LeafReader segment, float[] query, int kept, Best estimates)
            throws IOException {
        TopKnnCollector nearest = new TopKnnCollector(kept, Integer.MAX_VALUE);
        segment.searchNearestVectors(ChunkSchema.VECTOR, query, nearest,
                AcceptDocs.fromLiveDocs(segment.getLiveDocs(), segment.maxDoc()));
        for (ScoreDoc hit : nearest.topDocs().scoreDocs) {
            estimates.offer(hit.doc, hit.score);
        }
    }

    private VectorSearch search(float[] query) {
        return search(query, null);
    }

    private VectorSearch search(float[] query, @Nullable ChunkSet among) {
        return new VectorSearch(reader.leaves(), query, among, new ScatteredReads(threads), unhurried(),
                new WorkCounts());
    }

    private static Deadline unhurried() {
        return new Deadline(System.nanoTime() + PATIENCE_NANOS);
    }

    private static int[] bestFirst(Found found) {
        return IntStream.range(0, found.documents().length).boxed()
                .sorted(Comparator.comparingDouble(i -> -found.scores()[i])).mapToInt(i -> found.documents()[i])
                .toArray();
    }

    @Override
    public void close() throws IOException {
        threads.close();
        reader.close();
        directory.close();
    }
}
