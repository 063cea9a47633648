package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FileReadingTest {

    @Test
    void titles_areOfOneLineThatCanBeStored() {
        assertThat(FileReading.title(" Tack\n\t care ")).isEqualTo("Tack care");
        assertThat(FileReading.title("half \uD83D of a \u0000 pair")).isEqualTo("half \uFFFD of a \uFFFD pair");
        assertThat(FileReading.title("a".repeat(1023) + "\uD83D\uDC0E")).isEqualTo("a".repeat(1023));
        assertThat(FileReading.title("a".repeat(1022) + "\uD83D\uDC0E" + "b")).hasSize(1024).endsWith("\uDC0E");
    }
}
