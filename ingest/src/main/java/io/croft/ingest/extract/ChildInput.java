package io.croft.ingest.extract;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * The copy of a file that a process is to read. What its folder fails at is an exception of its own, so that it is told
 * apart from what the original fails at; an interrupt is no failure of either.
 */
final class ChildInput implements AutoCloseable {

    private final Path file;
    private final OutputStream out;

    private ChildInput(Path file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /** A new file; there must be none of this name, nor a link. */
    static ChildInput create(Path file) throws UnwritableException, ClosedByInterruptException {
        try {
            return new ChildInput(file,
                    Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new UnwritableException(file, e);
        }
    }

    void write(byte[] buffer, int length) throws UnwritableException, ClosedByInterruptException {
        try {
            out.write(buffer, 0, length);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new UnwritableException(file, e);
        }
    }

    @Override
    public void close() throws UnwritableException {
        try {
            out.close();
        } catch (IOException e) {
            throw new UnwritableException(file, e);
        }
    }

    /** The folder cannot be written. */
    static final class UnwritableException extends Exception {

        private static final long serialVersionUID = 1L;

        UnwritableException(Path file, IOException cause) {
            super("the scratch folder " + file.getParent() + " cannot be written: free space on its disk, let this"
                    + " user write there, or set another one as the extractor's", cause);
        }

        @Override
        public String getMessage() {
            return Objects.requireNonNull(super.getMessage());
        }
    }
}
