package io.croft.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.StoreUnavailableException;
import io.croft.spi.Blob;
import io.croft.spi.BlobStore;
import io.croft.spi.Store;
import io.croft.spi.contract.BlobStoreContract;
import io.croft.spi.memory.InMemoryStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderBlobsTest extends BlobStoreContract {

    @TempDir
    private Path folder;

    @Override
    protected Store openStore() {
        return new InMemoryStore();
    }

    @Override
    protected BlobStore blobs() {
        return FolderBlobs.at(folder);
    }

    @Override
    protected void age(Org org, String key, Duration by) {
        Path file = files().stream().filter(one -> one.endsWith(key)).findFirst().orElseThrow();
        try {
            Files.setLastModifiedTime(file,
                    FileTime.from(Files.getLastModifiedTime(file).toInstant().minus(by)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of blobs, whole or not. */
    private List<Path> files() {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).filter(one -> !one.endsWith("croft-blobs.lock")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void put_leavesOneFileInAFolderOfTheOrganisationsLife() throws IOException {
        Org org = org();

        Blob blob = put(org, "Oil the saddle.");
        put(org, "Oil the saddle.");

        assertThat(files()).hasSize(1);
        assertThat(files().getFirst()).hasContent("Oil the saddle.");
        assertThat(folder.relativize(files().getFirst())).isEqualTo(Path.of(org.id().toString().substring(0, 2),
                org.id() + "-" + org.incarnation(), blob.key().substring(0, 2), blob.key()));
    }

    @Test
    void erase_leavesNoFileOfThatLife() throws IOException {
        Org org = org();
        Org other = org();
        put(org, "Oil the saddle.");
        Blob kept = put(other, "Oil the saddle.");
        assertThat(blobs().lives()).containsExactlyInAnyOrder(scope(org.id()), scope(other.id()));

        blobs().erase(scope(org.id()));

        assertThat(blobs().lives()).containsExactly(scope(other.id()));
        assertThat(files()).hasSize(1);
        assertThat(read(other, kept.key())).contains("Oil the saddle.");
    }

    @Test
    void erase_waitsForNobody() throws IOException {
        Org org = org();
        put(org, "Oil the saddle.");
        BlobStore blobs = blobs();

        try (FileChannel another = FileChannel.open(folder.resolve("croft-blobs.lock"), StandardOpenOption.WRITE)) {
            another.lock();
            blobs.erase(scope(org.id()));
        }

        assertThat(files()).isEmpty();
    }

    @Test
    void files_areForTheirOwnUserAlone() throws IOException {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path mine = folder.resolve("mine");
        Org org = org();
        FolderBlobs.at(mine).put(org, InputStream.nullInputStream(), 10);

        try (Stream<Path> all = Files.walk(mine)) {
            assertThat(all).hasSizeGreaterThan(4).allSatisfy(path -> assertThat(PosixFilePermissions
                    .toString(Files.getPosixFilePermissions(path))).as(path.toString()).endsWith("------"));
        }
    }

    /** As a process leaves it that ends while it writes. */
    @Test
    void list_removesWhatWasLeftHalfWritten() throws IOException {
        Org org = org();
        Blob blob = put(org, "Oil the saddle.");
        Path young = folder.resolve(Path.of(org.id().toString().substring(0, 2), org.id() + "-" + org.incarnation(),
                "new"));
        Path left = Files.writeString(young.resolve("left"), "Oil the sad");
        Files.setLastModifiedTime(left, FileTime.from(Files.getLastModifiedTime(left).toInstant()
                .minus(Duration.ofHours(25))));
        Path recent = Files.writeString(young.resolve("recent"), "Oil");

        assertThat(blobs().list(org, Optional.empty(), 10)).containsExactly(blob);

        assertThat(left).doesNotExist();
        assertThat(recent).exists();
    }

    @Test
    void belongTo_refusesAnotherInstallation() throws IOException {
        blobs().belongTo("production");
        blobs().belongTo("production");

        assertThatThrownBy(() -> blobs().belongTo("staging")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(folder.toRealPath().toString()).hasMessageContaining("croft-blobs.installation");
        Files.writeString(folder.resolve("croft-blobs.installation"), "");
        blobs().belongTo("staging");
        assertThatThrownBy(() -> blobs().belongTo("production")).isInstanceOf(InvalidInputException.class);
    }

    /** Else its housekeeping would take all files for those of lives that are over. */
    @Test
    void start_withTheFolderOfAnotherDatabaseIsRefused() throws IOException {
        Org org = org();
        try (Croft first = Croft.builder().store(store()).blobs(blobs()).start()) {
            assertThat(first.orgs().find(org.id())).isPresent();
            put(org, "Oil the saddle.");
        }

        assertThatThrownBy(() -> Croft.builder().store(new InMemoryStore()).blobs(blobs()).start())
                .isInstanceOf(InvalidInputException.class);

        assertThat(files()).anyMatch(file -> file.getFileName().toString().length() == 64);
    }

    @Test
    void at_refusesWhatIsNoFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");

        assertThatThrownBy(() -> FolderBlobs.at(file)).isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining(file.toString());
    }
}
