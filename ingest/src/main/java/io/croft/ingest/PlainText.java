package io.croft.ingest;

import io.croft.intake.IngestStatus.Failure;
import io.croft.spi.InputStore.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Text and Markdown in UTF-8. By its declared type, or else by the ending of its name, a file must be one of these; that
 * it is in UTF-8 is checked.
 */
final class PlainText {

    private static final Set<String> TYPES = Set.of("text/plain", "text/markdown", "text/x-markdown");
    private static final Set<String> ENDINGS = Set.of("txt", "text", "md", "markdown");
    /** What is said of a file of which nothing is known. */
    private static final String UNKNOWN = "application/octet-stream";
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private PlainText() {
    }

    /**
     * The text of a file.
     *
     * @throws IOException         what the stream throws
     * @throws UnreadableException if it is of another type, in another encoding, or blank
     */
    static String read(InputStream content, File file) throws IOException, UnreadableException {
        Optional<String> type = file.type().map(PlainText::base).filter(one -> !one.equals(UNKNOWN));
        if (!type.map(TYPES::contains).orElseGet(() -> ENDINGS.contains(ending(file)))) {
            throw new UnreadableException(new Failure("files of this type are not read: "
                    + type.orElseGet(() -> "." + ending(file)),
                    "give text or Markdown in UTF-8, or say its type as text/plain or text/markdown"));
        }
        String text = decode(content.readAllBytes());
        if (text.isBlank()) {
            throw new UnreadableException(new Failure("there is no text in the file", "give a file with text"));
        }
        return text;
    }

    private static String decode(byte[] bytes) throws UnreadableException {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            int start = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
            return text.substring(start).replace("\0", "");
        } catch (CharacterCodingException e) {
            throw new UnreadableException(new Failure("the file is no text in UTF-8", "store it in UTF-8 and give it "
                    + "again"));
        }
    }

    /** A type without its parameters. */
    private static String base(String type) {
        return type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private static String ending(File file) {
        return Optional.of(file.name().lastIndexOf('.')).filter(dot -> dot >= 0)
                .map(dot -> file.name().substring(dot + 1).toLowerCase(Locale.ROOT)).orElse("");
    }
}
