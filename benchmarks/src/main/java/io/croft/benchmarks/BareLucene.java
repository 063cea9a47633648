package io.croft.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.RescoreTopNQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.ByteArrayDataInput;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BytesRef;

/**
 * The vector search of the product without the product: the same index, the same numbers of candidates, the same exact
 * vectors afterwards, the same stored field of ten hits. Used by one thread.
 */
final class BareLucene implements AutoCloseable {

    private static final String VECTOR = "vector";
    private static final String BODY = "body";
    private static final Set<String> SHOWN = Set.of(BODY);
    /** As many as the product looks at by quantised vectors, and as it measures exactly, for ten hits. */
    private static final int LOOKED_AT = 140;
    private static final int MEASURED = 100;
    private static final int HITS = 10;

    private final MMapDirectory directory;
    private final DirectoryReader reader;
    private final IndexSearcher searcher;

    private BareLucene(MMapDirectory directory) throws IOException {
        this.directory = directory;
        this.reader = DirectoryReader.open(directory);
        this.searcher = new IndexSearcher(reader);
        searcher.setQueryCache(null);
    }

    /** Opens the one private index below the product's folder. */
    static BareLucene open(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root.resolve("orgs"))) {
            List<Path> indexes = walk.filter(path -> path.getFileName().toString().startsWith("segments_"))
                    .map(Path::getParent).distinct().toList();
            if (indexes.size() != 1) {
                throw new IllegalStateException("expected one private index and found " + indexes);
            }
            return new BareLucene(new MMapDirectory(indexes.getFirst()));
        }
    }

    int size() {
        return reader.numDocs();
    }

    int segments() {
        return reader.leaves().size();
    }

    /** With Lucene's own queries, as one would write it. */
    byte[][] byQuery(float[] vector) throws IOException {
        Query near = new KnnFloatVectorQuery(VECTOR, vector, LOOKED_AT);
        Query exact = RescoreTopNQuery.createFullPrecisionRescorerQuery(near, vector, VECTOR, MEASURED);
        return bodies(searcher.search(exact, HITS).scoreDocs);
    }

    /** Without queries, on the segments themselves: the least that has to be done. */
    byte[][] bySegments(float[] vector) throws IOException {
        TopDocs[] found = new TopDocs[reader.leaves().size()];
        for (LeafReaderContext leaf : reader.leaves()) {
            LeafReader segment = leaf.reader();
            TopKnnCollector nearest = new TopKnnCollector(Math.min(LOOKED_AT, segment.maxDoc()), Integer.MAX_VALUE);
            segment.searchNearestVectors(VECTOR, vector, nearest,
                    AcceptDocs.fromLiveDocs(segment.getLiveDocs(), segment.maxDoc()));
            found[leaf.ord] = nearest.topDocs();
            for (ScoreDoc hit : found[leaf.ord].scoreDocs) {
                hit.doc += leaf.docBase;
            }
        }
        ScoreDoc[] looked = TopDocs.merge(LOOKED_AT, found).scoreDocs;
        Arrays.sort(looked, Comparator.comparingInt(hit -> hit.doc));
        measure(looked, vector);
        Arrays.sort(looked, Comparator.comparingDouble(hit -> -hit.score));
        return bodies(Arrays.copyOf(looked, Math.min(HITS, looked.length)));
    }

    private void measure(ScoreDoc[] inOrder, float[] vector) throws IOException {
        int at = 0;
        for (LeafReaderContext leaf : reader.leaves()) {
            FloatVectorValues values = leaf.reader().getFloatVectorValues(VECTOR);
            VectorScorer scorer = values.rescorer(vector);
            DocIdSetIterator documents = scorer.iterator();
            int end = leaf.docBase + leaf.reader().maxDoc();
            for (; at < inOrder.length && inOrder[at].doc < end; at++) {
                if (documents.advance(inOrder[at].doc - leaf.docBase) == inOrder[at].doc - leaf.docBase) {
                    inOrder[at].score = scorer.score();
                }
            }
        }
    }

    private byte[][] bodies(ScoreDoc[] hits) throws IOException {
        StoredFields stored = searcher.storedFields();
        byte[][] bodies = new byte[hits.length][];
        for (int i = 0; i < hits.length; i++) {
            Document document = stored.document(hits[i].doc, SHOWN);
            BytesRef body = document.getBinaryValue(BODY);
            bodies[i] = Arrays.copyOfRange(body.bytes, body.offset, body.offset + body.length);
        }
        return bodies;
    }

    /** The title that a body begins with. */
    static String title(byte[] body) throws IOException {
        return new ByteArrayDataInput(body).readString();
    }

    @Override
    public void close() throws IOException {
        reader.close();
        directory.close();
    }
}
