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
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

    /** Copies a folder's files to a new folder, or into a new archive if its name ends in {@value #ZIP}. */
    static void write(Path files, Path target) throws IOException {
        Path half = target.resolveSibling(target.getFileName() + ".part");
        if (isZip(target)) {
            try (OutputStream out = Files.newOutputStream(half); ZipOutputStream zip = new ZipOutputStream(out)) {
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
        Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Copies the files of a folder or an archive into a folder.
     *
     * @throws InvalidInputException if it holds what no snapshot holds
     */
    static void read(Path source, Path into) throws IOException {
        if (!isZip(source)) {
            for (Path file : list(source)) {
                Files.copy(file, into.resolve(checked(source, String.valueOf(file.getFileName()))));
            }
            return;
        }
        try (InputStream in = Files.newInputStream(source); ZipInputStream zip = new ZipInputStream(in)) {
            int count = 0;
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (++count > MOST_FILES) {
                    throw new InvalidInputException(
                            source + " has more than " + MOST_FILES + " files: it is no snapshot");
                }
                Files.copy(zip, into.resolve(checked(source, entry.getName())));
            }
        }
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
