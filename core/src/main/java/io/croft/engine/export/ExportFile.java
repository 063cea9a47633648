package io.croft.engine.export;

import io.croft.Org;
import java.io.BufferedWriter;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A zip of files of JSON lines, written from its beginning to its end, with a manifest as its last file: what has one
 * is whole. Closing it leaves the stream underneath open. What fails below is thrown as an
 * {@link UncheckedIOException}. Used by one thread.
 */
final class ExportFile implements AutoCloseable {

    private static final String FORMAT = "croft-export";
    private static final String MANIFEST = "manifest.json";
    private static final int BUFFER_CHARS = 1 << 16;

    private final Counted counted;
    private final ZipOutputStream zip;
    private final Map<String, Long> lines = new LinkedHashMap<>();

    ExportFile(OutputStream out) {
        this.counted = new Counted(out);
        this.zip = new ZipOutputStream(counted, StandardCharsets.UTF_8);
    }

    /** Adds a file; returns how many lines it has. */
    long add(String name, Consumer<JsonLines> content) {
        JsonLines written = write(name, content);
        lines.put(name, written.lines());
        return written.lines();
    }

    private JsonLines write(String name, Consumer<JsonLines> content) {
        try {
            zip.putNextEntry(new ZipEntry(name));
            Writer text = new BufferedWriter(new OutputStreamWriter(zip, StandardCharsets.UTF_8), BUFFER_CHARS);
            JsonLines out = new JsonLines(text);
            content.accept(out);
            text.flush();
            zip.closeEntry();
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds the manifest and ends the zip; returns how long that is. */
    long finish(Org org, Instant begun, int version) {
        write(MANIFEST, out -> out.begin().field("format", FORMAT).field("version", version)
                .field("org", org.id().toString()).field("incarnation", org.incarnation().toString())
                .field("state", org.state().name()).field("createdAt", org.createdAt()).field("exportedAt", begun)
                .counts("lines", lines).end());
        try {
            zip.finish();
            zip.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return counted.bytes;
    }

    /** Ends what was not finished, as far as that goes, without a manifest. */
    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Counts what goes through. */
    private static final class Counted extends FilterOutputStream {

        private long bytes;

        Counted(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            bytes++;
        }

        @Override
        public void write(byte[] some, int from, int length) throws IOException {
            out.write(some, from, length);
            bytes += length;
        }

        /** What is underneath is the caller's. */
        @Override
        public void close() throws IOException {
            out.flush();
        }
    }
}
