package io.croft.ingest.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.CroftException;
import io.croft.ingest.extract.Outcome.Status;
import io.croft.ingest.extract.TextBlock.Kind;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files of all kinds, read by real processes. */
class ExtractorTest {

    @TempDir
    private static Path folder;

    private static Extractor extractor;

    @BeforeAll
    static void open() {
        extractor = Extractor.builder().scratch(folder).open();
    }

    @AfterAll
    static void close() throws Exception {
        extractor.close();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).as("left behind").isEmpty();
        }
    }

    @Test
    void extract_findsTheTextOfEveryFormat() throws Exception {
        List<Sample> samples = new ArrayList<>(PdfSamples.all());
        samples.addAll(OfficeSamples.all());
        samples.addAll(TextSamples.all());
        for (Sample sample : samples) {
            Extraction extraction = extract(sample);

            assertThat(extraction.outcome()).as(sample.name()).isEqualTo(Outcome.EXTRACTED);
            assertThat(extraction.type()).as(sample.name()).isEqualTo(sample.type());
            assertThat(extraction.text()).as(sample.name()).contains(sample.phrases());
        }
    }

    @Test
    void extract_readsImagesWhereTesseractIs() throws Exception {
        assumeTrue(extractor.canRecogniseText(), "Tesseract is not installed");
        for (Sample sample : ImageSamples.all()) {
            Extraction extraction = extract(sample);

            assertThat(extraction.isExtracted()).as(sample.name() + extraction.outcome()).isTrue();
            assertThat(extraction.text()).as(sample.name()).contains(sample.phrases());
        }
    }

    @Test
    void extract_namesPagesThatAreToBeReadLater() throws Exception {
        byte[] scan = PdfSamples.scan(List.of(ImageSamples.picture("hooves"), ImageSamples.picture("manes")));

        Extraction extraction = extractor.extract(new ByteArrayInputStream(scan),
                ExtractionRequest.of("scan.pdf").withOcr(Ocr.LATER));

        assertThat(extraction.outcome().status()).isEqualTo(Status.NO_TEXT);
        assertThat(extraction.pagesWithoutText()).containsExactly(1, 2);
    }

    @Test
    void extract_saysThatTesseractIsMissing() throws Exception {
        byte[] scan = ImageSamples.bytes(ImageSamples.picture("hooves"), "png");
        try (Extractor without = Extractor.builder().scratch(folder).tesseract(folder.resolve("none")).open()) {

            Extraction extraction = without.extract(new ByteArrayInputStream(scan), ExtractionRequest.of("scan.png"));

            assertThat(without.canRecogniseText()).isFalse();
            assertThat(extraction.outcome().status()).isEqualTo(Status.OCR_MISSING);
            assertThat(extraction.outcome().remedy()).contains("tesseract-ocr");
            assertThat(extraction.pagesWithoutText()).containsExactly(1);
        }
    }

    @Test
    void blocks_haveKindsLevelsAndPages() throws Exception {
        Extraction report = extract(new Sample("report.pdf", PdfSamples.report(), PdfSamples.TYPE));
        Extraction word = extract(new Sample("handbook.docx", OfficeSamples.word(), OfficeSamples.DOCX));
        Extraction page = extract(new Sample("page.html", TextSamples.HTML.getBytes(StandardCharsets.UTF_8),
                "text/html"));

        assertThat(kinds(report)).containsExactly("HEADING 1 p1: # Annual report",
                "PARAGRAPH 0 p1: Feeding the horses takes patience and a plan that was carefully considered.",
                "HEADING 2 p2: ## Costs",
                "PARAGRAPH 0 p2: Costs rose by three percent in the year. Hay was the greatest of them.");
        assertThat(report.title()).isEqualTo("Report of the stable");
        assertThat(word.blocks()).extracting(TextBlock::kind).containsExactly(Kind.HEADING, Kind.PARAGRAPH,
                Kind.HEADING, Kind.TABLE, Kind.PARAGRAPH);
        assertThat(word.title()).isEqualTo("The handbook");
        assertThat(page.language()).contains("de");
        assertThat(page.title()).isEqualTo("Pferde und Reiter");
        assertThat(page.text()).doesNotContain("not this", "color");
        assertThat(page.blocks()).extracting(TextBlock::kind).containsExactly(Kind.HEADING, Kind.PARAGRAPH,
                Kind.LIST_ITEM, Kind.LIST_ITEM, Kind.CODE, Kind.TABLE, Kind.PARAGRAPH);
    }

    private static List<String> kinds(Extraction extraction) {
        return extraction.blocks().stream().map(block -> block.kind() + " " + block.level() + " p" + block.page() + ": "
                + extraction.text().substring(block.start(), block.end())).toList();
    }

    @Test
    void bytes_giveTheSameExtraction() throws Exception {
        Extraction extraction = extract(new Sample("report.pdf", PdfSamples.report(), PdfSamples.TYPE));

        assertThat(Extraction.ofBytes(extraction.toBytes())).isEqualTo(extraction);
        byte[] cut = Arrays.copyOf(extraction.toBytes(), extraction.toBytes().length - 3);
        assertThatThrownBy(() -> Extraction.ofBytes(cut)).isInstanceOf(CroftException.class)
                .hasMessageContaining("extract the file again");
    }

    @Test
    void extract_saysWhyThereIsNoText() throws Exception {
        assertThat(status("empty.txt", new byte[0])).isEqualTo(Status.NO_TEXT);
        assertThat(status("blank.txt", "  \n ".getBytes(StandardCharsets.UTF_8))).isEqualTo(Status.NO_TEXT);
        assertThat(status("locked.pdf", PdfSamples.locked())).isEqualTo(Status.UNSUPPORTED);
        assertThat(status("program.bin", new byte[]{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
                .isEqualTo(Status.UNSUPPORTED);
        assertThat(status("cut.docx", Arrays.copyOf(OfficeSamples.word(), 2_000))).isEqualTo(Status.DAMAGED);
    }

    private static Status status(String name, byte[] content) throws Exception {
        Outcome outcome = extract(new Sample(name, content, "")).outcome();
        assertThat(outcome.reason()).as(name).isNotBlank();
        assertThat(outcome.remedy()).as(name).isNotBlank();
        return outcome.status();
    }

    private static Extraction extract(Sample sample) throws Exception {
        return extractor.extract(new ByteArrayInputStream(sample.content()), ExtractionRequest.of(sample.name()));
    }
}
