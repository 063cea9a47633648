package io.croft.lucene;

import static io.croft.lucene.Texts.MODEL;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.copy;
import static io.croft.lucene.Texts.files;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.FolderInUseException;
import io.croft.OrgId;
import io.croft.search.Fields;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found after a process has died, or somebody has touched the files. */
class RecoveryTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final OrgId ORG = ACME.org();

    @TempDir
    Path root;

    @TempDir
    Path elsewhere;

    /** The folder is copied while a step has just been taken: what a killed process would leave there. */
    @Test
    void death_atAnyStep_leavesTheLastCommitWithExactlyItsDocuments() {
        Map<Step, Path> left = new TreeMap<>();
        try (LuceneIndex index = LuceneIndex.at(root)) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
                if (!left.containsKey(event.step())) {
                    Path copy = elsewhere.resolve(event.step().name());
                    copy(root, copy);
                    left.put(event.step(), copy);
                }
            });
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "a", 1, "first"),
                    content(ORG, "b", 1, "first")));
            index.apply(ACME, List.of(content(ORG, "a", 2, "second"), content(ORG, "c", 1, "second")), checkpoint("2"));
            index.commit(ACME);
        }

        assertThat(left).containsOnlyKeys(Step.REBUILT, Step.DOCUMENTS_WRITTEN, Step.VISIBLE, Step.COMMIT_PREPARED,
                Step.COMMITTED);
        left.forEach((step, copy) -> {
            try (LuceneIndex again = started(copy)) {
                if (step == Step.COMMITTED) {
                    assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("2")));
                    assertThat(having(again, ACME, "second")).containsExactly("a", "c");
                    assertThat(having(again, ACME, "first")).containsExactly("b");
                } else {
                    assertThat(again.open(ACME)).as("after " + step)
                            .isEqualTo(new Standing.Ready(checkpoint("1")));
                    assertThat(having(again, ACME, "second")).as("after " + step).isEmpty();
                    assertThat(having(again, ACME, "first")).containsExactly("a", "b");
                }
                again.apply(ACME, List.of(content(ORG, "a", 2, "second"), content(ORG, "c", 1, "second")),
                        checkpoint("2"));
                again.commit(ACME);
                assertThat(having(again, ACME, "second")).containsExactly("a", "c");
            }
        });
    }

    @Test
    void death_duringARebuild_leavesTheOldIndexAndNoTraceOfTheNew() {
        Path copy = elsewhere.resolve("copy");
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "old", 1, "word")));
            try (var rebuild = index.rebuild(ACME)) {
                rebuild.add(List.of(content(ORG, "new", 1, "word")));
                copy(root, copy);
            }
        }

        try (LuceneIndex again = started(copy)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
            assertThat(having(again, ACME, "word")).containsExactly("old");
            assertThat(generations(copy)).containsExactly("g1");
        }
    }

    @Test
    void death_beforeTheOldGenerationWasDeleted_leavesTheNewIndex() {
        Path copy = elsewhere.resolve("copy");
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "old", 1, "word")));
            try (var session = index.session(ACME, Long.MAX_VALUE)) {
                Texts.create(index, ACME, checkpoint("2"), List.of(content(ORG, "new", 1, "word")));
                copy(root, copy);
                assertThat(session.size()).isEqualTo(1);
            }
        }
        assertThat(generations(copy)).containsExactly("g1", "g2");

        try (LuceneIndex again = started(copy)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("2")));
            assertThat(having(again, ACME, "word")).containsExactly("new");
            assertThat(generations(copy)).containsExactly("g2");
        }
    }

    @Test
    void start_emptiesTheTrash() throws IOException, InterruptedException {
        Path left = Files.createDirectories(root.resolve("trash").resolve("left").resolve("g1"));
        Files.writeString(left.resolve("file"), "x");

        try (LuceneIndex index = started(root)) {
            assertThat(index.privateIndexes()).isEmpty();

            Texts.await("the trash is empty", () -> files(root.resolve("trash")).isEmpty());
        }
    }

    @Test
    void oneFlippedByte_anywhere_needsARebuildOfThatIndexAlone() throws IOException {
        IndexScope.PrivateIndex neighbour = scope("neighbour");
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), many(60));
            Texts.create(index, neighbour, checkpoint("1"), List.of(content(neighbour.org(), "a", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "3", 2, "changed"), content(ORG, "more", 1, "word")),
                    checkpoint("2"));
            index.commit(ACME);
        }
        List<Path> files = files(folder(root));
        assertThat(files).extracting(file -> extension(file)).contains("cfs", "cfe", "si", "liv");

        int damaged = 0;
        for (Path file : files) {
            long size = Files.size(file);
            for (long position : new long[]{0, 5, 17, size / 3, size / 2, size - 17, size - 9, size - 1}) {
                Path copy = elsewhere.resolve("copy" + damaged++);
                copy(root, copy);
                flip(copy.resolve(root.relativize(file).toString()), position);
                assertNeedsRebuild(copy, file.getFileName() + " at " + position, neighbour);
            }
        }
        System.out.println(damaged + " damaged copies of " + files.size() + " files");
    }

    @Test
    void aTruncatedOrMissingFile_needsARebuild() throws IOException {
        IndexScope.PrivateIndex neighbour = scope("neighbour");
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), many(20));
            Texts.create(index, neighbour, checkpoint("1"), List.of(content(neighbour.org(), "a", 1, "word")));
        }
        for (Path file : files(folder(root))) {
            for (String harm : List.of("empty", "half", "missing", "folder")) {
                Path copy = elsewhere.resolve(file.getFileName() + harm);
                copy(root, copy);
                Path harmed = copy.resolve(root.relativize(file).toString());
                byte[] bytes = Files.readAllBytes(harmed);
                Files.delete(harmed);
                switch (harm) {
                    case "empty" -> Files.createFile(harmed);
                    case "half" -> Files.write(harmed, Arrays.copyOf(bytes, bytes.length / 2));
                    case "folder" -> Files.createDirectory(harmed);
                    default -> assertThat(harmed).doesNotExist();
                }
                assertNeedsRebuild(copy, file.getFileName() + " " + harm, neighbour);
            }
        }
    }

    @Test
    void folderOfAnotherOrganisation_isNotOpened() throws IOException {
        IndexScope.PrivateIndex other = new IndexScope.PrivateIndex(OrgId.named("other"), UUID.randomUUID());
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "a", 1, "secret")));
            Texts.create(index, other, checkpoint("1"), List.of());
            index.drop(other);
        }
        Path theirs = root.resolve("orgs").resolve(other.org().toString().substring(0, 2))
                .resolve(other.org() + "-" + other.incarnation());
        copy(acme(root), theirs);

        try (LuceneIndex again = started(root)) {
            assertThat(again.open(other)).isInstanceOfSatisfying(Standing.NeedsRebuild.class,
                    unfit -> assertThat(unfit.reason()).contains("croft.org"));
            assertThatThrownBy(() -> again.session(other, Long.MAX_VALUE)).isInstanceOf(CroftException.class);
        }
    }

    @Test
    void folderInUse_isNamed() {
        try (LuceneIndex index = started(root)) {
            assertThat(index.privateIndexes()).isEmpty();

            assertThatThrownBy(() -> started(root)).isInstanceOf(FolderInUseException.class)
                    .hasMessageContaining(root.toString());
        }
        started(root).close();
    }

    @Test
    void refusedSecondStart_leavesTheFolderLockedForOtherProcesses() throws Exception {
        Path link = Files.createSymbolicLink(elsewhere.resolve("link"), root);
        try (LuceneIndex index = started(root)) {
            assertThat(index.privateIndexes()).isEmpty();
            assertThatThrownBy(() -> started(root)).isInstanceOf(FolderInUseException.class);
            assertThatThrownBy(() -> started(link)).isInstanceOf(FolderInUseException.class);

            assertThat(lockedInAnotherProcess()).isEqualTo("held");
        }
        assertThat(lockedInAnotherProcess()).isEqualTo("free");
        started(link).close();
    }

    private String lockedInAnotherProcess() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-classpath", System.getProperty("java.class.path"), LockMain.class.getName(),
                root.resolve("croft.lock").toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String said = String.valueOf(output.readLine());
            process.waitFor();
            return said;
        }
    }

    @Test
    void filesCutUnderASearch_failIt_andAreFoundWhenTheIndexIsOpenedAgain() throws IOException {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "a", 1, "word")));
            assertThat(having(index, ACME, "word")).containsExactly("a");
            for (Path file : files(root.resolve("orgs"))) {
                if (file.toString().endsWith(".cfs")) {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(0);
                    }
                }
            }

            assertThatThrownBy(() -> having(index, ACME, "word")).isInstanceOf(CroftException.class);
            assertThat(index.open(ACME)).isInstanceOf(Standing.NeedsRebuild.class);

            Texts.create(index, ACME, checkpoint("2"), List.of(content(ORG, "b", 1, "word")));
            assertThat(having(index, ACME, "word")).containsExactly("b");
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("2")));
        }
    }

    @Test
    void rootThatIsAFile_isNamed() throws IOException {
        Path file = Files.createFile(root.resolve("file"));

        assertThatThrownBy(() -> started(file)).isInstanceOf(CroftException.class)
                .hasMessageContaining(file.toString());
    }

    private void assertNeedsRebuild(Path copy, String what, IndexScope.PrivateIndex neighbour) {
        try (LuceneIndex again = started(copy)) {
            assertThat(again.open(ACME)).as(what).isInstanceOf(Standing.NeedsRebuild.class);
            assertThatThrownBy(() -> again.session(ACME, Long.MAX_VALUE)).as(what).isInstanceOf(CroftException.class);
            assertThat(having(again, neighbour, "word")).containsExactly("a");

            Texts.create(again, ACME, checkpoint("9"), List.of(content(ORG, "new", 1, "word")));

            assertThat(having(again, ACME, "word")).as(what).containsExactly("new");
            assertThat(generations(copy)).hasSize(1);
        }
        try (LuceneIndex again = started(copy)) {
            assertThat(again.open(ACME)).as(what).isEqualTo(new Standing.Ready(checkpoint("9")));
        }
    }

    private static List<ContentChunks> many(int count) {
        List<ContentChunks> contents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            contents.add(content(ORG, String.valueOf(i), 1, "word number " + i, "and another"));
        }
        return contents;
    }

    private static void flip(Path file, long position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) position] ^= 0x10;
        Files.write(file, bytes);
    }

    private static String extension(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** The only generation of the index. */
    private static Path folder(Path root) {
        return acme(root).resolve("g1");
    }

    private static Path acme(Path root) {
        return root.resolve("orgs").resolve(ORG.toString().substring(0, 2)).resolve(ORG + "-" + ACME.incarnation());
    }

    private static List<String> generations(Path root) {
        return files(acme(root)).stream().map(file -> acme(root).relativize(file).getName(0).toString()).distinct()
                .toList();
    }

    /** Says whether the lock of a file is free. */
    static final class LockMain {

        private LockMain() {
        }

        public static void main(String[] args) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
                System.out.println(channel.tryLock() == null ? "held" : "free");
            }
        }
    }
}
