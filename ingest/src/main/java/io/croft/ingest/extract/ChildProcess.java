package io.croft.ingest.extract;

import io.croft.CroftException;
import io.croft.ingest.extract.Outcome.Status;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One process that reads files, in a folder of its own. The file lies in the folder; the request goes to its standard
 * input, and the reply comes from its standard output as a length and so many bytes. It ends by itself when its
 * standard input does, so it does not outlive a host that is killed. Used by one thread at a time; closed by any.
 */
final class ChildProcess implements AutoCloseable {

    /** Its main class. A name, because nothing of it is loaded in the host. */
    static final String MAIN = "io.croft.ingest.extract.child.ChildMain";

    /** The file to be read, in the process's folder. */
    static final String INPUT = "input";

    /** What it sends before all replies, as soon as it can take requests. */
    static final byte READY = 'r';

    /** What a Java process ends with that has run out of memory, as it was told to. */
    private static final int OUT_OF_MEMORY = 3;

    /** What a shell shows of a process that has used its processor time up: 128 and the signal's number. */
    private static final int OUT_OF_PROCESSOR_TIME = 152;

    static final String UNKNOWN_TYPE = "application/octet-stream";

    private static final String REPORT = "Save the file anew with the program that made it, or in another format.";
    private static final String LATE = "Split the file, or raise the limit of time.";
    private static final long LOOK_MILLIS = 100;
    private static final long SECONDS_TO_START = 120;
    private static final long SECONDS_TO_DIE = 10;
    private static final int COPY_BYTES = 64 * 1024;
    private static final Path SHELL = Path.of("/bin/sh");
    private static final Path ENV = Path.of("/usr/bin/env");

    private final Path folder;
    private final Process process;
    private final DataOutputStream requests;
    private final DataInputStream replies;
    private final ExtractionLimits limits;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    private int files;
    private boolean failed;
    private volatile boolean closed;

    /**
     * What the processes of an extractor run.
     *
     * @param mainClass the class that is started
     * @param classPath where it and what it needs are
     * @param limits    what one file may take
     * @param tesseract what recognises text in images, if that is installed
     */
    record Program(String mainClass, List<Path> classPath, ExtractionLimits limits, Optional<Tesseract> tesseract) {

        Program {
            classPath = List.copyOf(classPath);
        }
    }

    private ChildProcess(Path folder, Process process, ExtractionLimits limits) {
        this.folder = folder;
        this.process = process;
        this.limits = limits;
        this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        this.replies = new DataInputStream(new BufferedInputStream(process.getInputStream()));
        Thread.startVirtualThread(this::awaitReady);
    }

    private void awaitReady() {
        try {
            if (replies.readByte() == READY) {
                ready.complete(null);
            } else {
                ready.completeExceptionally(new TooMuchOutputException());
            }
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** Starts one. */
    static ChildProcess start(Path folder, Program program) {
        ProcessBuilder builder = new ProcessBuilder(command(folder, program))
                .directory(folder.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        try {
            return new ChildProcess(folder, builder.start(), program.limits());
        } catch (IOException e) {
            ChildFolder.delete(folder);
            throw new CroftException("no process can be started to read files: check that "
                    + builder.command().getFirst() + " and " + java() + " may be run, and how many processes this user"
                    + " may have", e);
        }
    }

    private static List<String> command(Path folder, Program program) {
        ExtractionLimits limits = program.limits();
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(SHELL) && Files.isExecutable(ENV)) {
            // The kernel's own limits behind those that the host sees to: no core files, no file beyond what may be
            // unpacked, and processor time for what one file may take twice.
            command.addAll(List.of(SHELL.toString(), "-c", "ulimit -c 0; ulimit -f " + (limits.inflatedBytes() / 512 + 1)
                    + "; ulimit -t " + (2 * limits.cpuTime().toSeconds() + 5) + "; exec /usr/bin/env -i \"$@\"",
                    "croft-extract"));
        }
        command.addAll(List.of(java().toString(), "-Xmx" + limits.heapMegabytes() + "m", "-XX:MaxMetaspaceSize=256m",
                "-XX:MaxDirectMemorySize=64m", "-XX:+ExitOnOutOfMemoryError", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-XX:ActiveProcessorCount=1", "-XX:-UsePerfData",
                "-XX:+DisableAttachMechanism", "-XX:ErrorFile=" + folder.resolve("crash.log"), "-Xshare:auto",
                "-Djava.awt.headless=true", "-Djava.io.tmpdir=" + folder, "-Duser.home=" + folder,
                "-Djdk.xml.dtd.support=deny", "-Djdk.xml.entityExpansionLimit=1", "-Djavax.xml.accessExternalDTD=",
                "-Djavax.xml.accessExternalSchema=", "-Djavax.xml.accessExternalStylesheet=", "-cp",
                program.classPath().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                program.mainClass(), arguments(limits)));
        program.tesseract().ifPresent(one -> {
            command.add(one.program().toString());
            command.addAll(one.arguments());
        });
        return command;
    }

    private static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", File.separatorChar == '\\' ? "java.exe" : "java");
    }

    /** The limits that the process itself sees to, as its main class reads them. */
    private static String arguments(ExtractionLimits limits) {
        return Stream.of(limits.inflatedBytes(), limits.ratio(), limits.depth(), limits.entries(), limits.pages(),
                limits.pixels(), limits.characters(), limits.ocrTime().toSeconds()).map(Object::toString)
                .collect(Collectors.joining(","));
    }

    int files() {
        return files;
    }

    /** Whether it may read one more. */
    boolean isFresh(int maxFiles) {
        return !failed && !closed && files < maxFiles && process.isAlive()
                && cpuTime().compareTo(limits.cpuTime()) < 0;
    }

    private Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Puts the next file into its folder, in place of all else there; false if it has more bytes than that. */
    boolean give(InputStream content, long maxBytes) throws IOException {
        ChildFolder.empty(folder);
        byte[] buffer = new byte[COPY_BYTES];
        long left = maxBytes;
        try (OutputStream out = Files.newOutputStream(folder.resolve(INPUT))) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                left -= read;
                if (left < 0) {
                    return false;
                }
                out.write(buffer, 0, read);
            }
        }
        return true;
    }

    /** Reads the file that was put into its folder. Whatever happens to the process is an outcome. */
    Extraction extract(ExtractionRequest request) throws InterruptedException {
        files++;
        try {
            ready.get(SECONDS_TO_START, TimeUnit.SECONDS);
            return Extraction.ofBytes(reply(request));
        } catch (TimeoutException e) {
            return failed(Outcome.of(Status.TIMEOUT, "The process that is to read the file did not start within "
                    + SECONDS_TO_START + " seconds.", "Give the host more processors or fewer processes."));
        } catch (LateException e) {
            return failed(Outcome.of(Status.TIMEOUT, e.getMessage(), LATE));
        } catch (ExecutionException e) {
            return dead(e.getCause() instanceof TooMuchOutputException);
        } catch (CroftException e) {
            return failed(Outcome.of(Status.CRASHED, "The process that read the file sent back nonsense.", REPORT));
        } catch (InterruptedException e) {
            failed = true;
            throw e;
        }
    }

    private byte[] reply(ExtractionRequest request) throws InterruptedException, ExecutionException, LateException {
        Duration cpuBefore = cpuTime();
        Duration time = request.ocr() == Ocr.LATER ? limits.wallTime() : limits.wallTime().plus(limits.ocrTime());
        long deadline = System.nanoTime() + time.toNanos();
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        Thread.startVirtualThread(() -> exchange(request, reply));
        while (true) {
            try {
                return reply.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (cpuTime().minus(cpuBefore).compareTo(limits.cpuTime()) > 0) {
                    throw new LateException("Reading the file took more processor time than " + limits.cpuTime()
                            + ".");
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new LateException("Reading the file took longer than " + time + ".");
                }
            }
        }
    }

    private void exchange(ExtractionRequest request, CompletableFuture<byte[]> reply) {
        try {
            requests.writeUTF(request.name());
            requests.writeUTF(request.declaredType());
            requests.writeUTF(request.ocr().name());
            requests.flush();
            int length = replies.readInt();
            // A character takes at most three bytes, a block 14; there is at most one for two characters.
            if (length < 0 || length > 10L * limits.characters() + (1 << 20)) {
                throw new TooMuchOutputException();
            }
            byte[] bytes = replies.readNBytes(length);
            if (bytes.length < length) {
                throw new IOException("the reply ended after " + bytes.length + " of " + length + " bytes");
            }
            reply.complete(bytes);
        } catch (IOException | TooMuchOutputException e) {
            reply.completeExceptionally(e);
        }
    }

    private Extraction failed(Outcome outcome) {
        failed = true;
        return Extraction.failed(outcome, UNKNOWN_TYPE);
    }

    /** Tells from a process that has ended, or has sent too much, what became of it. */
    private Extraction dead(boolean sentTooMuch) throws InterruptedException {
        failed = true;
        if (closed) {
            throw Children.closed();
        }
        if (sentTooMuch) {
            return failed(Outcome.of(ExtractionLimit.OUTPUT, "The process that read the file sent back too much."));
        }
        if (!process.waitFor(SECONDS_TO_DIE, TimeUnit.SECONDS)) {
            return failed(Outcome.of(Status.CRASHED, "The process that read the file fell silent.", REPORT));
        }
        int status = process.exitValue();
        if (status == OUT_OF_MEMORY) {
            return failed(Outcome.of(ExtractionLimit.HEAP, "Reading the file took more memory than "
                    + limits.heapMegabytes() + " MB."));
        }
        if (status == OUT_OF_PROCESSOR_TIME) {
            return failed(Outcome.of(Status.TIMEOUT, "Reading the file took more processor time than "
                    + limits.cpuTime() + ".", LATE));
        }
        return failed(Outcome.of(Status.CRASHED, "The process that read the file ended with status " + status + ".",
                REPORT));
    }

    /** Ends the process and those that it started, and removes its folder. */
    @Override
    public void close() {
        closed = true;
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
        process.onExit().completeOnTimeout(process, SECONDS_TO_DIE, TimeUnit.SECONDS).join();
        ChildFolder.delete(folder);
    }

    /** Reading took longer than it may. */
    private static final class LateException extends Exception {

        private static final long serialVersionUID = 1L;

        LateException(String message) {
            super(message);
        }

        @Override
        public String getMessage() {
            return Objects.requireNonNull(super.getMessage());
        }
    }

    /** The process sent more than a file's text can be. */
    private static final class TooMuchOutputException extends Exception {

        private static final long serialVersionUID = 1L;
    }
}
