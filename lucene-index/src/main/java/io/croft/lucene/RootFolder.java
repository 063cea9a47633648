package io.croft.lucene;

import io.croft.CroftException;
import io.croft.ErasureReceipt.IndexFiles;
import io.croft.FolderInUseException;
import io.croft.OrgId;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder that holds all indexes of a process.
 *
 * <pre>
 * croft.lock                                   held for life: the folder belongs to one process
 * orgs/&lt;2 hex&gt;/&lt;org&gt;-&lt;incarnation&gt;/g&lt;number&gt;/     one generation of one private index
 * market/g&lt;number&gt;/                            one generation of the marketplace's
 * trash/                                       on the way out: moved here first, then deleted
 * work/                                        copies being made or checked
 * </pre>
 *
 * <p>The incarnation is part of the name so that an organisation that was erased and created again never sees old
 * files.
 */
final class RootFolder implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RootFolder.class);
    private static final int UUID_CHARS = 36;

    /**
     * The folders that indexes of this JVM hold. The lock of a file belongs to the process, and closing any channel of
     * that file gives it up, so the channel of a folder that is held must not even be opened.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path root;
    private final Path held;
    private final FileChannel channel;
    private final FileLock lock;
    /** The work folder of the process before, out of the way of this one's. */
    private final Path abandoned;

    private RootFolder(Path root, Path held, FileChannel channel, FileLock lock) {
        this.root = root;
        this.held = held;
        this.channel = channel;
        this.lock = lock;
        this.abandoned = root.resolve("trash").resolve("work-" + UUID.randomUUID());
    }

    /**
     * Takes the folder for this process; creates it if there is none.
     *
     * @throws FolderInUseException if this or another process holds it
     */
    static RootFolder take(Path root) {
        try {
            Files.createDirectories(root.resolve("orgs"));
            Files.createDirectories(root.resolve("market"));
            Files.createDirectories(root.resolve("trash"));
            Path real = root.toRealPath();
            if (!HELD.add(real)) {
                throw inUse(root);
            }
            RootFolder taken = null;
            try {
                taken = lock(root, real);
                return taken;
            } finally {
                if (taken == null) {
                    HELD.remove(real);
                }
            }
        } catch (IOException e) {
            throw new CroftException("index folder " + root.toAbsolutePath() + " cannot be used (" + reason(e)
                    + "): it must be a folder, or creatable as one, that this process may write", e);
        }
    }

    private static RootFolder lock(Path root, Path held) throws IOException {
        FileChannel channel = FileChannel.open(held.resolve("croft.lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            LOG.debug("{} is held by this process under another path", root);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw inUse(root);
        }
        RootFolder taken = new RootFolder(root, held, channel, lock);
        if (Files.exists(root.resolve("work"))) {
            Files.move(root.resolve("work"), taken.abandoned, StandardCopyOption.ATOMIC_MOVE);
        }
        return taken;
    }

    private static FolderInUseException inUse(Path root) {
        return new FolderInUseException("index folder " + root.toAbsolutePath()
                + " is in use by another process or index: give each a folder of its own");
    }

    /** Where a scope's generations are. */
    Path folder(IndexScope scope) {
        return switch (scope) {
            case IndexScope.MarketIndex market -> root.resolve("market");
            case IndexScope.PrivateIndex index -> {
                String org = index.org().toString();
                yield root.resolve("orgs").resolve(org.substring(0, 2)).resolve(org + "-" + index.incarnation());
            }
        };
    }

    /** The private indexes that have a folder. */
    Set<IndexScope.PrivateIndex> privateIndexes() {
        Set<IndexScope.PrivateIndex> found = new LinkedHashSet<>();
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(root.resolve("orgs"), Files::isDirectory)) {
            for (Path group : groups) {
                try (DirectoryStream<Path> folders = Files.newDirectoryStream(group, Files::isDirectory)) {
                    folders.forEach(folder -> scope(folder.getFileName().toString()).ifPresent(found::add));
                }
            }
        } catch (IOException e) {
            throw new CroftException("index folder " + root.toAbsolutePath() + " cannot be listed (" + reason(e)
                    + "): it must be a folder that this process may read", e);
        }
        return found;
    }

    private static Optional<IndexScope.PrivateIndex> scope(String name) {
        if (name.length() != 2 * UUID_CHARS + 1 || name.charAt(UUID_CHARS) != '-') {
            return Optional.empty();
        }
        try {
            return Optional.of(new IndexScope.PrivateIndex(OrgId.parse(name.substring(0, UUID_CHARS)),
                    UUID.fromString(name.substring(UUID_CHARS + 1))));
        } catch (RuntimeException notOurs) {
            return Optional.empty();
        }
    }

    /**
     * Moves a folder out of sight at once and deletes its files. What cannot be deleted stays in the trash until the
     * next start.
     *
     * @return what was removed
     */
    IndexFiles discard(Path folder) {
        IndexFiles found = measure(folder);
        Path away = root.resolve("trash").resolve(UUID.randomUUID().toString());
        try {
            if (Files.exists(folder)) {
                Files.move(folder, away, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (NoSuchFileException gone) {
            LOG.debug("{} was removed by another thread at the same moment", folder);
            return new IndexFiles(0, 0, 0);
        } catch (IOException e) {
            LOG.warn("could not move {} to the trash ({})", folder, reason(e));
            return new IndexFiles(0, 0, found.files());
        }
        delete(away);
        IndexFiles left = measure(away);
        return new IndexFiles(found.files() - left.files(), found.bytes() - left.bytes(), left.files());
    }

    /** What a folder holds. */
    static IndexFiles measure(Path folder) {
        if (!Files.exists(folder)) {
            return new IndexFiles(0, 0, 0);
        }
        int[] files = {0};
        long[] bytes = {0};
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    files[0]++;
                    bytes[0] += attributes.size();
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            LOG.debug("{} could not be measured to its end", folder, e);
        }
        return new IndexFiles(files[0], bytes[0], 0);
    }

    /** A new empty folder beside the indexes, on the same disk. */
    Path workFolder() throws IOException {
        return Files.createDirectories(root.resolve("work").resolve(UUID.randomUUID().toString()));
    }

    /** Deletes what earlier processes left in the trash. */
    void emptyTrash() {
        delete(abandoned);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(root.resolve("trash"))) {
            left.forEach(RootFolder::delete);
        } catch (IOException e) {
            LOG.warn("could not list the trash of {} ({})", root, reason(e));
        }
    }

    /**
     * Deletes a folder and all it holds. Two may do that at once: the start empties the trash while indexes are
     * dropped.
     */
    static void delete(Path tree) {
        if (!Files.exists(tree)) {
            return;
        }
        try {
            Files.walkFileTree(tree, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
                    if (failed instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failed;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failed)
                        throws IOException {
                    Files.deleteIfExists(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            LOG.warn("could not delete {} ({}); the next start tries again", tree, reason(e));
        }
    }

    /** What went wrong, in a few words. */
    static String reason(Throwable e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : e.getClass().getSimpleName() + ": " + message;
    }

    /** Gives the folder back. */
    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
        } catch (IOException e) {
            LOG.warn("could not give back {} ({}); it is free when this process ends", root, reason(e));
        } finally {
            HELD.remove(held);
        }
    }

    @Override
    public String toString() {
        return root.toAbsolutePath().toString();
    }
}
