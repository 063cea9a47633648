package io.croft.benchmarks.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.RescoreTopNQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.search.Weight;
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
    private static final String TEXT = "text";
    /** About as many as the product measures exactly where one bit a dimension is compared, and as it keeps. */
    private static final int LOOKED_AT = 500;
    private static final int MEASURED = 100;
    private static final int HITS = 10;

    private final MMapDirectory directory;
    private final DirectoryReader reader;
    private final IndexSearcher searcher;
    private final Analyzer analyzer = new EnglishAnalyzer();

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
        return bodies(firstOf(nearestByQuery(vector)));
    }

    /** The nearest with Lucene's own queries. */
    ScoreDoc[] nearestByQuery(float[] vector) throws IOException {
        Query near = new KnnFloatVectorQuery(VECTOR, vector, LOOKED_AT);
        Query exact = RescoreTopNQuery.createFullPrecisionRescorerQuery(near, vector, VECTOR, MEASURED);
        return searcher.search(exact, MEASURED).scoreDocs;
    }

    /** Without queries, on the segments themselves: the least that has to be done. */
    byte[][] bySegments(float[] vector) throws IOException {
        return bodies(firstOf(nearestBySegments(vector)));
    }

    private static ScoreDoc[] firstOf(ScoreDoc[] hits) {
        return Arrays.copyOf(hits, Math.min(HITS, hits.length));
    }

    /** The nearest on the segments themselves. */
    ScoreDoc[] nearestBySegments(float[] vector) throws IOException {
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
        return looked;
    }

    /**
     * By words and by meaning, with both signals of every candidate, as the product has them; how many candidates there
     * were.
     *
     * @param near how the nearest are found
     */
    int hybrid(float[] vector, String text, Near near) throws IOException {
        Query words = words(text);
        ScoreDoc[] byWords = searcher.search(words, new TopScoreDocCollectorManager(MEASURED, MEASURED)).scoreDocs;
        ScoreDoc[] byMeaning = near.find(vector);
        int[] documents = IntStream
                .concat(Arrays.stream(byWords).mapToInt(hit -> hit.doc),
                        Arrays.stream(byMeaning).limit(MEASURED).mapToInt(hit -> hit.doc))
                .sorted().distinct().toArray();
        ScoreDoc[] all = Arrays.stream(documents).mapToObj(document -> new ScoreDoc(document, 0))
                .toArray(ScoreDoc[]::new);
        measure(all, vector);
        Weight weight = searcher.createWeight(searcher.rewrite(words), ScoreMode.COMPLETE, 1);
        int at = 0;
        float best = 0;
        for (LeafReaderContext leaf : reader.leaves()) {
            Scorer scorer = weight.scorer(leaf);
            DocIdSetIterator matching = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
            int end = leaf.docBase + leaf.reader().maxDoc();
            for (; at < all.length && all[at].doc < end; at++) {
                int document = all[at].doc - leaf.docBase;
                int next = matching.docID() < document ? matching.advance(document) : matching.docID();
                if (scorer != null && next == document) {
                    best = Math.max(best, all[at].score + scorer.score());
                }
            }
        }
        if (best < 0) {
            throw new IllegalStateException("a score is " + best);
        }
        return all.length;
    }

    private Query words(String text) throws IOException {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        try (TokenStream tokens = analyzer.tokenStream(TEXT, text)) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (tokens.incrementToken()) {
                any.add(new TermQuery(new Term(TEXT, term.toString())), BooleanClause.Occur.SHOULD);
            }
            tokens.end();
        }
        return any.build();
    }

    /** Finds the nearest, best first. */
    @FunctionalInterface
    interface Near {
        ScoreDoc[] find(float[] vector) throws IOException;
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
        byte[][] bodies = new byte[hits.length][];
        for (int i = 0; i < hits.length; i++) {
            LeafReaderContext leaf = reader.leaves().get(ReaderUtil.subIndex(hits[i].doc, reader.leaves()));
            BinaryDocValues values = DocValues.getBinary(leaf.reader(), BODY);
            values.advanceExact(hits[i].doc - leaf.docBase);
            BytesRef body = values.binaryValue();
            bodies[i] = Arrays.copyOfRange(body.bytes, body.offset, body.offset + body.length);
        }
        return bodies;
    }

    /** The title in the body of a document's first chunk. */
    static String title(byte[] body) throws IOException {
        ByteArrayDataInput in = new ByteArrayDataInput(body);
        int place = in.readInt();
        if (place != 0) {
            throw new IOException("the title is with the first chunk, not with that at " + place);
        }
        return in.readString();
    }

    @Override
    public void close() throws IOException {
        reader.close();
        directory.close();
    }
}
