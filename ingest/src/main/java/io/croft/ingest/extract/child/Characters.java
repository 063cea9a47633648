package io.croft.ingest.extract.child;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.tika.parser.txt.CharsetDetector;
import org.apache.tika.parser.txt.CharsetMatch;

/** Tells which characters a text's bytes mean: by a byte order mark, as UTF-8 if they can be that, else by guessing. */
final class Characters {

    private static final int GUESSED_FROM_BYTES = 64 * 1024;

    private Characters() {
    }

    /** A file's text. */
    static String decode(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (starts(bytes, 0xff, 0xfe)) {
            return new String(bytes, StandardCharsets.UTF_16LE);
        }
        if (starts(bytes, 0xfe, 0xff)) {
            return new String(bytes, StandardCharsets.UTF_16BE);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return new String(bytes, guess(bytes));
        }
    }

    private static boolean starts(byte[] bytes, int first, int second) {
        return bytes.length >= 2 && (bytes[0] & 0xff) == first && (bytes[1] & 0xff) == second;
    }

    private static Charset guess(byte[] bytes) {
        byte[] some = bytes.length > GUESSED_FROM_BYTES ? Arrays.copyOf(bytes, GUESSED_FROM_BYTES) : bytes;
        CharsetMatch match = new CharsetDetector().setText(some).detect();
        String name = match == null ? "windows-1252" : match.getName();
        return Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.ISO_8859_1;
    }
}
