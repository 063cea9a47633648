package io.croft.benchmarks.machine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Another JVM that runs a main class of this class path, and whose lines are read. It ends by itself when its standard
 * input ends, so it does not outlive the process that started it; see {@link #untilParentEnds}.
 */
public final class ChildJvm implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(3);
    private static final int SHOWN_OF_LOG = 4000;
    private static final int SHOWN_OF_THREADS = 40_000;

    private final Process process;
    private final Path log;
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

    private ChildJvm(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts one.
     *
     * @param main   its main class
     * @param name   names its files
     * @param folder where its class path and its log are written
     * @param args   the arguments of its main class
     */
    public static ChildJvm start(Class<?> main, String name, Path folder, List<String> args) {
        return start(main, name, folder, args, Map.of());
    }

    /** As {@link #start(Class, String, Path, List)}, with more variables in its environment. */
    public static ChildJvm start(Class<?> main, String name, Path folder, List<String> args,
            Map<String, String> environment) {
        try {
            Files.createDirectories(folder);
            Path options = folder.resolve(name + ".options");
            Files.writeString(options,
                    "-cp\n\"" + System.getProperty("java.class.path").replace("\\", "\\\\") + "\"\n");
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1", "-Xshare:auto", "--add-modules", "jdk.incubator.vector",
                    "--enable-native-access=ALL-UNNAMED", "@" + options, main.getName()));
            command.addAll(args);
            Path log = folder.resolve(name + ".log");
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            ChildJvm child = new ChildJvm(process, log);
            Thread.ofPlatform().name("croft-child-" + name).daemon().start(child::read);
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException("a JVM for " + main.getName() + " could not be started", e);
        }
    }

    /** Called by the child: returns when the parent has closed its standard input or is gone. */
    public static void untilParentEnds() {
        try {
            while (System.in.read() >= 0) {
                // whatever comes is no reason to end
            }
        } catch (IOException e) {
            throw new UncheckedIOException("standard input failed, so the parent is gone", e);
        }
    }

    /** Called by the child: never returns. */
    public static void untilKilled() {
        while (true) {
            LockSupport.park();
        }
    }

    /**
     * Waits for the next line that starts so; those before it are passed over.
     *
     * @throws IllegalStateException if it does not come in time or the child ends first
     */
    public String awaitLine(String start) {
        return awaitLine(start, PATIENCE);
    }

    /** As {@link #awaitLine(String)}, with another limit of the wait. */
    public String awaitLine(String start, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Optional<String> line = next(deadline - System.nanoTime());
            if (line.isEmpty()) {
                throw new IllegalStateException("waited in vain for the line \"" + start
                        + "…\"; the child's log ends with\n" + logEnd() + "\n" + threads());
            }
            if (line.get().startsWith(start)) {
                return line.get();
            }
        }
    }

    /** Whether a line that starts so has come; those before it are passed over. Does not wait. */
    public boolean hasLine(String start) {
        Optional<String> line;
        while ((line = lines.poll()) != null && line.isPresent()) {
            if (line.get().startsWith(start)) {
                return true;
            }
        }
        if (line != null) {
            throw new IllegalStateException("the child ended before the line \"" + start + "…\"; its log ends with\n"
                    + logEnd());
        }
        return false;
    }

    /** Kills it at once, as {@code kill -9} does, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Has it stand still, as SIGSTOP does, until {@link #resume}. It can be killed meanwhile. */
    public void pause() {
        signal("STOP");
    }

    /** Has it go on after {@link #pause}, as if no time had gone by. */
    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + name + " " + process.pid() + " ended with " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("kill could not be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while process " + process.pid() + " was told to " + name, e);
        }
    }

    /** Asks it to end by itself and waits until it has; returns its status. */
    public int stop() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException("the child's standard input could not be closed", e);
        }
        awaitEnd();
        return process.exitValue();
    }

    /** The end of what it logged. */
    String logEnd() {
        try {
            String all = Files.readString(log, StandardCharsets.UTF_8);
            return all.substring(Math.max(0, all.length() - SHOWN_OF_LOG));
        } catch (IOException e) {
            throw new UncheckedIOException("the child's log could not be read", e);
        }
    }

    /** What its threads are at; those lines that it writes meanwhile are lost. */
    private String threads() {
        try {
            // The end of its lines may be read a moment before its own.
            if (process.waitFor(BETWEEN_LINES.toNanos(), TimeUnit.NANOSECONDS)) {
                return "it has ended with status " + process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for process " + process.pid(), e);
        }
        signal("QUIT"); // which a JVM answers on its standard output
        StringBuilder threads = new StringBuilder("it still runs, and its threads are at\n");
        Optional<String> line = next(BETWEEN_LINES.toNanos());
        while (line.isPresent() && threads.length() < SHOWN_OF_THREADS) {
            threads.append(line.get()).append('\n');
            line = next(BETWEEN_LINES.toNanos());
        }
        return threads.toString();
    }

    /** Kills it if it still runs. */
    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("process " + process.pid() + " has not ended within " + PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for process " + process.pid() + " to end", e);
        }
    }

    private Optional<String> next(long nanos) {
        try {
            Optional<String> line = lines.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
            return line == null ? Optional.empty() : line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a line of process " + process.pid(), e);
        }
    }

    private void read() {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = reader.readLine()) != null) {
                lines.add(Optional.of(line));
            }
        } catch (IOException e) {
            // the pipe of a killed process ends this way: whoever waits for a line learns that there is no more
            lines.add(Optional.of("read failed: " + e.getMessage()));
        } finally {
            lines.add(Optional.empty());
        }
    }
}
