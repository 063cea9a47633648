package io.croft.lucene;

import io.croft.InvalidInputException;
import io.croft.content.EmbeddingModel;
import io.croft.lucene.text.ChunkAnalyzer;
import io.croft.lucene.text.ChunkWords;
import io.croft.search.FieldValue;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How chunks become Lucene documents: one document for each chunk, those of one text in a block.
 *
 * <p>The title is indexed with every chunk, not with the first alone. A chunk is ranked by itself, beside short
 * documents that are one chunk with their title; a later chunk of a long document would lack the words that say what it
 * is about, and the first would win every query that names the title. Among the chunks of one document the title weighs
 * the same, so the text decides which is shown. The price is an index larger by the title for each chunk, and title
 * words that count once a chunk. Where a chunk begins with the title, as in a text that is nothing but a title, it is
 * there already: indexed twice, its words would outweigh those of documents that name their title once.
 */
final class ChunkSchema {

    private static final Logger LOG = LoggerFactory.getLogger(ChunkSchema.class);

    /**
     * Changes when what was indexed before can no longer be read or compared with what is indexed now. Since 6, chunks
     * have the groups that they are for: what was indexed before says of none, as if all were for everybody.
     */
    static final String VERSION = "6";

    /** The term of the document, see {@link ChunkHead#key}. */
    static final String KEY = "key";
    /** The analysed words of title and text. */
    static final String TEXT = ChunkAnalyzer.TEXT;
    /** The words as they are written, by which typos are corrected. */
    static final String WRITTEN = ChunkAnalyzer.WRITTEN;
    /** The unit vector; absent where there is none of the index's model. */
    static final String VECTOR = "vector";
    /** A {@link ChunkHead}. */
    static final String HEAD = "head";
    /** Which of the Lucene documents of its text it is, from 0; they follow one another. */
    static final String PLACE = "place";
    /**
     * The place of a chunk once more, as a term, where it is one of {@link #LIMITS}: a segment without that term has no
     * document of more chunks, and nobody need look where its documents begin.
     */
    static final String BEYOND = "beyond";
    /** How many chunks of a document are kept at most by one step or another of a search. */
    static final Set<Integer> LIMITS = Set.of(IndexSession.MAX_CHUNKS_OF_A_DOCUMENT, VectorSearch.KEPT_OF_A_DOCUMENT);
    /** A {@link ChunkBody}, in a file of its own. */
    static final String BODY = "body";

    /** How far a squared length may be from 1: what rounding to float leaves. */
    private static final double UNIT_TOLERANCE = 1e-6;

    private final EmbeddingModel model;
    private final FieldSchema fields;
    private final ChunkAnalyzer analyzer = new ChunkAnalyzer();
    private final FieldType text = new FieldType();
    private final FieldType written = new FieldType();
    private final FieldType vector;

    ChunkSchema(IndexSchema schema) {
        this.model = schema.model();
        this.fields = new FieldSchema(schema);
        text.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
        text.setTokenized(true);
        text.freeze();
        written.setIndexOptions(IndexOptions.DOCS);
        written.setOmitNorms(true);
        written.setTokenized(true);
        written.freeze();
        vector = KnnFloatVectorField.createFieldType(model.dimensions(), VectorSimilarityFunction.DOT_PRODUCT);
    }

    EmbeddingModel model() {
        return model;
    }

    /** The declared fields. */
    FieldSchema fields() {
        return fields;
    }

    Analyzer analyzer() {
        return analyzer;
    }

    /**
     * Refuses what must not come into the index, before anything is written.
     *
     * @throws InvalidInputException naming the document
     */
    void check(IndexScope scope, ContentChunks content) {
        if (scope instanceof IndexScope.PrivateIndex index && !content.key().org().equals(index.org())) {
            throw new InvalidInputException("document \"" + content.key().id() + "\" is of organisation "
                    + content.key().org() + " and cannot come into the index of " + index.org());
        }
        for (Chunk chunk : content.chunks()) {
            if (isOfModel(content, chunk)) {
                checkVector("chunk " + chunk.ordinal() + " of document \"" + content.key().id() + "\"", chunk.vector());
            }
        }
    }

    /**
     * Refuses a vector of another length or with values that are not numbers.
     *
     * @param whose for the message
     */
    void checkVector(String whose, float[] vector) {
        if (vector.length != model.dimensions()) {
            throw new InvalidInputException(whose + " has a vector of " + vector.length + " dimensions; those of model "
                    + model.id() + " have " + model.dimensions());
        }
        for (int i = 0; i < vector.length; i++) {
            if (!Float.isFinite(vector[i])) {
                throw new InvalidInputException(whose + " has a vector with " + vector[i] + " at " + i
                        + ": every value must be finite");
            }
        }
    }

    /** Whether all its vectors can be compared with the index's. */
    boolean isOfModel(ContentChunks content) {
        return content.chunks().stream().allMatch(chunk -> isOfModel(content, chunk));
    }

    /** A model may keep its name when its vectors change their length: they cannot be compared either. */
    private boolean isOfModel(ContentChunks content, Chunk chunk) {
        return content.modelId().equals(model.id()) && chunk.vector().length == model.dimensions();
    }

    /** How many of these texts have chunks that are found by their words alone. */
    long ofOtherModels(List<ContentChunks> contents) {
        return contents.stream().filter(content -> !isOfModel(content)).count();
    }

    /** Says in the log that there are such texts, if there are. */
    void warnOfOtherModels(long count, Path folder) {
        if (count > 0) {
            LOG.warn("{} texts in {} have vectors that are not of model {} with {} dimensions and are found by their"
                    + " words alone; embed them again", count, folder, model.id(), model.dimensions());
        }
    }

    /** What all Lucene documents of a text have in common and nothing else has. */
    static Term key(ContentChunks content) {
        return new Term(KEY, ChunkHead.key(content.key()));
    }

    /** The Lucene documents of a text, one for each chunk; none for a deletion. Each is made when it is asked for. */
    Iterable<List<IndexableField>> documents(ContentChunks content) {
        BytesRef key = ChunkHead.key(content.key());
        long signature = content.signature();
        Map<String, List<FieldValue>> values = fields.values(content.fields());
        ChunkWords title = analyzer.words(content.title());
        return () -> IntStream.range(0, content.chunks().size()).mapToObj(place -> {
            List<IndexableField> document = document(key, content, title, signature, place);
            fields.add(values, document);
            Hidden.add(content.groups(), document);
            return document;
        }).iterator();
    }

    /** Says at which place of its text a Lucene document is. */
    static void addPlace(int place, Collection<? super IndexableField> document) {
        document.add(new NumericDocValuesField(PLACE, place));
        if (LIMITS.contains(place)) {
            document.add(new StringField(BEYOND, Integer.toString(place), Field.Store.NO));
        }
    }

    /**
     * Whether a segment may have a document of more chunks.
     *
     * @param most one of {@link #LIMITS}
     */
    static boolean hasMore(LeafReader reader, int most) throws IOException {
        return !LIMITS.contains(most) || reader.docFreq(new Term(BEYOND, Integer.toString(most))) > 0;
    }

    /** Where each Lucene document has its place. */
    static NumericDocValues places(LeafReader reader) throws IOException {
        return DocValues.getNumeric(reader, PLACE);
    }

    /**
     * The first Lucene document of a text: what those of one text have in common within a segment.
     *
     * @param places   not yet asked for a later document
     * @param document any of its documents
     */
    static int start(NumericDocValues places, int document) throws IOException {
        if (!places.advanceExact(document)) {
            throw new IOException("document " + document + " has no " + PLACE);
        }
        return document - (int) places.longValue();
    }

    private List<IndexableField> document(BytesRef key, ContentChunks content, ChunkWords title, long signature,
            int place) {
        Chunk chunk = content.chunks().get(place);
        List<IndexableField> fields = new ArrayList<>();
        addPlace(place, fields);
        fields.add(new StringField(KEY, key, Field.Store.NO));
        byte[] body = ChunkBody.encode(content, place, chunk);
        fields.add(new BinaryDocValuesField(HEAD,
                ChunkHead.encode(content, signature, chunk, ChunkBody.sum(body, 0, body.length))));
        fields.add(new BinaryDocValuesField(BODY, new BytesRef(body)));
        if (!content.title().isEmpty() && !beginsWithTitle(content, chunk)) {
            addWords(title, fields);
        }
        addWords(analyzer.words(chunk.text()), fields);
        float[] unit = isOfModel(content, chunk) ? unit(chunk.vector()) : null;
        if (unit != null) {
            fields.add(new KnnFloatVectorField(VECTOR, unit, vector));
        }
        return fields;
    }

    private void addWords(ChunkWords words, List<IndexableField> fields) {
        fields.add(new Field(TEXT, words.stems(), text));
        fields.add(new Field(WRITTEN, words.written(), written));
    }

    private static boolean beginsWithTitle(ContentChunks content, Chunk chunk) {
        String title = content.title().strip();
        String text = chunk.text();
        return text.startsWith(title)
                && (text.length() == title.length() || !Character.isLetterOrDigit(text.charAt(title.length())));
    }

    /** The vector at length 1: itself if it has that, else a copy; none if it has no direction. */
    static float @Nullable [] unit(float[] vector) {
        double square = 0;
        for (float value : vector) {
            square += (double) value * value;
        }
        if (square == 0) {
            return null;
        }
        if (Math.abs(square - 1) <= UNIT_TOLERANCE) {
            return vector;
        }
        double length = Math.sqrt(square);
        float[] unit = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            unit[i] = (float) (vector[i] / length);
        }
        return unit;
    }
}
