import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.Version;

/**
 * Writes an index with the fields that Croft's have, by whichever Lucene is on the class path, into a zip: three
 * segments of 20 documents each, the first of them deleted in each. It is no part of the build; the archives beside it
 * were written by
 *
 * <pre>
 * java -cp lucene-core-9.12.0.jar:lucene-analysis-common-9.12.0.jar OldIndex.java lucene-9.12.0.zip
 * java -cp lucene-core-10.0.0.jar:lucene-analysis-common-10.0.0.jar OldIndex.java lucene-10.0.0.zip
 * </pre>
 */
public class OldIndex {

    private static final UUID ORG = UUID.nameUUIDFromBytes("old".getBytes(StandardCharsets.UTF_8));

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("old-index");
        IndexWriterConfig config = new IndexWriterConfig(new EnglishAnalyzer()).setMergePolicy(NoMergePolicy.INSTANCE)
                .setUseCompoundFile(true);
        try (FSDirectory directory = FSDirectory.open(folder); IndexWriter writer = new IndexWriter(directory, config)) {
            for (int i = 0; i < 60; i++) {
                writer.addDocument(document(i));
                if (i % 20 == 19) {
                    writer.commit();
                    writer.deleteDocuments(new Term("key", key("d" + (i - 19))));
                    writer.commit();
                }
            }
        }
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(Path.of(args[0])));
                var files = Files.list(folder)) {
            for (Path file : files.filter(file -> !file.endsWith("write.lock")).sorted().toList()) {
                zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
        System.out.println(args[0] + " was written by Lucene " + Version.LATEST);
    }

    private static Document document(int number) throws Exception {
        String text = "word number" + number;
        byte[] id = ("d" + number).getBytes(StandardCharsets.UTF_8);
        ByteBuffersDataOutput body = new ByteBuffersDataOutput();
        body.writeInt(0);
        body.writeString("title");
        body.writeMapOfStrings(Map.of("lucene", Version.LATEST.toString()));
        body.writeString(text);
        CRC32C sum = new CRC32C();
        sum.update(body.toArrayCopy());
        ByteBuffer head = ByteBuffer.allocate(5 * Long.BYTES + 2 * Integer.BYTES + id.length)
                .putLong(ORG.getMostSignificantBits()).putLong(ORG.getLeastSignificantBits())
                .putLong(1).putLong(1_770_000_000_000L).putLong(0).putInt(0).putInt((int) sum.getValue()).put(id);
        FieldType indexed = new FieldType();
        indexed.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
        indexed.setTokenized(true);
        indexed.freeze();
        FieldType written = new FieldType();
        written.setIndexOptions(IndexOptions.DOCS);
        written.setOmitNorms(true);
        written.setTokenized(true);
        written.freeze();
        Document document = new Document();
        List.of(new StringField("key", key("d" + number), Field.Store.NO),
                new NumericDocValuesField("place", 0),
                new BinaryDocValuesField("head", new BytesRef(head.array())),
                new BinaryDocValuesField("body", new BytesRef(body.toArrayCopy())),
                new Field("text", text, indexed),
                new Field("written", text, written),
                new KnnFloatVectorField("vector", vector(number), VectorSimilarityFunction.DOT_PRODUCT))
                .forEach(document::add);
        return document;
    }

    private static BytesRef key(String id) {
        byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
        return new BytesRef(ByteBuffer.allocate(2 * Long.BYTES + bytes.length)
                .putLong(ORG.getMostSignificantBits()).putLong(ORG.getLeastSignificantBits()).put(bytes).array());
    }

    private static float[] vector(int number) {
        Random random = new Random(number);
        float[] vector = new float[8];
        double square = 0;
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
            square += vector[i] * vector[i];
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= (float) Math.sqrt(square);
        }
        return vector;
    }
}
