package io.croft.ingest.extract;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.rendering.ImageType;
import org.apache.pdfbox.rendering.PDFRenderer;

/** Makes images of text. */
public final class ImageSamples {

    private ImageSamples() {
    }

    public static List<Sample> all() throws IOException {
        List<Sample> samples = new ArrayList<>();
        for (String format : List.of("png", "jpeg", "tiff", "bmp", "gif")) {
            String sentence = "The mare drinks from the river " + format.toUpperCase(Locale.ROOT);
            samples.add(new Sample("scan." + format, bytes(picture(sentence), format), "image/" + format,
                    "The mare drinks from the river"));
        }
        samples.add(new Sample("scan.pdf", PdfSamples.scan(List.of(picture("A scanned page about hooves"),
                picture("Another page about manes"))), PdfSamples.TYPE, "A scanned page about hooves",
                "Another page about manes"));
        return samples;
    }

    /** A line of large letters, drawn without the system's fonts: there may be none. */
    public static BufferedImage picture(String text) throws IOException {
        try (PDDocument document = Loader.loadPDF(PdfSamples.line(text))) {
            return new PDFRenderer(document).renderImageWithDPI(0, 144, ImageType.RGB);
        }
    }

    public static byte[] bytes(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(image, format, out)) {
            throw new IOException("no images are written as " + format);
        }
        return out.toByteArray();
    }
}
