package io.croft.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * A user of this machine.
 *
 * @param id the number where the system has one, else the name
 */
record OsUser(String id) {

    /** The user of this JVM: the one who owns the files that it makes. Works also where the user has no name. */
    static OsUser current() {
        try {
            Path file = Files.createTempFile("croft-user", null);
            try {
                return ownerOf(file);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create a file in java.io.tmpdir, "
                    + System.getProperty("java.io.tmpdir") + "; name another folder with -Djava.io.tmpdir=…", e);
        }
    }

    static OsUser ownerOf(Path path) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return new OsUser(String.valueOf(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)));
        }
        return new OsUser(Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName());
    }

    boolean isRoot() {
        return id.equals("0");
    }

    /** The id without the characters that a file name cannot hold everywhere. */
    String fileName() {
        return id.replaceAll("[^A-Za-z0-9_-]", "_");
    }
}
