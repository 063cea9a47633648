package io.croft.ingest.extract.child;

import io.croft.ingest.extract.Extraction;
import io.croft.ingest.extract.ExtractionRequest;
import io.croft.ingest.extract.Outcome;
import io.croft.ingest.extract.Outcome.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.tika.detect.DefaultDetector;
import org.apache.tika.detect.Detector;
import org.apache.tika.exception.EncryptedDocumentException;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.mime.MediaType;
import org.apache.tika.mime.MimeTypes;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.microsoft.OfficeParser;
import org.apache.tika.parser.microsoft.ooxml.OOXMLParser;
import org.apache.tika.parser.microsoft.rtf.RTFParser;

/**
 * Tells what a file is, by what it holds first, by its name and declared type where that leaves it open, and has it
 * read. Whatever happens is an outcome, but for errors of the Java process.
 */
final class Formats {

    private static final String PDF = "application/pdf";
    private static final Set<String> MARKDOWN = Set.of("text/x-web-markdown", "text/markdown");
    private static final Set<String> HTML = Set.of("text/html", "application/xhtml+xml");
    private static final Set<String> IMAGES = Set.of("image/png", "image/jpeg", "image/gif", "image/bmp",
            "image/x-ms-bmp", "image/tiff");

    private static final String OTHER_FORMAT = "Save it as PDF, Word, HTML or plain text.";

    private final ChildLimits limits;
    private final Optional<List<String>> tesseract;
    private final MimeTypes types = MimeTypes.getDefaultMimeTypes();
    private final Detector detector = new DefaultDetector(types);
    private final Map<Predicate<MediaType>, FormatReader> readers = new LinkedHashMap<>();

    Formats(ChildLimits limits, Optional<List<String>> tesseract) {
        this.limits = limits;
        this.tesseract = tesseract;
        ParseContext context = new ParseContext();
        OOXMLParser openXml = new OOXMLParser();
        OfficeParser office = new OfficeParser();
        RTFParser rtf = new RTFParser();
        readers.put(type -> MARKDOWN.contains(type.toString()), new MarkdownReader());
        readers.put(type -> HTML.contains(type.toString()), new HtmlReader());
        readers.put(type -> type.toString().equals(PDF), new PdfReader());
        readers.put(type -> type.toString().equals("message/rfc822"), new MailReader());
        readers.put(openXml.getSupportedTypes(context)::contains, new OfficeReader(openXml));
        readers.put(office.getSupportedTypes(context)::contains, new OfficeReader(office));
        readers.put(rtf.getSupportedTypes(context)::contains, new OfficeReader(rtf));
        readers.put(type -> IMAGES.contains(type.toString()), new ImageReader());
        readers.put(this::isText, new PlainTextReader());
    }

    private boolean isText(MediaType type) {
        return !type.getType().equals("image")
                && types.getMediaTypeRegistry().isInstanceOf(type, MediaType.TEXT_PLAIN);
    }

    /** Reads a file. */
    Extraction read(Path file, ExtractionRequest request) {
        Reading reading = new Reading(this, limits, request.ocr(), tesseract);
        String type = MediaType.OCTET_STREAM.toString();
        try {
            if (Files.size(file) == 0) {
                return Extraction.failed(Outcome.of(Status.NO_TEXT, "The file is empty.", "Upload it again."), type);
            }
            type = type(file, request.name(), request.declaredType(), reading).toString();
            reading.begin(type);
            reader(type).read(file, type, reading);
            return reading.finish();
        } catch (Exception | StackOverflowError | LinkageError e) {
            return Extraction.failed(reading.stopped().orElse(outcome(e, type)), type);
        }
    }

    /** What a file is. One that is packed is unpacked first, to see that it keeps to the limits. */
    MediaType type(Path file, String name, String declaredType, Reading reading) throws IOException {
        if (ZipCheck.isZip(file)) {
            ZipCheck.inflate(file, reading);
        }
        Metadata metadata = new Metadata();
        metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, name);
        MediaType declared = MediaType.parse(declaredType);
        if (declared != null) {
            metadata.set(Metadata.CONTENT_TYPE, declared.getBaseType().toString());
        }
        try (TikaInputStream in = TikaInputStream.get(file)) {
            return detector.detect(in, metadata).getBaseType();
        }
    }

    /** What reads a type. */
    FormatReader reader(String type) {
        MediaType parsed = MediaType.parse(type);
        return readers.entrySet().stream().filter(entry -> entry.getKey().test(parsed)).map(Map.Entry::getValue)
                .findFirst().orElseThrow(() -> new StopException(Outcome.of(Status.UNSUPPORTED,
                        "Files of the type " + type + " are not read.", OTHER_FORMAT)));
    }

    /** What a failure of a reader means. */
    static Outcome outcome(Throwable failure, String type) {
        StopException stop = StopException.in(failure);
        if (stop != null) {
            return stop.outcome();
        }
        return switch (failure) {
            case EncryptedDocumentException e -> locked();
            // PDF that is locked by certificates needs a library which is not there.
            case LinkageError e when type.equals(PDF) -> locked();
            case LinkageError e -> Outcome.of(Status.UNSUPPORTED, "Files of the type " + type
                    + " that are made like this one are not read.", OTHER_FORMAT);
            default -> damaged(type);
        };
    }

    static Outcome locked() {
        return Outcome.of(Status.UNSUPPORTED, "The file is locked by a password or by certificates.",
                "Save it without a password.");
    }

    static Outcome damaged(String type) {
        return Outcome.of(Status.DAMAGED, "The file is not what its type " + type + " demands.",
                "Open it with the program that made it and save it anew.");
    }
}
