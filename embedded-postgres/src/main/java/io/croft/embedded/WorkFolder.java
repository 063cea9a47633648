package io.croft.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the servers of one user of this machine live: the unpacked programs, and a folder for each server whose data
 * nobody asked to keep. It lies below {@code java.io.tmpdir} and carries the user's number, so that root and others on
 * one machine never share it.
 */
final class WorkFolder {

    private static final Logger LOG = LoggerFactory.getLogger(WorkFolder.class);
    private static final Duration LOCK_LIMIT = Duration.ofMinutes(2);
    private static final Duration LOCK_PAUSE = Duration.ofMillis(20);

    /** Threads of one process cannot exclude one another by a lock on a file. */
    private static final ReentrantLock THREADS = new ReentrantLock();

    private final Path folder;

    private WorkFolder(Path folder) {
        this.folder = folder;
    }

    interface Action<T> {
        T run() throws IOException;
    }

    static WorkFolder open() throws IOException {
        OsUser user = OsUser.current();
        Path parent = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
        Path folder = parent.resolve("croft-postgres-" + user.fileName());
        if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(folder);
        }
        // Others may write to the folder for temporary files too: a link there could lead anywhere.
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) || !OsUser.ownerOf(folder).equals(user)) {
            throw new IllegalStateException(
                    folder + " is no folder of this user's: delete it, or name another folder for "
                            + "temporary files with -Djava.io.tmpdir=…");
        }
        Path servers = folder.resolve("servers");
        Files.createDirectories(servers);
        for (Path path : List.of(folder, servers)) {
            // A server of root's may run as nobody, who must be able to pass.
            Folders.permit(path, user.isRoot() ? "rwx--x--x" : "rwx------");
        }
        return new WorkFolder(folder.toRealPath());
    }

    /** Runs an action that no other thread and no other process of this user runs at the same time. */
    <T> T exclusively(Action<T> action) throws IOException {
        THREADS.lock();
        try (FileChannel channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE)) {
            long deadline = System.nanoTime() + LOCK_LIMIT.toNanos();
            while (channel.tryLock() == null) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("another process has held " + folder.resolve("lock") + " for "
                            + LOCK_LIMIT.toSeconds() + " s: end it, or name another folder with -Djava.io.tmpdir=…");
                }
                TimeUnit.NANOSECONDS.sleep(LOCK_PAUSE.toNanos());
            }
            return action.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + folder.resolve("lock"), e);
        } finally {
            THREADS.unlock();
        }
    }

    Binaries binaries() throws IOException {
        return Binaries.below(folder);
    }

    /** A new folder for a server whose data nobody asked to keep. */
    InstanceFolder newInstance() throws IOException {
        Path instance = folder.resolve("servers").resolve(UUID.randomUUID().toString());
        return InstanceFolder.hold(instance)
                .orElseThrow(() -> new IllegalStateException(instance + " is held by another process"));
    }

    /** Stops the servers and deletes the folders that killed processes have left behind. */
    void sweep(RunAs runAs, Binaries binaries) throws IOException {
        List<Path> instances;
        try (Stream<Path> children = Files.list(folder.resolve("servers"))) {
            instances = children.filter(Files::isDirectory).toList();
        }
        for (Path instance : instances) {
            Optional<InstanceFolder> stale = InstanceFolder.hold(instance);
            if (stale.isPresent()) {
                new ServerControl(runAs, binaries, stale.get()).stopLeftOver();
                stale.get().delete();
                LOG.info("removed {}, left behind by a process that was killed", instance);
            }
        }
    }
}
