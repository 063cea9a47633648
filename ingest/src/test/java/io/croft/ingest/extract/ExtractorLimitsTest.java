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
import java.util.Arrays;
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
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
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
    void extract_namesTheLimitThatAFileWithinTheFileReached() throws Exception {
        byte[] deep = OfficeSamples.word();
        for (int i = 0; i < 3; i++) {
            deep = OfficeSamples.wordWith("inner.docx", OfficeSamples.DOCX, deep);
        }
        byte[] bomb = with(OfficeSamples.sheets(new XSSFWorkbook()), 1, new byte[5 << 20]);
        byte[] packed = OfficeSamples.wordWith("inner.xlsx", OfficeSamples.XLSX, bomb);

        assertThat(read("deep.docx", deep).limit()).contains(ExtractionLimit.DEPTH);
        assertThat(read("bomb.docx", packed).limit()).contains(ExtractionLimit.RATIO);
    }

    @Test
    void depth_countsForwardedAndAttachedMails() throws Exception {
        assertThat(read("mail.eml", forwarded(2).getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(Outcome.EXTRACTED);
        assertThat(read("mail.eml", forwarded(3).getBytes(StandardCharsets.US_ASCII)).limit())
                .contains(ExtractionLimit.DEPTH);
    }

    @Test
    void extract_readsNoZipFileThatItHasNotSeenThrough() throws Exception {
        byte[] bomb = wordWith(1, new byte[5 << 20]);

        assertThat(read("parts.docx", joined(new byte[]{'P', 'K', 7, 8}, bomb)).status())
                .isIn(Status.LIMIT, Status.DAMAGED);
        assertThat(read("junk.docx", joined(new byte[16], bomb)).status()).isEqualTo(Status.DAMAGED);
        assertThat(read("unlisted.docx", joined(bomb, OfficeSamples.word())).limit())
                .as("a bomb that the directory does not name").contains(ExtractionLimit.RATIO);
    }

    private static Outcome read(String name, byte[] content) throws Exception {
        return extractor.extract(new ByteArrayInputStream(content), ExtractionRequest.of(name)).outcome();
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Test
    void extract_readsNoDocumentTypes() throws Exception {
        String bomb = "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a \"ten ten ten \">]>"
                + "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p>"
                + "<w:r><w:t>before &a; after</w:t></w:r></w:p></w:body></w:document>";
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
        return with(OfficeSamples.word(), parts, content);
    }

    private static byte[] with(byte[] file, int parts, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(file));
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
        return depth == 0 ? innermost() : attaching(depth, nested(depth - 1));
    }

    private static String attaching(int depth, String mail) {
        return head(depth) + "Content-Type: multipart/mixed; boundary=b" + depth + "\n\n--b" + depth
                + "\nContent-Type: application/octet-stream; name=inner.eml\nContent-Transfer-Encoding: base64\n\n"
                + Base64.getMimeEncoder().encodeToString(mail.getBytes(StandardCharsets.US_ASCII))
                + "\n--b" + depth + "--\n";
    }

    /** A mail that forwards one that has a mail attached that forwards one, and so on. */
    private static String forwarded(int depth) {
        if (depth == 0) {
            return innermost();
        }
        if (depth % 2 == 0) {
            return attaching(depth, forwarded(depth - 1));
        }
        return head(depth) + "Content-Type: multipart/mixed; boundary=b" + depth + "\n\n--b" + depth
                + "\nContent-Type: message/rfc822\n\n" + forwarded(depth - 1) + "\n--b" + depth + "--\n";
    }

    private static String innermost() {
        return head(0) + "Content-Type: text/plain\n\nthe innermost\n";
    }

    private static String head(int depth) {
        return "Message-ID: <1@example.com>\nFrom: Ann <ann@example.com>\nSubject: Mail " + depth
                + "\nMIME-Version: 1.0\n";
    }
}
