package io.croft.pg.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.spi.contract.Seed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SpoolTest {

    private static final Path FOLDER = Path.of(System.getProperty("java.io.tmpdir"));
    private static final boolean NAMELESS = FOLDER.getFileSystem().supportedFileAttributeViews().contains("posix");

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(FOLDER)) {
            return all.filter(file -> file.getFileName().toString().startsWith("croft-blob-")).toList();
        }
    }

    /** As a process that is killed leaves it. */
    @Test
    void of_leavesNoFileBehind() throws IOException {
        byte[] bytes = new byte[3 * Spool.PART_BYTES + 5];
        Seed.random("of_leavesNoFileBehind").nextBytes(bytes);
        List<Path> before = files();

        try (Spool spool = Spool.of(new ByteArrayInputStream(bytes), bytes.length)) {
            assertThat(files()).hasSize(before.size() + (NAMELESS ? 0 : 1));
            assertThat(spool.bytes()).isEqualTo(bytes.length);
            for (int time = 0; time < 2; time++) {
                try (InputStream in = spool.open()) {
                    assertThat(in.readAllBytes()).isEqualTo(bytes);
                }
            }
        }
        assertThatThrownBy(() -> Spool.of(new ByteArrayInputStream(bytes), bytes.length - 1))
                .isInstanceOf(InvalidInputException.class);

        assertThat(files()).hasSameSizeAs(before);
    }
}
