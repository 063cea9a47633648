package io.croft.lucene.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CroftCodecTest {

    @TempDir
    Path root;

    @Test
    void lucene_findsItByItsName() {
        assertThat(Codec.forName("Croft1")).isInstanceOf(CroftCodec.class);
        assertThat(Codec.availableCodecs()).contains("Croft1", "Lucene104");
    }

    @Test
    void indexesOfTheSameFields_shareTheirDescriptions() throws IOException {
        try (Directory one = written("one", codec(), true, "a", "b");
                Directory other = written("other", codec(), true, "a", "b");
                Directory uncompounded = written("uncompounded", codec(), false, "a", "b")) {
            assertThat(fields(one)).isSameAs(fields(other)).isSameAs(fields(uncompounded));
            assertThat(fields(one)).extracting(FieldInfo::getName).containsExactly("a", "b", "vector", "number");
        }
    }

    @Test
    void indexOfOtherFields_hasItsOwnDescriptions() throws IOException {
        try (Directory one = written("one", codec(), true, "a", "b");
                Directory otherNames = written("names", codec(), true, "a", "c");
                Directory otherOrder = written("order", codec(), true, "b", "a")) {
            FieldInfos fields = fields(one);

            assertThat(fields(otherNames)).isNotSameAs(fields).extracting(FieldInfo::getName)
                    .containsExactly("a", "c", "vector", "number");
            assertThat(fields(otherOrder)).isNotSameAs(fields).extracting(FieldInfo::getName)
                    .containsExactly("b", "a", "vector", "number");
        }
    }

    @Test
    void sharedDescriptions_areNotChangedByWritingAndMerging() throws IOException {
        try (Directory one = written("one", codec(), true, "a", "b");
                Directory other = written("other", codec(), true, "a", "b")) {
            FieldInfos fields = fields(other);
            List<Map<String, String>> attributes = attributes(fields);

            try (IndexWriter writer = new IndexWriter(one, config(codec(), true))) {
                writer.updateNumericDocValue(new Term("a", "word"), "number", 9);
                writer.addDocument(document("a", "new"));
                writer.forceMerge(1);
                writer.commit();
            }

            assertThat(fields(one)).isNotSameAs(fields).extracting(FieldInfo::getName).contains("new");
            assertThat(fields(other)).isSameAs(fields).extracting(FieldInfo::getName)
                    .containsExactly("a", "b", "vector", "number");
            assertThat(attributes(fields)).isEqualTo(attributes);
            assertThat(fields).allSatisfy(field -> assertThat(field.getDocValuesGen()).isEqualTo(-1));
        }
    }

    @Test
    void damagedDescriptions_areNotReadAndNotShared() throws IOException {
        try (Directory one = written("one", codec(), false, "damaged")) {
            Path file = file("one", ".fnm");
            byte[] sound = Files.readAllBytes(file);
            fields(one); // known from here on
            for (int i = 0; i < sound.length; i++) {
                byte[] damaged = sound.clone();
                damaged[i] ^= 4;
                Files.write(file, damaged);
                assertThatThrownBy(() -> fields(one)).as("byte " + i).isInstanceOf(IOException.class);
            }
            for (int length = 0; length < sound.length; length++) {
                Files.write(file, Arrays.copyOf(sound, length));
                assertThatThrownBy(() -> fields(one)).as("length " + length).isInstanceOf(IOException.class);
            }
            Files.write(file, sound);
            assertThat(fields(one)).extracting(FieldInfo::getName).containsExactly("damaged", "vector", "number");
        }
    }

    @Test
    void descriptionsOfAnotherSegment_areRefused_thoughTheyAreKnown() throws IOException {
        try (Directory one = written("one", codec(), false, "a", "b");
                Directory other = written("other", codec(), false, "a", "b")) {
            assertThat(fields(one)).isSameAs(fields(other));

            Files.write(file("one", ".fnm"), Files.readAllBytes(file("other", ".fnm")));

            assertThatThrownBy(() -> fields(one)).isInstanceOf(IOException.class).hasMessageContaining("id");
        }
    }

    @Test
    void segmentInfo_isWhatWasWritten_withoutDiagnostics() throws IOException {
        try (Directory one = written("one", codec(), true, "a")) {
            SegmentInfo read = segment(one);
            SegmentInfo whole = new Lucene104Codec().segmentInfoFormat().read(one, read.name, read.getId(),
                    IOContext.READONCE);

            assertThat(whole.getDiagnostics()).containsKeys("source", "timestamp", "os", "java.vendor");
            assertThat(read.getDiagnostics()).containsExactly(Map.entry("source", "flush"));
            assertThat(read.getAttributes()).isEqualTo(whole.getAttributes()).isNotEmpty();
            assertThat(read.files()).isEqualTo(whole.files()).isNotEmpty();
            assertThat(read.maxDoc()).isEqualTo(whole.maxDoc()).isPositive();
            assertThat(read.getVersion()).isEqualTo(whole.getVersion());
            assertThat(read.getMinVersion()).isEqualTo(whole.getMinVersion());
            assertThat(read.getId()).isEqualTo(whole.getId());
            assertThat(read.getUseCompoundFile()).isEqualTo(whole.getUseCompoundFile()).isTrue();
            assertThat(read.getHasBlocks()).isEqualTo(whole.getHasBlocks()).isTrue();
            assertThat(read.getIndexSort()).isEqualTo(whole.getIndexSort());
            assertThat(read.getCodec()).isInstanceOf(CroftCodec.class);
        }
    }

    @Test
    void segmentOfLucenesOwnCodec_isRead_andBecomesOneOfThisWhenItIsMerged() throws IOException {
        try (Directory one = written("one", new Lucene104Codec(), true, "a")) {
            assertThat(codecs(one)).containsExactly("Lucene104");
            assertThat(count(one, "a")).isEqualTo(2);

            try (IndexWriter writer = new IndexWriter(one, config(codec(), true))) {
                writer.addDocument(document("a"));
                writer.commit();
                assertThat(codecs(one)).containsExactlyInAnyOrder("Lucene104", "Croft1");
                assertThat(count(one, "a")).isEqualTo(3);
                writer.forceMerge(1);
                writer.commit();
            }

            assertThat(codecs(one)).containsExactly("Croft1");
            assertThat(count(one, "a")).isEqualTo(3);
        }
    }

    private static Codec codec() {
        return new CroftCodec(new Lucene99HnswVectorsFormat(), Map.of());
    }

    private static IndexWriterConfig config(Codec codec, boolean compound) {
        IndexWriterConfig config = new IndexWriterConfig().setCodec(codec).setUseCompoundFile(compound);
        config.getMergePolicy().setNoCFSRatio(compound ? 1 : 0);
        return config;
    }

    private static Document document(String... fields) {
        Document document = new Document();
        for (String field : fields) {
            document.add(new StringField(field, "word", Field.Store.YES));
        }
        document.add(new KnnFloatVectorField("vector", new float[]{1, 2}));
        document.add(new NumericDocValuesField("number", 1));
        return document;
    }

    /** An index of one segment, of a block of two documents. */
    private Directory written(String name, Codec codec, boolean compound, String... fields) throws IOException {
        Directory directory = new MMapDirectory(Files.createDirectories(root.resolve(name)));
        try (IndexWriter writer = new IndexWriter(directory, config(codec, compound))) {
            writer.addDocuments(List.of(document(fields), document(fields)));
            writer.commit();
        }
        return directory;
    }

    private Path file(String index, String extension) throws IOException {
        try (Stream<Path> files = Files.list(root.resolve(index))) {
            return files.filter(file -> file.toString().endsWith(extension)).findFirst().orElseThrow();
        }
    }

    private static SegmentInfo segment(Directory directory) throws IOException {
        SegmentInfos commit = SegmentInfos.readLatestCommit(directory);
        assertThat(commit.size()).isEqualTo(1);
        return commit.info(0).info;
    }

    private static FieldInfos fields(Directory directory) throws IOException {
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            return reader.leaves().getFirst().reader().getFieldInfos();
        }
    }

    private static List<Map<String, String>> attributes(FieldInfos fields) {
        List<Map<String, String>> all = new ArrayList<>();
        fields.forEach(field -> all.add(Map.copyOf(field.attributes())));
        return all;
    }

    private static int count(Directory directory, String field) throws IOException {
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            return new IndexSearcher(reader).count(new TermQuery(new Term(field, "word")));
        }
    }

    private static Set<String> codecs(Directory directory) throws IOException {
        return Set.copyOf(SegmentInfos.readLatestCommit(directory).asList().stream()
                .map((SegmentCommitInfo segment) -> segment.info.getCodec().getName()).toList());
    }
}
