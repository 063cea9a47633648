package io.croft.ingest.extract;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts.FontName;
import org.apache.pdfbox.pdmodel.graphics.image.LosslessFactory;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;

/** Makes PDF files with PDFBox. */
public final class PdfSamples {

    static final String TYPE = "application/pdf";

    private PdfSamples() {
    }

    /** One line of a page: a size of letters and a text; an empty one is a gap. */
    record Line(float size, String text) {
    }

    public static List<Sample> all() throws IOException {
        List<Sample> samples = new ArrayList<>();
        for (FontName font : List.of(FontName.HELVETICA, FontName.TIMES_ROMAN, FontName.COURIER,
                FontName.HELVETICA_BOLD, FontName.TIMES_ITALIC, FontName.COURIER_BOLD)) {
            samples.add(new Sample(font + ".pdf", pages(new PDType1Font(font), List.of(List.of(
                    new Line(11, "The saddle of " + font + " is oiled in spring."))), ""), TYPE,
                    "The saddle of " + font + " is oiled in spring."));
        }
        samples.add(new Sample("report.pdf", report(), TYPE, "Annual report", "Feeding the horses takes patience",
                "Costs rose by three percent", "carefully considered"));
        samples.add(new Sample("umlauts.pdf",
                embeddedFont("Prüfungsordnung für Großpferde, §4: Öl", "čeština žluťoučký"), TYPE,
                "Prüfungsordnung für Großpferde, §4: Öl", "žluťoučký"));
        samples.add(new Sample("noending", embeddedFont("A file without an ending", "is known by its bytes"), TYPE,
                "A file without an ending"));
        return samples;
    }

    static byte[] report() throws IOException {
        return pages(new PDType1Font(FontName.HELVETICA), List.of(
                List.of(new Line(24, "Annual report"), new Line(0, ""),
                        new Line(11, "Feeding the horses takes patience"), new Line(11, "and a plan that was care-"),
                        new Line(11, "fully considered.")),
                List.of(new Line(16, "Costs"), new Line(0, ""),
                        new Line(11, "Costs rose by three percent in the year."),
                        new Line(11, "Hay was the greatest of them."))),
                "Report of the stable");
    }

    /** A document with pages of lines. */
    static byte[] pages(PDFont font, List<List<Line>> pages, String title) throws IOException {
        try (PDDocument document = new PDDocument()) {
            document.getDocumentInformation().setTitle(title);
            for (List<Line> lines : pages) {
                PDPage page = new PDPage(PDRectangle.A4);
                document.addPage(page);
                write(document, page, font, lines);
            }
            return bytes(document);
        }
    }

    private static void write(PDDocument document, PDPage page, PDFont font, List<Line> lines) throws IOException {
        try (PDPageContentStream out = new PDPageContentStream(document, page)) {
            float y = 760;
            for (Line line : lines) {
                if (!line.text().isEmpty()) {
                    out.beginText();
                    out.setFont(font, line.size());
                    out.newLineAtOffset(72, y);
                    out.showText(line.text());
                    out.endText();
                }
                y -= Math.max(14, line.size() * 1.3f) + (line.text().isEmpty() ? 20 : 0);
            }
        }
    }

    private static byte[] embeddedFont(String... lines) throws IOException {
        try (PDDocument document = new PDDocument()) {
            PDPage page = new PDPage(PDRectangle.A4);
            document.addPage(page);
            write(document, page, font(document), Stream.of(lines).map(line -> new Line(12, line)).toList());
            return bytes(document);
        }
    }

    private static PDFont font(PDDocument document) throws IOException {
        try (InputStream font = PDDocument.class
                .getResourceAsStream("/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf")) {
            return PDType0Font.load(document, Objects.requireNonNull(font, "the font in PDFBox's jar"));
        }
    }

    /** A page that is one line of large letters. */
    static byte[] line(String text) throws IOException {
        try (PDDocument document = new PDDocument()) {
            PDPage page = new PDPage(new PDRectangle(700, 100));
            document.addPage(page);
            try (PDPageContentStream out = new PDPageContentStream(document, page)) {
                out.beginText();
                out.setFont(font(document), 26);
                out.newLineAtOffset(20, 45);
                out.showText(text);
                out.endText();
            }
            return bytes(document);
        }
    }

    /** A document whose pages are images. */
    public static byte[] scan(List<BufferedImage> images) throws IOException {
        try (PDDocument document = new PDDocument()) {
            for (BufferedImage image : images) {
                PDPage page = new PDPage(PDRectangle.A4);
                document.addPage(page);
                PDImageXObject picture = LosslessFactory.createFromImage(document, image);
                try (PDPageContentStream out = new PDPageContentStream(document, page)) {
                    out.drawImage(picture, 40, 400, 500, 500f * image.getHeight() / image.getWidth());
                }
            }
            return bytes(document);
        }
    }

    /** A document of a page with a line of text, and one that is an image. */
    public static byte[] textAndScan(String text, BufferedImage image) throws IOException {
        try (PDDocument document = new PDDocument()) {
            PDPage first = new PDPage(PDRectangle.A4);
            document.addPage(first);
            write(document, first, font(document), List.of(new Line(12, text)));
            PDPage second = new PDPage(PDRectangle.A4);
            document.addPage(second);
            PDImageXObject picture = LosslessFactory.createFromImage(document, image);
            try (PDPageContentStream out = new PDPageContentStream(document, second)) {
                out.drawImage(picture, 40, 400, 500, 500f * image.getHeight() / image.getWidth());
            }
            return bytes(document);
        }
    }

    /** A document that asks for a password. */
    static byte[] locked() throws IOException {
        try (PDDocument document = new PDDocument()) {
            document.addPage(new PDPage(PDRectangle.A4));
            document.protect(new StandardProtectionPolicy("owner", "user", new AccessPermission()));
            return bytes(document);
        }
    }

    /** A document that asks for a certificate; written by hand, because PDFBox needs a library to make one. */
    static byte[] lockedByCertificates() {
        List<String> objects = List.of("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>",
                "<< /Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s4 /V 1 /Length 40 /Recipients [<30>] >>");
        StringBuilder pdf = new StringBuilder("%PDF-1.4\n");
        StringBuilder table = new StringBuilder("xref\n0 4\n0000000000 65535 f \n");
        for (int i = 0; i < objects.size(); i++) {
            table.append(String.format(Locale.ROOT, "%010d 00000 n \n", pdf.length()));
            pdf.append(i + 1).append(" 0 obj\n").append(objects.get(i)).append("\nendobj\n");
        }
        int start = pdf.length();
        pdf.append(table).append("trailer\n<< /Size 4 /Root 1 0 R /Encrypt 3 0 R /ID [<00> <00>] >>\nstartxref\n")
                .append(start).append("\n%%EOF\n");
        return pdf.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] bytes(PDDocument document) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        document.save(out);
        return out.toByteArray();
    }
}
