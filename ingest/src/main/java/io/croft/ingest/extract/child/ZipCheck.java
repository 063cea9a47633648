package io.croft.ingest.extract.child;

import io.croft.ingest.extract.ExtractionLimit;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.Set;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacks a zip file to nowhere, to see before its reader does that it keeps to the limits: what its directory says of
 * sizes need not be true, and its entries may overlap. It does so with the library that its reader uses, since two
 * would not agree about every file, and in both ways that this one has: by the directory at its end, and from its
 * beginning to its end, as the reader tries when the directory is of no use.
 */
final class ZipCheck {

    private static final Logger LOG = LoggerFactory.getLogger(ZipCheck.class);

    /** With an entry, the end of an empty directory, or the mark of a file in parts. */
    private static final Set<String> STARTS = Set.of("PK\3\4", "PK\5\6", "PK\7\10");
    private static final int START_BYTES = 4;
    private static final long SMALL = 1 << 20;

    private final Path file;
    private final Reading reading;
    private final long most;
    private final byte[] buffer = new byte[64 * 1024];

    private long entries;
    private long inflated;

    private ZipCheck(Path file, Reading reading) throws IOException {
        this.file = file;
        this.reading = reading;
        this.most = Math.max(SMALL, Math.multiplyExact(Files.size(file), reading.limits().ratio()));
    }

    /** Whether a file begins as zip files do. */
    static boolean isZip(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return STARTS.contains(new String(in.readNBytes(START_BYTES), StandardCharsets.ISO_8859_1));
        }
    }

    /** Counts the entries and the bytes that a file unpacks to; stops at the limits of entries, bytes and ratio. */
    static void inflate(Path file, Reading reading) throws IOException {
        ZipCheck directory = new ZipCheck(file, reading);
        directory.byDirectory();
        ZipCheck stream = new ZipCheck(file, reading);
        stream.fromTheBeginning();
        reading.entries(Math.max(directory.entries, stream.entries));
        reading.unpacked(Math.max(directory.inflated, stream.inflated));
    }

    private void byDirectory() throws IOException {
        try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
            Enumeration<ZipArchiveEntry> all = zip.getEntries();
            while (all.hasMoreElements()) {
                try (InputStream in = zip.getInputStream(all.nextElement())) {
                    count(in);
                }
            }
        }
    }

    private void fromTheBeginning() throws IOException {
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
                ZipArchiveInputStream in =
                        new ZipArchiveInputStream(bytes, StandardCharsets.UTF_8.name(), true, true)) {
            while (next(in)) {
                countReadable(in);
            }
        }
    }

    private static boolean next(ZipArchiveInputStream in) {
        try {
            return in.getNextEntry() != null;
        } catch (IOException e) {
            LOG.debug("this way ends here, for the file's reader as well", e);
            return false;
        }
    }

    private void countReadable(InputStream in) {
        try {
            count(in);
        } catch (IOException e) {
            LOG.debug("an entry can only be read with what the directory tells of it", e);
        }
    }

    private void count(InputStream in) throws IOException {
        entries++;
        if (entries > reading.entriesLeft()) {
            reading.entries(entries);
        }
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            inflated += read;
            if (inflated > most) {
                throw reading.stop(ExtractionLimit.RATIO, "The file unpacks to more than " + reading.limits().ratio()
                        + " times its size.");
            }
            if (inflated > reading.room()) {
                reading.unpacked(inflated);
            }
        }
    }
}
