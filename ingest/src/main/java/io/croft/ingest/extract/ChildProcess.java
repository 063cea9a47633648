package io.croft.ingest.extract;

import io.croft.CroftException;
import io.croft.ingest.extract.Outcome.Status;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process that reads files, in a folder of its own. The file lies in the folder; the request goes to its standard
 * input, and the reply comes from its standard output as a length and so many bytes. It ends by itself when its
 * standard input does, so it does not outlive a host that is killed. Used by one thread at a time; closed by any.
 */
final class ChildProcess implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ChildProcess.class);

    /** The file to be read, in the process's folder. */
    static final String INPUT = "input";

    /** What it writes to its standard error, in its folder. Until it is ready, that is what keeps it from starting. */
    private static final String ERRORS = "errors";

    /** What it sends before all replies, as soon as it can take requests. */
    static final byte READY = 'r';

    /** What a Java process ends with that has run out of memory, as it was told to. */
    private static final int OUT_OF_MEMORY = 3;

    /** What Java shows of a process that has used its processor time up: 128 and the signal's number. */
    private static final int OUT_OF_PROCESSOR_TIME = 152;

    static final String UNKNOWN_TYPE = "application/octet-stream";

    private static final String REPORT = "Save the file anew with the program that made it, or in another format.";
    private static final String LATE = "Split the file, or raise the limit of time.";
    private static final long LOOK_MILLIS = 100;
    private static final long SECONDS_TO_START = 120;
    private static final long SECONDS_TO_DIE = 10;
    private static final int COPY_BYTES = 64 * 1024;
    private static final int MAX_LOGGED_BYTES = 1024;

    private final Path folder;
    private final Process process;
    private final DataOutputStream requests;
    private final DataInputStream replies;
    private final ExtractionLimits limits;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    private int files;
    private boolean failed;
    private volatile boolean closed;

    private ChildProcess(Path folder, Process process, ExtractionLimits limits) {
        this.folder = folder;
        this.process = process;
        this.limits = limits;
        this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        this.replies = new DataInputStream(new BufferedInputStream(process.getInputStream()));
        Thread.startVirtualThread(this::listen);
    }

    /** Listens for the process to be ready. */
    private void listen() {
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

    /** Starts one in a folder, which is then its own. */
    static ChildProcess start(Path folder, ChildProgram program) {
        ProcessBuilder builder = new ProcessBuilder(program.command(folder)).directory(folder.toFile())
                .redirectError(folder.resolve(ERRORS).toFile());
        builder.environment().clear();
        try {
            return new ChildProcess(folder, builder.start(), program.limits());
        } catch (IOException e) {
            ChildFolder.delete(folder);
            throw new CroftException("no process can be started to read files: check that "
                    + builder.command().getFirst() + " and " + ChildProgram.java() + " may be run, and how many"
                    + " processes this user may have", e);
        }
    }

    int files() {
        return files;
    }

    /** Whether it may read one more. */
    boolean isFresh(int maxFiles) {
        return !failed && !closed && files < maxFiles && process.toHandle().isAlive()
                && cpuTime().compareTo(limits.cpuTime()) < 0;
    }

    private Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /**
     * Puts the next file into its folder; false if it has more bytes than that.
     *
     * @throws CroftException if the folder cannot be written
     * @throws IOException    if the content cannot be read
     */
    boolean give(InputStream content, long maxBytes) throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        long left = maxBytes;
        try (ChildInput input = ChildInput.create(folder.resolve(INPUT))) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                left -= read;
                if (left < 0) {
                    return false;
                }
                input.write(buffer, read);
            }
        } catch (ChildInput.UnwritableException e) {
            throw closed ? Children.closed() : new CroftException(e.getMessage(), e.getCause());
        }
        return true;
    }

    /** Removes what the last file left in its folder; false if that cannot be done. */
    boolean clear() {
        try {
            ChildFolder.empty(folder, folder.resolve(ERRORS));
            return true;
        } catch (IOException e) {
            LOG.warn("{} cannot be emptied: the process that reads files there is replaced", folder, e);
            return false;
        }
    }

    /**
     * Reads the file that was put into its folder. Whatever happens to the process from then on is an outcome.
     *
     * @throws CroftException if the process could not start, whatever the file is
     */
    Extraction extract(ExtractionRequest request) throws InterruptedException {
        files++;
        // Until it has answered.
        failed = true;
        try {
            awaitStart();
            return extraction(reply(request));
        } catch (LateException e) {
            return ended(Outcome.of(Status.TIMEOUT, e.getMessage(), LATE));
        } catch (ExecutionException e) {
            return dead(e.getCause() instanceof TooMuchOutputException);
        }
    }

    /** Waits until it can take requests. That it ends before, or takes too long, is no fault of the file. */
    private void awaitStart() throws InterruptedException {
        try {
            ready.get(SECONDS_TO_START, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new CroftException("the process that reads files did not start within " + SECONDS_TO_START
                    + " seconds: give the host more processors or fewer processes", e);
        } catch (ExecutionException e) {
            if (closed) {
                throw Children.closed();
            }
            boolean ended = process.waitFor(SECONDS_TO_DIE, TimeUnit.SECONDS);
            LOG.warn("A process that is to read files did not start. It wrote: {}", errors());
            throw new CroftException("the process that reads files ended before it could read"
                    + (ended ? ", with status " + process.exitValue() : "") + ": check the extractor's class path, the"
                    + " limit of its heap and this machine's memory", e.getCause());
        }
    }

    /** The beginning of what it wrote to its standard error. */
    private String errors() {
        try (InputStream in = Files.newInputStream(folder.resolve(ERRORS))) {
            return new String(in.readNBytes(MAX_LOGGED_BYTES), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "what cannot be read, " + e;
        }
    }

    private Extraction extraction(byte[] reply) {
        try {
            Extraction extraction = Extraction.ofBytes(reply);
            failed = false;
            return extraction;
        } catch (CroftException e) {
            return ended(Outcome.of(Status.CRASHED, "The process that read the file sent back nonsense.", REPORT));
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

    private static Extraction ended(Outcome outcome) {
        return Extraction.failed(outcome, UNKNOWN_TYPE);
    }

    /** Tells from a process that has ended, or has sent too much, what became of it. */
    private Extraction dead(boolean sentTooMuch) throws InterruptedException {
        if (closed) {
            throw Children.closed();
        }
        if (sentTooMuch) {
            return ended(Outcome.of(ExtractionLimit.OUTPUT, "The process that read the file sent back too much."));
        }
        if (!process.waitFor(SECONDS_TO_DIE, TimeUnit.SECONDS)) {
            return ended(Outcome.of(Status.CRASHED, "The process that read the file fell silent.", REPORT));
        }
        int status = process.exitValue();
        if (status == OUT_OF_MEMORY) {
            return ended(Outcome.of(ExtractionLimit.HEAP, "Reading the file took more memory than "
                    + limits.heapMegabytes() + " MB."));
        }
        if (status == OUT_OF_PROCESSOR_TIME) {
            return ended(Outcome.of(Status.TIMEOUT, "Reading the file took more processor time than "
                    + limits.cpuTime() + ".", LATE));
        }
        return ended(Outcome.of(Status.CRASHED, "The process that read the file ended with status " + status + ".",
                REPORT));
    }

    /** Ends the process and those that it started, and removes its folder. */
    @Override
    public void close() {
        closed = true;
        List<ProcessHandle> started = new ArrayList<>(process.descendants().toList());
        process.destroyForcibly();
        // What it started between the two.
        process.descendants().forEach(started::add);
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
