package io.croft.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The result of a command that has ended.
 *
 * @param exitCode what it returned
 * @param output   what it printed, both streams together
 */
record Command(int exitCode, String output) {

    /**
     * Runs a command to its end.
     *
     * <p>The output goes through a file: a server that outlives the command may hold a pipe open.
     *
     * @throws IllegalStateException when it cannot be started, is not done in time (it is killed then), or the thread
     *                               is interrupted, which stays set
     */
    static Command run(List<String> command, Duration limit) {
        try {
            Path output = Files.createTempFile("croft-command", ".log");
            try {
                return run(command, limit, output.toFile());
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
        }
    }

    private static Command run(List<String> command, Duration limit, File output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
        builder.environment().put("LC_ALL", "C");
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.directory(new File(System.getProperty("java.io.tmpdir")));
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(
                        command + " was not done in " + limit.toSeconds() + " s and was killed");
            }
            return new Command(process.exitValue(), Files.readString(output.toPath(), UTF_8).strip());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + command.getFirst(), e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Whether a command exists here and returns 0. */
    static boolean succeeds(List<String> command, Duration limit) {
        try {
            return run(command, limit).exitCode() == 0;
        } catch (IllegalStateException e) {
            if (e.getCause() instanceof IOException) {
                return false;
            }
            throw e;
        }
    }
}
