package io.croft.benchmarks.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the operating system keeps of files in memory. Only the given files are forgotten, by {@code posix_fadvise}
 * through {@code dd}: nothing else on the machine becomes slower, and no rights are needed. Names and inodes stay
 * known.
 */
public final class PageCache {

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
        for (String file : files) {
            run(List.of("dd", "if=" + file, "iflag=nocache", "count=0", "status=none"));
        }
        List<String> count = new ArrayList<>(List.of("fincore", "--bytes", "--noheadings", "--output", "RES"));
        count.addAll(files);
        try {
            return run(count).lines().mapToLong(line -> Long.parseLong(line.strip())).sum();
        } catch (IOException missing) {
            return -1;
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
