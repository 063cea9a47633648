package io.croft.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The folder of one server, held by the JVM that runs it: the data, the server's log and the superuser's password.
 *
 * <p>The holder locks a file in it for its life, which ends with the process however that dies. A second opening of
 * that file by the same process would lose the lock when it closes it again, so the file {@code owner} names the holder
 * and is looked at first.
 */
final class InstanceFolder implements AutoCloseable {

    private static final String LOCK = "lock";
    private static final String OWNER = "owner";

    private final Path folder;
    private final FileChannel channel;

    private InstanceFolder(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /** Takes hold of a folder, creating it when missing; empty when a living process holds it. */
    static Optional<InstanceFolder> hold(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path owner = folder.resolve(OWNER);
        if (Files.exists(owner) && Files.readString(owner).equals(thisProcess())) {
            return Optional.empty();
        }
        FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        boolean held = false;
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                Files.writeString(owner, thisProcess());
                held = true;
                return Optional.of(new InstanceFolder(folder, channel));
            }
            return Optional.empty();
        } finally {
            if (!held) {
                channel.close();
            }
        }
    }

    Path path() {
        return folder;
    }

    Path data() {
        return folder.resolve("data");
    }

    Path log() {
        return folder.resolve("server.log");
    }

    Path password() {
        return folder.resolve("superuser-password");
    }

    /** Deletes the folder, which this process holds, and lets it go. */
    void delete() {
        try {
            Folders.delete(data());
            close();
            Folders.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + folder + "; delete it by hand", e);
        }
    }

    /** Lets the folder go. Idempotent. */
    @Override
    public void close() {
        try {
            if (channel.isOpen()) {
                Files.deleteIfExists(folder.resolve(OWNER));
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unlock " + folder, e);
        }
    }

    /** Numbers of processes come back, and containers repeat them: the start time tells them apart. */
    private static String thisProcess() {
        ProcessHandle self = ProcessHandle.current();
        return self.pid() + "-" + self.info().startInstant().map(start -> start.toEpochMilli()).orElse(0L);
    }
}
