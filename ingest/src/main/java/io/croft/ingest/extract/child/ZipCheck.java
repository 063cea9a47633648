package io.croft.ingest.extract.child;

import io.croft.ingest.extract.ExtractionLimit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Unpacks a zip file to nowhere, to see before its reader does that it keeps to the limits: what its directory says of
 * sizes need not be true, and its entries may overlap.
 */
final class ZipCheck {

    private static final byte[] MAGIC = {'P', 'K', 3, 4};
    private static final long SMALL = 1 << 20;

    private ZipCheck() {
    }

    /** Whether a file begins as zip files do. */
    static boolean isZip(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        }
    }

    /** The bytes that a file unpacks to; stops at the limits of entries, bytes and ratio. */
    static long inflate(Path file, Reading reading) throws IOException {
        long most = Math.max(SMALL, Math.multiplyExact(Files.size(file), reading.limits().ratio()));
        long room = reading.room();
        long inflated = 0;
        byte[] buffer = new byte[64 * 1024];
        try (ZipFile zip = new ZipFile(file.toFile())) {
            Enumeration<? extends ZipEntry> entries = zip.entries();
            while (entries.hasMoreElements()) {
                reading.entry();
                try (InputStream in = zip.getInputStream(entries.nextElement())) {
                    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                        inflated += read;
                        if (inflated > most) {
                            throw StopException.limit(ExtractionLimit.RATIO, "The file unpacks to more than "
                                    + reading.limits().ratio() + " times its size.");
                        }
                        if (inflated > room) {
                            return inflated;
                        }
                    }
                }
            }
        }
        return inflated;
    }
}
