package io.croft.benchmarks.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the operating system keeps of files in memory. Only the given files are forgotten, by {@code posix_fadvise}
 * through Python: nothing else on the machine becomes slower, and no rights are needed. Names and inodes stay known.
 */
public final class PageCache {

    /** One process for all files: starting one for each takes minutes where there are ten thousand indexes. */
    private static final String FORGET = """
            import os, sys
            with open(sys.argv[1], 'rb') as names:
                for name in names.read().split(b'\\0'):
                    if name:
                        file = os.open(name, os.O_RDONLY)
                        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
                        os.close(file)
            """;

    private PageCache() {
    }

    /**
     * Has all files below a folder forgotten, which must be on disk and not mapped.
     *
     * @return how many bytes of them are in memory all the same, as {@code fincore} counts; -1 where that is missing
     */
    public static long forget(Path folder) throws IOException, InterruptedException {
        List<String> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile).map(Path::toString).toList();
        }
        Path names = Files.createTempFile("croft-page-cache", null);
        try {
            Files.writeString(names, String.join("\0", files));
            run(List.of("python3", "-c", FORGET, names.toString()));
            try {
                String sizes = run(List.of("xargs", "-0", "-a", names.toString(), "fincore", "--bytes", "--noheadings",
                        "--output", "RES"));
                return sizes.lines().mapToLong(line -> Long.parseLong(line.strip())).sum();
            } catch (IOException missing) {
                return -1;
            }
        } finally {
            Files.delete(names);
        }
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command.getFirst() + " failed: " + said);
        }
        return said;
    }
}
