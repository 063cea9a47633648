package io.croft.pg.content;

import io.croft.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a stream holds, to be read again: in memory up to a part's size, in a temporary file beyond it. Its hash must be
 * known before it can be stored. Used by one thread; closing it removes the file.
 */
final class Spool implements AutoCloseable {

    /** How much is stored, and held in memory, at a time. */
    static final int PART_BYTES = 1 << 20;

    private final byte[] hash;
    private final long bytes;
    private final byte[] memory;
    private final @Nullable Path file;

    private Spool(byte[] hash, long bytes, byte[] memory, @Nullable Path file) {
        this.hash = hash;
        this.bytes = bytes;
        this.memory = memory;
        this.file = file;
    }

    /**
     * Reads a stream to its end, and leaves it open.
     *
     * @throws IOException           what the stream throws, or if the temporary file cannot be written
     * @throws InvalidInputException if it holds more bytes than these
     */
    static Spool of(InputStream content, long maxBytes) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[PART_BYTES];
        int read = content.readNBytes(buffer, 0, (int) Math.min(buffer.length, maxBytes + 1));
        requireAtMost(read, maxBytes);
        digest.update(buffer, 0, read);
        if (read < buffer.length) {
            return new Spool(digest.digest(), read, Arrays.copyOf(buffer, read), null);
        }
        Path file = Files.createTempFile("croft-blob-", ".tmp");
        boolean done = false;
        try (OutputStream out = Files.newOutputStream(file)) {
            long bytes = 0;
            while (read > 0) {
                bytes += read;
                requireAtMost(bytes, maxBytes);
                out.write(buffer, 0, read);
                read = content.readNBytes(buffer, 0, (int) Math.min(buffer.length, maxBytes - bytes + 1));
                digest.update(buffer, 0, read);
            }
            done = true;
            return new Spool(digest.digest(), bytes, new byte[0], file);
        } finally {
            if (!done) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void requireAtMost(long bytes, long maxBytes) {
        if (bytes > maxBytes) {
            throw new InvalidInputException("the input has more than " + maxBytes
                    + " bytes: give a smaller one, or raise the limit");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    byte[] hash() {
        return hash.clone();
    }

    long bytes() {
        return bytes;
    }

    /** From the beginning, as often as it is asked for. */
    InputStream open() throws IOException {
        return file == null ? new ByteArrayInputStream(memory) : Files.newInputStream(file);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
