package io.croft.benchmarks.crash;

import io.croft.spi.IndexScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a process that will be killed says of its indexes, line by line in a file: how far changes were given to an
 * index, and from where on nothing may be lost any more. What was written to a file outlives a process that is killed.
 */
final class CrashLog implements AutoCloseable {

    /** Nothing need be there. */
    static final int NOTHING = -1;

    private final FileChannel file;

    CrashLog(Path path) {
        try {
            file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be written", e);
        }
    }

    /** Changes up to this one are about to be given to the index. */
    void given(IndexScope scope, int number) {
        line("given", scope, number);
    }

    /** From now on the index stands here at least, if it does not go back by request. */
    void lasts(IndexScope scope, int number) {
        line("lasts", scope, number);
    }

    private void line(String what, IndexScope scope, int number) {
        try {
            file.write(ByteBuffer.wrap((what + ' ' + number + ' ' + scope + '\n').getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException("what an index was given cannot be noted", e);
        }
    }

    /**
     * Where an index may stand.
     *
     * @param least at least here; {@link #NOTHING} if it may be missing
     * @param most  at most here
     */
    record Bounds(int least, int most) {
    }

    /** What the file says of each scope. */
    static Map<String, Bounds> read(Path path) {
        Map<String, Bounds> all = new HashMap<>();
        try {
            for (String line : Files.readAllLines(path)) {
                List<String> parts = List.of(line.split(" ", 3));
                int number = Integer.parseInt(parts.get(1));
                Bounds known = all.getOrDefault(parts.get(2), new Bounds(NOTHING, 0));
                all.put(parts.get(2), parts.get(0).equals("given")
                        ? new Bounds(known.least(), Math.max(number, known.most()))
                        : new Bounds(number, Math.max(number, known.most())));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be read", e);
        }
        return all;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the log cannot be closed", e);
        }
    }
}
