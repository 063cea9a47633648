package io.croft.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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

    /** Stops the server that a killed process may have left running in this folder. */
    void stopLeftOver() {
        if (Files.exists(instance.data().resolve("postmaster.pid"))) {
            stop(Stop.IMMEDIATE);
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
