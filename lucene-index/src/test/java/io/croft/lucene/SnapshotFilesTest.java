package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What snapshots must not do to a disk. */
class SnapshotFilesTest {

    private static final int BYTES = 100_000;

    @TempDir
    Path folder;

    private Path files;
    private Path into;

    @BeforeEach
    void create() throws IOException {
        files = Files.createDirectory(folder.resolve("files"));
        into = Files.createDirectory(folder.resolve("into"));
        Files.write(files.resolve("_0.cfs"), new byte[BYTES]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "snapshot.zip"})
    void read_stopsAtSoManyBytes(String name) throws IOException {
        Path snapshot = folder.resolve(name);
        SnapshotFiles.write(files, snapshot);

        assertThatThrownBy(() -> SnapshotFiles.read(snapshot, into, BYTES - 1))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("more bytes");

        assertThat(into.resolve("_0.cfs").toFile().length()).isLessThan(BYTES);
        Files.delete(into.resolve("_0.cfs"));
        assertThatCode(() -> SnapshotFiles.read(snapshot, into, BYTES)).doesNotThrowAnyException();
    }

    @Test
    void read_refusesWhatIsNoFile() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        Files.createSymbolicLink(files.resolve("_1.cfs"), secret);

        assertThatThrownBy(() -> SnapshotFiles.read(files, into)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("_1.cfs");

        assertThat(into.resolve("_1.cfs")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "snapshot.zip"})
    void write_leavesNothing_whereItFails(String name) throws IOException {
        Path unreadable = files.resolve("_1.cfs");
        Files.createSymbolicLink(unreadable, folder.resolve("gone"));

        assertThatThrownBy(() -> SnapshotFiles.write(files, folder.resolve(name))).isInstanceOf(IOException.class);

        assertThat(folder).isDirectoryNotContaining(one -> one.toString().contains("snapshot"));
    }
}
