package io.croft.ingest.extract.child;

import io.croft.ingest.extract.Extraction;
import io.croft.ingest.extract.ExtractionLimit;
import io.croft.ingest.extract.Ocr;
import io.croft.ingest.extract.Outcome;
import io.croft.ingest.extract.Outcome.Status;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The reading of one file with all that is in it: what it may still take, and what it has given. */
final class Reading {

    private final Formats formats;
    private final ChildLimits limits;
    private final Ocr ocr;
    private final Optional<ImageText> imageText;
    private final TextWriter writer;

    private String type = "";
    private int depth = 1;
    private long entries;
    private long inflated;
    private long images;
    private boolean ocrMissing;

    Reading(Formats formats, ChildLimits limits, Ocr ocr, Optional<List<String>> tesseract) {
        this.formats = formats;
        this.limits = limits;
        this.ocr = ocr;
        this.imageText = tesseract.map(command -> new ImageText(command, limits.ocrSeconds()));
        this.writer = new TextWriter(limits.characters());
    }

    TextWriter writer() {
        return writer;
    }

    ChildLimits limits() {
        return limits;
    }

    /** Begins with a file of a type, not of what is attached to it. */
    void begin(String ofType) {
        type = ofType;
    }

    /** How deep what is read now is within files: 1 is the file itself. */
    int depth() {
        return depth;
    }

    /** Goes on with a file within the one that is read, until {@link #leave}. */
    void enter() {
        if (depth >= limits.depth()) {
            throw stop(ExtractionLimit.DEPTH, "The file has files within files deeper than " + limits.depth() + ".");
        }
        depth++;
        writer.enter();
    }

    void leave() {
        depth--;
        writer.leave();
    }

    /** Ends the reading at a limit. */
    StopException stop(ExtractionLimit limit, String reason) {
        return writer.stop(Outcome.of(limit, reason));
    }

    /** What the reading was ended with, if it was. */
    Optional<Outcome> stopped() {
        return writer.stopped();
    }

    /** Counts what was unpacked. */
    void unpacked(long bytes) {
        inflated += bytes;
        if (inflated > limits.inflatedBytes()) {
            throw stop(ExtractionLimit.INFLATED_BYTES, "The file unpacks to more than " + limits.inflatedBytes()
                    + " bytes.");
        }
    }

    /** How much more may be unpacked. */
    long room() {
        return limits.inflatedBytes() - inflated;
    }

    /** Counts a part or an attachment. */
    void entry() {
        entries(1);
    }

    /** Counts so many parts. */
    void entries(long count) {
        entries += count;
        if (entries > limits.entries()) {
            throw stop(ExtractionLimit.ENTRIES, "The file has more than " + limits.entries() + " parts.");
        }
    }

    /** How many more parts it may have. */
    long entriesLeft() {
        return limits.entries() - entries;
    }

    /** Checks a number of pages, slides or images. */
    void pages(long count) {
        if (count > limits.pages()) {
            throw stop(ExtractionLimit.PAGES, "The file has more than " + limits.pages() + " pages.");
        }
    }

    /** Checks an image's size before it is unpacked. */
    void pixels(long width, long height) {
        if (width * height > limits.pixels()) {
            throw stop(ExtractionLimit.PIXELS, "An image of " + width + " by " + height + " pixels has more than "
                    + limits.pixels() + ".");
        }
    }

    /**
     * Reads a file within the file, under a heading of its name. One that is damaged, locked or of an unknown format is
     * left out; one beyond a limit or too slow ends the reading.
     */
    void attachment(InputStream content, String name, String declaredType) throws IOException {
        writer.check();
        entry();
        enter();
        try {
            attached(content, name, declaredType);
        } finally {
            leave();
        }
    }

    private void attached(InputStream content, String name, String declaredType) throws IOException {
        String attachedType = declaredType;
        Path file = Files.createTempFile("attached", "");
        try {
            copy(content, file);
            attachedType = formats.type(file, name, declaredType, this).toString();
            FormatReader reader = formats.reader(attachedType);
            writer.heading(2, name);
            reader.read(file, attachedType, this);
        } catch (Exception | StackOverflowError | LinkageError e) {
            Outcome outcome = Formats.outcome(e, attachedType);
            if (outcome.status() == Status.LIMIT || outcome.status() == Status.TIMEOUT) {
                throw writer.stop(outcome);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private void copy(InputStream content, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] buffer = new byte[64 * 1024];
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                unpacked(read);
                out.write(buffer, 0, read);
            }
        }
    }

    /** Whether the text of images is to be read now, and can be. */
    boolean readsImages() {
        ocrMissing |= ocr == Ocr.WHERE_NEEDED && imageText.isEmpty();
        return ocr == Ocr.WHERE_NEEDED && imageText.isPresent();
    }

    /** Recognises the text of an image, which is a page. */
    void image(BufferedImage image, int page) throws IOException, InterruptedException {
        images++;
        pages(images);
        if (!imageText.orElseThrow().read(image, writer)) {
            writer.pageWithoutText(page);
        }
    }

    /** What was read. */
    Extraction finish() {
        Outcome whenEmpty = ocrMissing
                ? Outcome.of(Status.OCR_MISSING, "The file's text is in images, and no Tesseract is installed.",
                        "Install tesseract-ocr and its languages on the host, then ingest the file again.")
                : Outcome.of(Status.NO_TEXT, "The file holds no text.",
                        "If its text is in images, have images read, or upload sharper ones.");
        return writer.finish(type, whenEmpty);
    }
}
