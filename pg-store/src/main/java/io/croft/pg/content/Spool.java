package io.croft.pg.content;

import io.croft.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a stream holds, to be read again: in memory up to a part's size, in a temporary file beyond it. Its hash must be
 * known before it can be stored. Where the system allows it, the file has no name, so that it ends with its process; a
 * name elsewhere goes when this is closed. Used by one thread.
 */
final class Spool implements AutoCloseable {

    /** How much is stored, and held in memory, at a time. */
    static final int PART_BYTES = 1 << 20;

    private final byte[] hash;
    private final long bytes;
    private final byte[] memory;
    private final @Nullable FileChannel file;

    private Spool(byte[] hash, long bytes, byte[] memory, @Nullable FileChannel file) {
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
        FileChannel file = temporary();
        boolean done = false;
        try {
            long bytes = 0;
            while (read > 0) {
                bytes += read;
                requireAtMost(bytes, maxBytes);
                write(file, ByteBuffer.wrap(buffer, 0, read));
                read = content.readNBytes(buffer, 0, (int) Math.min(buffer.length, maxBytes - bytes + 1));
                digest.update(buffer, 0, read);
            }
            done = true;
            return new Spool(digest.digest(), bytes, new byte[0], file);
        } finally {
            if (!done) {
                file.close();
            }
        }
    }

    /** On POSIX, what is to go when it is closed loses its name when it is opened. */
    private static FileChannel temporary() throws IOException {
        Path name = Files.createTempFile("croft-blob-", ".tmp");
        return FileChannel.open(name, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    private static void write(FileChannel file, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
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
    InputStream open() {
        return file == null ? new ByteArrayInputStream(memory) : new Reading(file);
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }

    /** From the beginning of a file, which stays open when this is closed. */
    private static final class Reading extends InputStream {

        private final FileChannel file;
        private long at;

        Reading(FileChannel file) {
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int read = file.read(ByteBuffer.wrap(buffer, offset, length), at);
            at += Math.max(0, read);
            return read;
        }
    }
}
