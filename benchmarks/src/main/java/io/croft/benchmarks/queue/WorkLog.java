package io.croft.benchmarks.queue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What the handlers of one worker process did, as they saw it: a line when an attempt begins and one when it ends. Each
 * line is given to the operating system before the handler goes on, so that a kill of the process loses none.
 * Thread-safe.
 */
final class WorkLog implements AutoCloseable {

    private final FileChannel file;

    private WorkLog(FileChannel file) {
        this.file = file;
    }

    static WorkLog create(Path path) {
        try {
            return new WorkLog(FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw new UncheckedIOException("the work log " + path + " could not be made", e);
        }
    }

    void began(UUID org, long job, long fence) {
        write("B", org, job, fence);
    }

    void ended(UUID org, long job, long fence) {
        write("E", org, job, fence);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private synchronized void write(String what, UUID org, long job, long fence) {
        String line = what + " " + org + " " + job + " " + fence + " " + micros(Instant.now()) + "\n";
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
        try {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the work log could not be written", e);
        }
    }

    static long micros(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }

    /**
     * Reads the log of a process that has ended.
     *
     * @param endMicros when the process was known to be gone: the end of attempts whose end it did not live to write
     */
    static List<Attempt> read(Path path, long endMicros) {
        Map<Lease, Attempt> open = new HashMap<>();
        List<Attempt> attempts = new ArrayList<>();
        for (String line : wholeLines(path)) {
            String[] columns = line.split(" ", -1);
            Lease lease = new Lease(Long.parseLong(columns[2]), Long.parseLong(columns[3]));
            long at = Long.parseLong(columns[4]);
            if (columns[0].equals("B")) {
                open.put(lease, new Attempt(UUID.fromString(columns[1]), lease, at, endMicros));
            } else {
                Attempt begun = open.remove(lease);
                if (begun == null) {
                    throw new IllegalStateException(lease + " ended without having begun");
                }
                attempts.add(new Attempt(begun.org(), lease, begun.beganMicros(), at));
            }
        }
        attempts.addAll(open.values());
        return attempts;
    }

    private static List<String> wholeLines(Path path) {
        try {
            String all = Files.readString(path, StandardCharsets.US_ASCII);
            return all.substring(0, all.lastIndexOf('\n') + 1).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the work log " + path + " could not be read", e);
        }
    }

    /**
     * What tells attempts apart.
     *
     * @param job   the job's id
     * @param fence of this attempt; another attempt of the same job has another
     */
    record Lease(long job, long fence) {
    }

    /**
     * An attempt as its handler saw it.
     *
     * @param org         whose job
     * @param lease       which attempt
     * @param beganMicros when the handler began, in microseconds since 1970
     * @param endedMicros when it ended
     */
    record Attempt(UUID org, Lease lease, long beganMicros, long endedMicros) {

        long job() {
            return lease.job();
        }
    }
}
