package io.croft.lucene;

import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.find;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.lucene.GenerationCheck.Depth;
import io.croft.lucene.GenerationCheck.Finding;
import io.croft.lucene.codec.CroftCodec;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.QueryText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Indexes that an older Lucene wrote; see {@code OldIndex.java} beside their archives. */
class UpgradeTest {

    private static final IndexScope.PrivateIndex OLD = new IndexScope.PrivateIndex(
            new OrgId(UUID.nameUUIDFromBytes("old".getBytes(StandardCharsets.UTF_8))), new UUID(7, 7));

    @TempDir
    Path root;

    @ParameterizedTest
    @ValueSource(strings = {"9.12.0", "10.0.0"})
    void indexOfAnOlderLucene_isOpened_searched_changed_andUpgraded(String version) throws IOException {
        Path folder = unpack(version);
        assertThat(versions(folder)).hasSize(3).allMatch(written -> written.toString().equals(version));
        try (LuceneIndex index = started(root)) {
            assertThat(index.open(OLD)).isEqualTo(new Standing.Ready(checkpoint("old")));
            assertIsWhole(index, version);

            index.rewrite(OLD);

            assertIsWhole(index, version);
            assertThat(versions(folder)).isNotEmpty().allMatch(Version.LATEST::equals);
            assertThat(codecs(folder)).containsExactly(CroftCodec.NAME);
            assertThat(index.open(OLD)).isEqualTo(new Standing.Ready(checkpoint("old")));
            index.apply(OLD, List.of(content(OLD.org(), "new", 1, "word")), checkpoint("new"));
            index.commit(OLD);
        }
        try (LuceneIndex again = started(root)) {
            assertThat(again.open(OLD)).isEqualTo(new Standing.Ready(checkpoint("new")));
            assertThat(having(again, OLD, "word")).hasSize(58).contains("new").doesNotContain("d0", "d20", "d40");
        }
    }

    @Test
    void indexOfALaterCodec_isToBeBuiltAnew() throws IOException {
        Path folder = unpack("10.0.0");
        ChunkSchema schema = new ChunkSchema(new IndexSchema(Texts.MODEL, Fields.undeclared()));
        try (Directory directory = MappedFiles.open(folder)) {
            assertThat(GenerationCheck.check(directory, OLD, schema, Depth.FOLLOWED))
                    .isInstanceOfSatisfying(Finding.Sound.class, sound -> close(sound.reader()));

            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig()
                    .setCodec(new LaterCodec()).setMergePolicy(NoMergePolicy.INSTANCE))) {
                writer.addDocument(List.of());
                writer.setLiveCommitData(new CommitData(OLD, schema, checkpoint("later")).toUserData().entrySet());
                writer.commit();
            }

            assertThat(GenerationCheck.check(directory, OLD, schema, Depth.FOLLOWED))
                    .isInstanceOfSatisfying(Finding.Unfit.class,
                            unfit -> assertThat(unfit.reason()).contains("Croft9"));
        }
    }

    /** It may have been written while documents were for groups already, by a process that did not know them. */
    @Test
    void indexThatSaysNothingOfGroups_isToBeBuiltAnew() throws IOException {
        Path folder = unpack("10.0.0");
        ChunkSchema schema = new ChunkSchema(new IndexSchema(Texts.MODEL, Fields.undeclared()));
        try (Directory directory = MappedFiles.open(folder)) {
            try (IndexWriter writer = new IndexWriter(directory,
                    new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE))) {
                Map<String, String> data = new HashMap<>(
                        new CommitData(OLD, schema, checkpoint("old")).toUserData());
                data.put("croft.schema", "5");
                writer.setLiveCommitData(data.entrySet());
                writer.commit();
            }

            assertThat(GenerationCheck.check(directory, OLD, schema, Depth.FOLLOWED))
                    .isInstanceOfSatisfying(Finding.Unfit.class,
                            unfit -> assertThat(unfit.reason()).contains("croft.schema"));
        }
    }

    private static void close(DirectoryReader reader) {
        try {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** That nobody has heard of who reads. */
    private static final class LaterCodec extends FilterCodec {

        LaterCodec() {
            super("Croft9", new Lucene104Codec());
        }
    }

    private static void assertIsWhole(LuceneIndex index, String version) {
        try (IndexSession session = index.session(OLD, Long.MAX_VALUE)) {
            List<Candidate> byWord = find(session, SearchMode.TEXT, "number33");
            List<Candidate> byVector = find(session, SearchMode.VECTOR, "", Texts.unit(new Random(33), 8), 5);
            List<Candidate> byPhrase = find(session, SearchMode.HYBRID, "\"word number33\"");
            List<Candidate> all = find(session, SearchMode.TEXT, "word");

            assertThat(Texts.ids(byWord)).containsExactly("d33");
            assertThat(Texts.ids(byPhrase)).containsExactly("d33");
            assertThat(byVector).filteredOn(one -> one.key().id().equals("d33")).hasSize(1)
                    .allSatisfy(one -> assertThat(one.cosine()).isGreaterThan(0.999f));
            assertThat(all).hasSize(57);
            assertThat(session.passages(byWord, QueryText.of("number33"), Long.MAX_VALUE).getFirst())
                    .satisfies(passage -> {
                        assertThat(passage.snippet()).isEqualTo("word number33");
                        assertThat(passage.fields()).containsEntry("lucene", version);
                    });
        }
    }

    /** Puts an archive's files where the index belongs, and says in a commit whose they are. */
    private Path unpack(String version) throws IOException {
        String org = OLD.org().toString();
        Path folder = Files.createDirectories(root.resolve("orgs").resolve(org.substring(0, 2))
                .resolve(org + "-" + OLD.incarnation()).resolve("g1"));
        try (InputStream archive = Objects
                .requireNonNull(UpgradeTest.class.getResourceAsStream("old/lucene-" + version + ".zip"));
                ZipInputStream zip = new ZipInputStream(archive)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Files.copy(zip, folder.resolve(entry.getName()));
            }
        }
        try (FSDirectory directory = FSDirectory.open(folder);
                IndexWriter writer = new IndexWriter(directory,
                        new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE))) {
            writer.setLiveCommitData(
                    new CommitData(OLD, new ChunkSchema(new IndexSchema(Texts.MODEL, Fields.undeclared())),
                            checkpoint("old")).toUserData().entrySet());
            writer.commit();
        }
        return folder;
    }

    private static List<Version> versions(Path folder) throws IOException {
        try (FSDirectory directory = FSDirectory.open(folder)) {
            return SegmentInfos.readLatestCommit(directory).asList().stream()
                    .map((SegmentCommitInfo segment) -> segment.info.getVersion()).toList();
        }
    }

    private static Set<String> codecs(Path folder) throws IOException {
        try (FSDirectory directory = FSDirectory.open(folder)) {
            return SegmentInfos.readLatestCommit(directory).asList().stream()
                    .map((SegmentCommitInfo segment) -> segment.info.getCodec().getName()).collect(Collectors.toSet());
        }
    }
}
