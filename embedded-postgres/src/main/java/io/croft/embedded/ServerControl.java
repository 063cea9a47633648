package io.croft.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Postgres's own programs, run on one server's folder.
 *
 * @param runAs    how
 * @param binaries the programs
 * @param instance the folder
 */
record ServerControl(RunAs runAs, Binaries binaries, InstanceFolder instance) {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int LOG_LINES = 20;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    /** In postmaster.pid, whose first line is the number of the process. */
    private static final int STARTED_LINE = 2;
    private static final Duration START_TOLERANCE = Duration.ofMinutes(1);

    /** How a server is asked to end. */
    enum Stop {
        /** Ends the sessions and writes everything out. */
        FAST,
        /** Ends at once; the next start recovers. For data that are deleted next. */
        IMMEDIATE
    }

    /** Makes a new, empty cluster whose superuser has the password in the instance's file. */
    void initialise(String superuser) {
        Command result = run("initdb", List.of("--pgdata=" + instance.data(), "--username=" + superuser,
                "--auth=trust", "--pwfile=" + instance.password(), "--encoding=UTF8", "--locale=C", "--no-sync",
                "--no-instructions"));
        if (result.exitCode() != 0) {
            throw failure("initdb failed", result.output());
        }
    }

    /** Starts the server and waits until it takes connections. */
    Command start() {
        return run("pg_ctl", List.of("start", "--pgdata=" + instance.data(), "--log=" + instance.log(), "--wait",
                "--silent", "--timeout=" + (LIMIT.toSeconds() - 10)));
    }

    /** Stops the server and waits until it has ended. */
    Command stop(Stop mode) {
        return run("pg_ctl", List.of("stop", "--pgdata=" + instance.data(), "--mode=" + (mode == Stop.FAST
                ? "fast"
                : "immediate"), "--wait", "--silent", "--timeout=" + (LIMIT.toSeconds() - 10)));
    }

    /** Kills the server's processes, as the system does when it needs their memory, and waits until they are gone. */
    void kill() {
        if (!isRunning()) {
            return;
        }
        ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(postmasterLines().getFirst().strip())).orElseThrow();
        List<ProcessHandle> processes = new ArrayList<>(List.of(postmaster));
        postmaster.children().forEach(processes::add);
        processes.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle process : processes) {
            process.onExit().orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
        }
    }

    /** Stops the server that a killed process may have left running in this folder. */
    void stopLeftOver() {
        if (isRunning()) {
            stop(Stop.IMMEDIATE);
        }
    }

    /**
     * Whether the server that the folder names is running. Its number may long belong to another process, which must
     * not be stopped in its place, so the program and the time of its start must agree too.
     */
    boolean isRunning() {
        List<String> lines = postmasterLines();
        if (lines.size() <= STARTED_LINE || !NUMBER.matcher(lines.getFirst().strip()).matches()) {
            return false;
        }
        Instant started = Instant.ofEpochSecond(Long.parseLong(lines.get(STARTED_LINE).strip()));
        return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                .map(ProcessHandle::info)
                .filter(process -> process.command().filter(binaries::isOurs).isPresent())
                .flatMap(ProcessHandle.Info::startInstant)
                .filter(start -> Duration.between(start, started).abs().compareTo(START_TOLERANCE) < 0)
                .isPresent();
    }

    /** Whether the server runs or was killed: it removes this file when it ends by itself. */
    boolean hasPostmasterFile() {
        return Files.exists(postmasterFile());
    }

    private Path postmasterFile() {
        return instance.data().resolve("postmaster.pid");
    }

    private List<String> postmasterLines() {
        try {
            return Files.readAllLines(postmasterFile());
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + postmasterFile() + ": " + e.getMessage(), e);
        }
    }

    IllegalStateException failure(String what, String output) {
        return new IllegalStateException(what + " in " + instance.path() + ", run as " + runAs + ": " + output
                + lastLinesOfLog()
                + "\nIf the cause is not to be removed, start a Postgres yourself and name it with -D"
                + EmbeddedPostgresServer.URL_PROPERTY + "=jdbc:postgresql://HOST:PORT/DATABASE?user=USER&password=…");
    }

    String lastLinesOfLog() {
        Path log = instance.log();
        try {
            if (!Files.exists(log)) {
                return "";
            }
            List<String> lines = Files.readString(log, UTF_8).lines().toList();
            return "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        } catch (IOException e) {
            return "\n(" + log + " cannot be read: " + e.getMessage() + ")";
        }
    }

    private Command run(String program, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(binaries.program(program)));
        command.addAll(arguments);
        return Command.run(runAs.command(command), LIMIT);
    }
}
