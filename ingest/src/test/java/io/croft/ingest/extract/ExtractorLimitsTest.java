package io.croft.ingest.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.ingest.extract.Outcome.Status;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts.FontName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that take more than they may. */
class ExtractorLimitsTest {

    private static final ExtractionLimits SMALL = ExtractionLimits.DEFAULT.withBytes(16 << 20)
            .withInflatedBytes(8 << 20).withRatio(100).withDepth(3).withEntries(200).withPages(20)
            .withPixels(1_000_000).withCharacters(100_000);

    @TempDir
    private static Path folder;

    private static Extractor extractor;

    @BeforeAll
    static void open() {
        extractor = Extractor.builder().scratch(folder).processes(1).limits(SMALL).open();
    }

    @AfterAll
    static void close() {
        extractor.close();
    }

    @Test
    void extract_namesTheLimitThatWasReached() throws Exception {
        Map<ExtractionLimit, byte[]> files = Map.of(
                ExtractionLimit.BYTES, new byte[(16 << 20) + 1],
                ExtractionLimit.CHARACTERS, "hay ".repeat(30_000).getBytes(StandardCharsets.UTF_8),
                ExtractionLimit.RATIO, wordWith(1, new byte[5 << 20]),
                ExtractionLimit.INFLATED_BYTES, wordWith(1, noise(9 << 20)),
                ExtractionLimit.ENTRIES, wordWith(300, new byte[1]),
                ExtractionLimit.PAGES, PdfSamples.pages(new PDType1Font(FontName.HELVETICA),
                        Collections.nCopies(21, List.of(new PdfSamples.Line(11, "A page."))), ""),
                ExtractionLimit.DEPTH, nested(4).getBytes(StandardCharsets.US_ASCII),
                ExtractionLimit.PIXELS,
                ImageSamples.bytes(new BufferedImage(1_001, 1_000, BufferedImage.TYPE_BYTE_BINARY), "png"));

        for (Map.Entry<ExtractionLimit, byte[]> file : files.entrySet()) {
            Outcome outcome = extractor.extract(new ByteArrayInputStream(file.getValue()), ExtractionRequest.of(""))
                    .outcome();

            assertThat(outcome.limit()).as("%s: %s", file.getKey(), outcome).contains(file.getKey());
            assertThat(outcome.status()).isEqualTo(Status.LIMIT);
            assertThat(outcome.reason()).isNotBlank();
            assertThat(outcome.remedy()).isEqualTo(file.getKey().remedy());
        }
    }

    @Test
    void extract_readsNoDocumentTypes() throws Exception {
        String bomb = "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a \"ten ten ten \">]>"
                + "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p><w:r>"
                + "<w:t>before &a; after</w:t></w:r></w:p></w:body></w:document>";
        byte[] word = replaced("word/document.xml", bomb.getBytes(StandardCharsets.UTF_8));

        Extraction extraction = extractor.extract(new ByteArrayInputStream(word), ExtractionRequest.of("dtd.docx"));

        assertThat(extraction.text()).doesNotContain("ten ten");
    }

    @Test
    void limits_areChecked() {
        assertThatThrownBy(() -> SMALL.withPages(0)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("1 or more");
        assertThatThrownBy(() -> Extractor.builder().ocrLanguages(List.of("eng; rm")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("eng; rm");
    }

    private static byte[] wordWith(int parts, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(OfficeSamples.word()));
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                in.transferTo(out);
            }
            for (int i = 0; i < parts; i++) {
                out.putNextEntry(new ZipEntry("word/media/part" + i + ".bin"));
                out.write(content);
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] replaced(String part, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(OfficeSamples.word()));
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                out.write(entry.getName().equals(part) ? content : in.readAllBytes());
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(7).nextBytes(noise);
        return noise;
    }

    /** A mail that has a mail attached as a file, and so on. */
    private static String nested(int depth) {
        String head = "Message-ID: <1@example.com>\nFrom: Ann <ann@example.com>\nSubject: " + depth
                + "\nMIME-Version: 1.0\n";
        if (depth == 0) {
            return head + "Content-Type: text/plain\n\nthe innermost\n";
        }
        return head + "Content-Type: multipart/mixed; boundary=b" + depth + "\n\n--b" + depth
                + "\nContent-Type: application/octet-stream; name=inner.eml\nContent-Transfer-Encoding: base64\n\n"
                + Base64.getMimeEncoder().encodeToString(nested(depth - 1).getBytes(StandardCharsets.US_ASCII))
                + "\n--b" + depth + "--\n";
    }
}
