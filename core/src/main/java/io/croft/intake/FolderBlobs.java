package io.croft.intake;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.spi.Blob;
import io.croft.spi.BlobStore;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Blobs in a local folder, one file each. All processes of an installation must see the same folder; several may use it
 * at once, where its file system knows locks. What is made in it is for the processes' own user alone, where the file
 * system knows users.
 *
 * <pre>
 * croft-blobs.lock                                   held while a file appears or goes
 * croft-blobs.installation                           whose files these are
 * &lt;2 hex&gt;/&lt;org&gt;-&lt;incarnation&gt;/&lt;2 hex&gt;/&lt;SHA-256&gt;     a blob
 * &lt;2 hex&gt;/&lt;org&gt;-&lt;incarnation&gt;/new/&lt;random&gt;          one that is being written
 * </pre>
 *
 * <p>A file is written under a random name, forced to the disk, and then renamed, so that what has a blob's name is
 * whole. When a blob was last put is the time of its file. Files of the folder {@code new} that are a day old are of
 * processes that ended while they wrote, and go when blobs are listed. Thread-safe.
 */
public final class FolderBlobs implements BlobStore {

    private static final Duration ABANDONED = Duration.ofDays(1);
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int UUID_CHARS = 36;
    private static final String LOCK = "croft-blobs.lock";
    private static final String OWNER = "croft-blobs.installation";

    private static final FileAttribute<?>[] NO_ATTRIBUTES = {};
    private static final FileAttribute<?>[] OWN_FOLDER =
            {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))};
    private static final FileAttribute<?>[] OWN_FILE =
            {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))};

    /**
     * The lock of a file belongs to the whole process, so its threads take turns by these, one for each folder,
     * however often that is opened: a process that closes a file it has locked loses the lock, also if it has it
     * through another channel.
     */
    private static final Map<Path, ReentrantLock> TURNS = new ConcurrentHashMap<>();

    private final Path root;
    private final ReentrantLock turns;

    private FolderBlobs(Path root) {
        this.root = root;
        this.turns = TURNS.computeIfAbsent(root, key -> new ReentrantLock());
    }

    /**
     * Blobs in this folder, which is made if there is none.
     *
     * @throws StoreUnavailableException if it cannot be made or written to
     */
    public static FolderBlobs at(Path folder) {
        try {
            Files.createDirectories(folder, folderAttributes(folder));
            FolderBlobs blobs = new FolderBlobs(folder.toRealPath());
            blobs.exclusively(() -> true);
            return blobs;
        } catch (IOException e) {
            throw unavailable(folder, e);
        }
    }

    @Override
    public void belongTo(String installation) {
        Path file = root.resolve(OWNER);
        String owner = stored(() -> exclusively(() -> {
            String known = Files.exists(file) ? Files.readString(file).strip() : "";
            return known.isEmpty() ? write(file, installation) : known; // empty: whoever wrote it died
        }));
        if (!owner.equals(installation)) {
            throw new InvalidInputException("blob folder " + root + " holds the files of another installation's"
                    + " organisations, which this database does not know and would have removed: give a folder of"
                    + " this installation's own; if the folder is this one's after all, remove " + file
                    + " and start again");
        }
    }

    private static String write(Path file, String installation) throws IOException {
        try (FileChannel out = FileChannel.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                fileAttributes(file))) {
            ByteBuffer rest = StandardCharsets.UTF_8.encode(installation + "\n");
            while (rest.hasRemaining()) {
                out.write(rest);
            }
            out.force(true);
        }
        return installation;
    }

    @Override
    public Blob put(Org org, InputStream content, long maxBytes) throws IOException {
        if (maxBytes < 0 || maxBytes > MAX_BYTES) {
            throw new InvalidInputException("a blob of at most " + maxBytes + " bytes: give 0 to " + MAX_BYTES);
        }
        Path young = folder(org).resolve("new");
        Path temporary = young.resolve(UUID.randomUUID().toString());
        try {
            stored(() -> makeFolders(young));
            Blob blob = write(temporary, content, maxBytes);
            stored(() -> keep(temporary, group(org, blob.key()), blob.key()));
            return blob;
        } finally {
            stored(() -> Files.deleteIfExists(temporary));
        }
    }

    private Blob write(Path file, InputStream content, long maxBytes) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        long bytes = 0;
        try (FileChannel out = stored(() -> FileChannel.open(file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), fileAttributes(file)))) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                bytes += read;
                if (bytes > maxBytes) {
                    throw new InvalidInputException("the input has more than " + maxBytes
                            + " bytes: give a smaller one, or raise the limit");
                }
                digest.update(buffer, 0, read);
                ByteBuffer rest = ByteBuffer.wrap(buffer, 0, read);
                while (rest.hasRemaining()) {
                    stored(() -> out.write(rest));
                }
            }
            stored(() -> {
                out.force(true);
                return true;
            });
        }
        return new Blob(HexFormat.of().formatHex(digest.digest()), bytes);
    }

    /** Renames the file, or lets the one that is there count as new. */
    private Path keep(Path temporary, Path group, String key) throws IOException {
        Path file = group.resolve(key);
        exclusively(() -> {
            makeFolders(group);
            if (!Files.exists(file)) {
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        });
        force(group);
        return file;
    }

    @Override
    public Optional<InputStream> open(Org org, String key) {
        Path file = file(org, key);
        try {
            return Optional.of(Files.newInputStream(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unavailable(file, e);
        }
    }

    @Override
    public List<Blob> list(Org org, Optional<String> after, int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("a page of " + limit + " blobs: give 1 to " + MAX_PAGE);
        }
        String last = after.map(Blob::checkKey).orElse("");
        return stored(() -> {
            removeAbandoned(folder(org).resolve("new"));
            List<Blob> page = new ArrayList<>();
            for (Path group : children(folder(org))) {
                String name = group.getFileName().toString();
                boolean ofKeys = name.length() == 2 && last.compareTo(name + "g") < 0; // no key has a g
                if (ofKeys && page.size() < limit) {
                    addTo(page, group, last, limit);
                }
            }
            return List.copyOf(page);
        });
    }

    private static void addTo(List<Blob> page, Path group, String last, int limit) throws IOException {
        for (Path file : children(group)) {
            String key = file.getFileName().toString();
            if (key.compareTo(last) > 0 && page.size() < limit) {
                size(file).ifPresent(bytes -> page.add(new Blob(key, bytes)));
            }
        }
    }

    private static void removeAbandoned(Path folder) throws IOException {
        Instant since = Instant.now().minus(ABANDONED);
        for (Path file : children(folder)) {
            Optional<Instant> modified = modified(file);
            if (modified.isPresent() && modified.get().isBefore(since)) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public boolean delete(Org org, String key, Duration unusedFor) {
        Path file = file(org, key);
        return stored(() -> exclusively(() -> {
            Optional<Instant> modified = modified(file);
            return modified.isPresent() && !modified.get().isAfter(Instant.now().minus(unusedFor))
                    && Files.deleteIfExists(file);
        }));
    }

    @Override
    public void erase(IndexScope.PrivateIndex life) {
        Path folder = folder(life.org(), life.incarnation());
        // Without the lock, which others wait for: nobody puts into this life any more, or it does not matter.
        stored(() -> {
            if (Files.exists(folder)) {
                removeTree(folder);
            }
            return true;
        });
    }

    @Override
    public Set<IndexScope.PrivateIndex> lives() {
        return stored(() -> {
            Set<IndexScope.PrivateIndex> lives = new LinkedHashSet<>();
            for (Path group : children(root)) {
                if (Files.isDirectory(group)) {
                    for (Path folder : children(group)) {
                        life(folder.getFileName().toString()).ifPresent(lives::add);
                    }
                }
            }
            return lives;
        });
    }

    private static Optional<IndexScope.PrivateIndex> life(String name) {
        if (name.length() != 2 * UUID_CHARS + 1) {
            return Optional.empty();
        }
        try {
            return Optional.of(new IndexScope.PrivateIndex(OrgId.of(UUID.fromString(name.substring(0, UUID_CHARS))),
                    UUID.fromString(name.substring(UUID_CHARS + 1))));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    private Path folder(Org org) {
        return folder(org.id(), org.incarnation());
    }

    private Path folder(OrgId org, UUID incarnation) {
        String id = org.toString();
        return root.resolve(id.substring(0, 2)).resolve(id + "-" + incarnation);
    }

    private Path group(Org org, String key) {
        return folder(org).resolve(key.substring(0, 2));
    }

    private Path file(Org org, String key) {
        return group(org, Blob.checkKey(key)).resolve(key);
    }

    /** Makes a folder below the root, and those above it, so that they survive a crash. */
    private Path makeFolders(Path folder) throws IOException {
        Path above = root;
        for (Path name : root.relativize(folder)) {
            Path one = above.resolve(name);
            if (!Files.exists(one)) {
                Files.createDirectories(one, folderAttributes(one));
                force(above);
            }
            above = one;
        }
        return folder;
    }

    private static FileAttribute<?>[] folderAttributes(Path folder) {
        return isPosix(folder) ? OWN_FOLDER : NO_ATTRIBUTES;
    }

    private static FileAttribute<?>[] fileAttributes(Path file) {
        return isPosix(file) ? OWN_FILE : NO_ATTRIBUTES;
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** Has a folder's entries survive a crash, on systems where a folder can be opened. */
    private static void force(Path folder) throws IOException {
        if (isPosix(folder)) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** In the order of their names; none if there is no such folder. */
    private static List<Path> children(Path folder) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            List<Path> children = new ArrayList<>();
            entries.forEach(children::add);
            children.sort(null);
            return children;
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static Optional<Long> size(Path file) throws IOException {
        try {
            return Optional.of(Files.size(file));
        } catch (NoSuchFileException removed) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> modified(Path file) throws IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(file).toInstant());
        } catch (NoSuchFileException removed) {
            return Optional.empty();
        }
    }

    private static void removeTree(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // a put has just renamed or removed it
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                try {
                    Files.deleteIfExists(visited);
                } catch (DirectoryNotEmptyException putUnderWay) {
                    return FileVisitResult.CONTINUE; // what it leaves is found by lives()
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** One at a time, among the threads of all processes on the folder. */
    private <T> T exclusively(FileWork<T> work) throws IOException {
        turns.lock();
        try (FileChannel channel = FileChannel.open(root.resolve(LOCK),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), fileAttributes(root))) {
            channel.lock(); // until the channel is closed
            return work.run();
        } finally {
            turns.unlock();
        }
    }

    /** What fails on our side is the store's failure, not the caller's stream's. */
    private <T> T stored(FileWork<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw unavailable(root, e);
        }
    }

    private static StoreUnavailableException unavailable(Path path, IOException e) {
        return new StoreUnavailableException("blob folder " + path + " cannot be used (" + e.getClass().getSimpleName()
                + "): it must be a folder with room that this process may write", e);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @FunctionalInterface
    private interface FileWork<T> {

        T run() throws IOException;
    }
}
