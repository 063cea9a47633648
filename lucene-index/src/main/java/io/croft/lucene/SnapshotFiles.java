package io.croft.lucene;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;

/**
 * Copies the files of an index's commit out and back. A commit names its own organisation, incarnation, model, schema
 * and checkpoint, and each file has its checksum, so a snapshot is those files and nothing else.
 */
final class SnapshotFiles {

    private static final String ZIP = ".zip";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");
    private static final int MOST_FILES = 10_000;
    /** 4 TiB. */
    private static final long MOST_BYTES = 4L << 40;
    private static final int BLOCK_BYTES = 64 << 10;

    private SnapshotFiles() {
    }

    /** Links the files of a generation's last commit into a folder: they never change, so that takes no time. */
    static void link(Generation generation, Path into) throws IOException {
        for (String file : SegmentInfos.readLatestCommit(generation.directory()).files(true)) {
            Path from = generation.folder().resolve(file);
            try {
                Files.createLink(into.resolve(file), from);
            } catch (UnsupportedOperationException | FileSystemException noLinks) {
                Files.copy(from, into.resolve(file));
            }
        }
    }

    /**
     * Copies a folder's files to a new folder, or into a new archive if its name ends in {@value #ZIP}. Where that
     * fails, nothing is left.
     */
    static void write(Path files, Path target) throws IOException {
        Path half = target.resolveSibling(target.getFileName() + ".part");
        if (Files.exists(half, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidInputException(half + " exists: remove it, or give the snapshot another name");
        }
        try {
            writeHalf(files, half, target);
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw new InvalidInputException(target + " exists: a snapshot needs a new name");
            }
            Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            RootFolder.delete(half);
        }
    }

    private static void writeHalf(Path files, Path half, Path target) throws IOException {
        if (isZip(target)) {
            try (OutputStream out = Files.newOutputStream(half, StandardOpenOption.CREATE_NEW);
                    ZipOutputStream zip = new ZipOutputStream(out)) {
                for (Path file : list(files)) {
                    zip.putNextEntry(new ZipEntry(String.valueOf(file.getFileName())));
                    Files.copy(file, zip);
                    zip.closeEntry();
                }
            }
        } else {
            Files.createDirectory(half);
            for (Path file : list(files)) {
                Files.copy(file, half.resolve(String.valueOf(file.getFileName())));
            }
        }
    }

    /**
     * Copies the files of a folder or an archive into a folder, at most {@link #MOST_FILES} and as many bytes as the
     * disk has free, never more than {@link #MOST_BYTES}. (What an archive says of its sizes is not believed: bytes are
     * counted as they come.)
     *
     * @throws InvalidInputException if it holds what no snapshot holds
     */
    static void read(Path source, Path into) throws IOException {
        read(source, into, Math.min(MOST_BYTES, Files.getFileStore(into).getUsableSpace()));
    }

    static void read(Path source, Path into, long mostBytes) throws IOException {
        int files = 0;
        long left = mostBytes;
        if (!isZip(source)) {
            for (Path file : list(source)) {
                if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw new InvalidInputException(file + " is no file: it is of no snapshot");
                }
                try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                    left -= copy(source, in, String.valueOf(file.getFileName()), into, ++files, left);
                }
            }
            return;
        }
        try (InputStream in = Files.newInputStream(source); ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                left -= copy(source, zip, entry.getName(), into, ++files, left);
            }
        }
    }

    /** Copies one file, and says how many bytes it has. */
    private static long copy(Path source, InputStream in, String name, Path into, int files, long mostBytes)
            throws IOException {
        if (files > MOST_FILES) {
            throw new InvalidInputException(source + " has more than " + MOST_FILES + " files: it is no snapshot");
        }
        long bytes = 0;
        byte[] block = new byte[BLOCK_BYTES];
        try (OutputStream out = Files.newOutputStream(into.resolve(checked(source, name)),
                StandardOpenOption.CREATE_NEW)) {
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                bytes += read;
                if (bytes > mostBytes) {
                    throw new InvalidInputException(source + " has more bytes than there is space for, or more than "
                            + MOST_BYTES + ": make space, or see whether it is a snapshot");
                }
                out.write(block, 0, read);
            }
        }
        return bytes;
    }

    /** Refuses files that are not wholly the index of this scope. */
    static void check(Path files, IndexScope scope, Engine engine) throws IOException {
        try (Directory directory = engine.directories().open(files)) {
            switch (GenerationCheck.check(directory, scope, engine.schema(), GenerationCheck.Depth.ALL)) {
                case GenerationCheck.Finding.Sound sound -> sound.reader().close();
                case GenerationCheck.Finding.Unfit unfit -> throw new CroftException(
                        "it is no sound index of " + scope + " and this model: " + unfit.reason());
            }
        }
    }

    /** Refuses to copy damaged files. */
    static void requireSound(Path files, Engine engine) throws IOException {
        try (Directory directory = engine.directories().open(files)) {
            Optional<String> damage = GenerationCheck.damage(directory, bytes -> {
            });
            if (damage.isPresent()) {
                throw new CroftException("the index is damaged: " + damage.get());
            }
        }
    }

    private static boolean isZip(Path path) {
        return path.toString().endsWith(ZIP);
    }

    private static String checked(Path source, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidInputException(source + " holds a file \"" + name + "\": it is no snapshot");
        }
        return name;
    }

    private static List<Path> list(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            all.forEach(files::add);
        }
        return files;
    }
}
