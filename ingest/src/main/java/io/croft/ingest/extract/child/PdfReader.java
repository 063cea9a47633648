package io.croft.ingest.extract.child;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.pdmodel.graphics.PDXObject;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;
import org.apache.pdfbox.rendering.ImageType;
import org.apache.pdfbox.rendering.PDFRenderer;

/**
 * Reads PDF. Paragraphs in letters larger than most of the text are headings, the largest the highest. A page without
 * text, but with something on it, is read as an image.
 */
final class PdfReader implements FormatReader {

    private static final float POINTS_PER_INCH = 72;
    private static final float DOTS_PER_INCH = 300;
    private static final double LARGER = 1.15;
    private static final int LONGEST_HEADING = 200;
    private static final int HEADING_LEVELS = 6;

    @Override
    public void read(Path file, String type, Reading reading) throws IOException, InterruptedException {
        try (PDDocument document = Loader.loadPDF(file.toFile())) {
            reading.pages(document.getNumberOfPages());
            properties(document, reading);
            List<PdfParagraph> paragraphs = new PdfText(reading).paragraphs(document);
            Map<Integer, Integer> levels = levels(paragraphs);
            Map<Integer, List<PdfParagraph>> pages = paragraphs.stream()
                    .collect(Collectors.groupingBy(PdfParagraph::page));
            for (int page = 1; page <= document.getNumberOfPages(); page++) {
                reading.writer().page(page);
                List<PdfParagraph> onPage = pages.getOrDefault(page, List.of());
                onPage.forEach(paragraph -> write(paragraph, levels, reading.writer()));
                if (onPage.isEmpty()) {
                    image(document, page, reading);
                }
            }
        } catch (InvalidPasswordException e) {
            throw new StopException(Formats.locked());
        }
    }

    private static void properties(PDDocument document, Reading reading) {
        String title = document.getDocumentInformation().getTitle();
        reading.writer().title(title == null ? "" : title);
        String language = document.getDocumentCatalog().getLanguage();
        reading.writer().language(language == null ? "" : language);
    }

    /** The level of each size of letters that is a heading's: those that stand out from what most of the text has. */
    private static Map<Integer, Integer> levels(List<PdfParagraph> paragraphs) {
        TreeMap<Integer, Integer> charactersOfSize = new TreeMap<>();
        paragraphs.forEach(one -> charactersOfSize.merge(one.size(), one.text().length(), Integer::sum));
        int usual = charactersOfSize.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey)
                .orElse(0);
        Map<Integer, Integer> levels = new TreeMap<>();
        for (int size : charactersOfSize.descendingKeySet()) {
            if (size > usual * LARGER && levels.size() < HEADING_LEVELS) {
                levels.put(size, levels.size() + 1);
            }
        }
        return levels;
    }

    private static void write(PdfParagraph paragraph, Map<Integer, Integer> levels, TextWriter writer) {
        Integer level = levels.get(paragraph.size());
        if (level != null && paragraph.text().length() <= LONGEST_HEADING) {
            writer.heading(level, paragraph.text());
        } else {
            writer.paragraph(paragraph.text());
        }
    }

    private static void image(PDDocument document, int number, Reading reading)
            throws IOException, InterruptedException {
        PDPage page = document.getPage(number - 1);
        if (!page.hasContents()) {
            return;
        }
        if (!reading.readsImages()) {
            reading.writer().pageWithoutText(number);
            return;
        }
        checkImages(page, reading);
        PDRectangle box = page.getCropBox();
        double inches = Math.max(1, box.getWidth() / POINTS_PER_INCH) * Math.max(1, box.getHeight() / POINTS_PER_INCH);
        double resolution = Math.min(DOTS_PER_INCH, Math.sqrt(reading.limits().pixels() / inches));
        BufferedImage image = new PDFRenderer(document).renderImageWithDPI(number - 1, (float) resolution,
                ImageType.GRAY);
        reading.image(image, number);
    }

    /** Checks the images that stand on a page itself before they are unpacked. */
    private static void checkImages(PDPage page, Reading reading) throws IOException {
        if (page.getResources() == null) {
            return;
        }
        for (COSName name : page.getResources().getXObjectNames()) {
            PDXObject object = page.getResources().getXObject(name);
            if (object instanceof PDImageXObject image) {
                reading.pixels(image.getWidth(), image.getHeight());
            }
        }
    }
}
