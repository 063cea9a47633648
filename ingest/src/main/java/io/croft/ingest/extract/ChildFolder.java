package io.croft.ingest.extract;

import io.croft.CroftException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders that only this user may enter, made for a while. */
final class ChildFolder {

    private static final Logger LOG = LoggerFactory.getLogger(ChildFolder.class);

    private ChildFolder() {
    }

    /** A new folder in another one. On systems of POSIX only its owner may enter it. */
    static Path create(Path parent) {
        try {
            return Files.createTempDirectory(parent, "croft-extract");
        } catch (IOException e) {
            throw new CroftException("no folder can be made in " + parent + ", where files are read: let this user"
                    + " write there, or set another one as the extractor's scratch folder", e);
        }
    }

    /** Removes a folder with all in it; links are not followed. What cannot be removed is logged. */
    static void delete(Path folder) {
        try {
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                empty(folder, folder);
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            LOG.warn("{} is left behind: remove it", folder, e);
        }
    }

    /** Removes all in a folder but one file; links are not followed. What others remove meanwhile is gone as well. */
    static void empty(Path folder, Path kept) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!file.equals(kept)) {
                    Files.deleteIfExists(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                if (!directory.equals(folder)) {
                    Files.deleteIfExists(directory);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
