package io.croft.ingest.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.ingest.extract.Outcome.Status;
import io.croft.ingest.extract.TextBlock.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
    void pages_areNotThoseOfFilesWithinTheFile() throws Exception {
        byte[] scan = PdfSamples.scan(List.of(ImageSamples.picture("hooves"), ImageSamples.picture("manes")));

        Extraction report = extract(TextSamples.attached(PdfSamples.report()));
        Extraction later = extractor.extract(new ByteArrayInputStream(TextSamples.attached(scan).content()),
                ExtractionRequest.of("attached.eml").withOcr(Ocr.LATER));

        assertThat(report.blocks()).extracting(TextBlock::page).containsOnly(0);
        assertThat(report.text()).contains("Costs rose").doesNotContain("\f");
        assertThat(later.pagesWithoutText()).containsExactly(1);
    }

    @Test
    void extract_usesLittleTimeForLongRuns() throws Exception {
        String blanks = "a" + " ".repeat(2_000_000) + "b\n";
        String marks = "a\n" + "`".repeat(2_000_000) + "\nb\n";
        String fence = "`".repeat(2_000_001);

        assertThat(extract(new Sample("blanks.py", blanks.getBytes(StandardCharsets.UTF_8), "")).text())
                .startsWith("```\na  ").endsWith("  b\n```");
        assertThat(extract(new Sample("marks.py", marks.getBytes(StandardCharsets.UTF_8), "")).text())
                .startsWith(fence + "\na\n").endsWith("\nb\n" + fence);
    }

    @Test
    void code_keepsLinesWithoutBlanksAtTheirEnds() throws Exception {
        String code = " \n\n\tif x:  \n\n    y()\t \n  \n";

        Extraction extraction = extract(new Sample("x.py", code.getBytes(StandardCharsets.UTF_8), ""));

        assertThat(extraction.text()).isEqualTo("```\n\tif x:\n\n    y()\n```");
    }

    @Test
    void html_takesNoParagraphForTheItemThatIsEmpty() throws Exception {
        byte[] page = "<ul><li></li></ul><p>A paragraph.</p>".getBytes(StandardCharsets.UTF_8);

        Extraction extraction = extract(new Sample("page.html", page, "text/html"));

        assertThat(extraction.blocks()).extracting(TextBlock::kind).containsExactly(Kind.PARAGRAPH);
    }

    @Test
    void tesseract_isLookedForAsItRuns() throws Exception {
        Path program = script("tesseract-of-home", "if [ -n \"$HOME\" ]; then echo eng; fi");
        try (Extractor homeless = Extractor.builder().scratch(folder).tesseract(program).open()) {
            assertThat(homeless.canRecogniseText()).isFalse();
        } finally {
            Files.delete(program);
        }
    }

    @Test
    void extract_saysThatTesseractFailed() throws Exception {
        Path program = script("tesseract-that-fails", "if [ \"$1\" = --list-langs ]; then echo eng; else exit 7; fi");
        byte[] scan = ImageSamples.bytes(ImageSamples.picture("hooves"), "png");
        try (Extractor failing = Extractor.builder().scratch(folder).tesseract(program).open()) {

            Outcome outcome = failing.extract(new ByteArrayInputStream(scan), ExtractionRequest.of("scan.png"))
                    .outcome();

            assertThat(outcome.status()).isEqualTo(Status.CRASHED);
            assertThat(outcome.reason()).contains("Tesseract", "status 7");
        } finally {
            Files.delete(program);
        }
    }

    private static Path script(String name, String commands) throws IOException {
        Path script = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + commands + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
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
        byte[] longer = Arrays.copyOf(extraction.toBytes(), extraction.toBytes().length + 1);
        assertThatThrownBy(() -> Extraction.ofBytes(longer)).isInstanceOf(CroftException.class)
                .hasMessageContaining("extract the file again");
    }

    @Test
    void extraction_isCheckedWhoeverMadeIt() {
        Outcome none = Outcome.of(Status.NO_TEXT, "Nothing.", "Nothing.");

        assertThatThrownBy(() -> extraction(Outcome.EXTRACTED, "text/plain", "a\0b", List.of()))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("U+0000");
        assertThatThrownBy(() -> extraction(Outcome.EXTRACTED, "text/\0plain", "a", List.of()))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("U+0000");
        assertThatThrownBy(() -> extraction(none, "text/plain", "a", List.of()))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("NO_TEXT");
        assertThatThrownBy(() -> extraction(none, "text/plain", "", List.of(0)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("from 1");
    }

    private static Extraction extraction(Outcome outcome, String type, String text, List<Integer> pagesWithoutText) {
        return new Extraction(outcome, type, "", Optional.empty(), text, List.of(), pagesWithoutText);
    }

    @Test
    void extract_saysWhyThereIsNoText() throws Exception {
        assertThat(status("empty.txt", new byte[0])).isEqualTo(Status.NO_TEXT);
        assertThat(status("blank.txt", "  \n ".getBytes(StandardCharsets.UTF_8))).isEqualTo(Status.NO_TEXT);
        assertThat(status("locked.pdf", PdfSamples.locked())).isEqualTo(Status.UNSUPPORTED);
        assertThat(status("certificates.pdf", PdfSamples.lockedByCertificates())).isEqualTo(Status.UNSUPPORTED);
        assertThat(status("usual.docx", OfficeSamples.wordWithUsualPassword())).isEqualTo(Status.UNSUPPORTED);
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
