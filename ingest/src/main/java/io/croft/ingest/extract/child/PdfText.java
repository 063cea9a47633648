package io.croft.ingest.extract.child;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.pdfbox.text.TextPosition;

/**
 * Gathers the paragraphs of a PDF and the size of their letters. A line that ends with a hyphen goes on in the next one
 * if that begins with a small letter.
 */
final class PdfText extends PDFTextStripper {

    private final Reading reading;
    private final List<PdfParagraph> paragraphs = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final Map<Integer, Integer> sizes = new HashMap<>();
    private long characters;

    PdfText(Reading reading) {
        this.reading = reading;
        setSortByPosition(true);
        setSuppressDuplicateOverlappingText(true);
    }

    /** All paragraphs, in order. */
    List<PdfParagraph> paragraphs(PDDocument document) throws IOException {
        writeText(document, Writer.nullWriter());
        return paragraphs;
    }

    @Override
    protected void writeString(String line, List<TextPosition> positions) {
        characters += line.length();
        if (characters > reading.limits().characters()) {
            throw reading.writer().tooLong();
        }
        int last = text.length() - 1;
        boolean hyphenated = last > 1 && text.charAt(last) == '\n' && text.charAt(last - 1) == '-'
                && Character.isLetter(text.charAt(last - 2)) && !line.isEmpty()
                && Character.isLowerCase(line.charAt(0));
        if (hyphenated) {
            text.setLength(last - 1);
        }
        text.append(line);
        for (TextPosition position : positions) {
            int size = Math.round(2 * Math.clamp(position.getFontSizeInPt(), 0f, 1_000f));
            sizes.merge(size, 1, Integer::sum);
        }
    }

    @Override
    protected void writeWordSeparator() {
        text.append(' ');
    }

    @Override
    protected void writeLineSeparator() {
        text.append('\n');
    }

    @Override
    protected void writeParagraphStart() {
        finish();
    }

    @Override
    protected void writeParagraphEnd() {
        finish();
    }

    @Override
    protected void writePageEnd() {
        finish();
    }

    private void finish() {
        String paragraph = text.toString();
        if (!paragraph.isBlank()) {
            int size = sizes.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey).orElse(0);
            paragraphs.add(new PdfParagraph(getCurrentPageNo(), paragraph, size));
        }
        text.setLength(0);
        sizes.clear();
    }
}
