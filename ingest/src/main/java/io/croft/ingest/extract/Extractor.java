package io.croft.ingest.extract;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of files: plain text, Markdown, HTML, PDF, Word, Excel, PowerPoint, RTF, e-mail with what is attached
 * to it, and, where Tesseract is installed, images and scanned pages.
 *
 * <p>A file is read in a Java process of its own, which gets an empty environment, limits of memory, processor time,
 * time and output, a folder that is emptied after each file, and none of the host's classes beyond those that read
 * files. So a file that exhausts, hangs or crashes its reader ends as an {@link Outcome} with a reason and a remedy. A
 * process reads many files, one after the other, and is replaced after {@link Builder#filesPerProcess} of them, after
 * any that did not end in time or within its memory, and after a minute without work. What it cannot be kept from is
 * the network, the files that the host's user may read, and those that it is given later: on a server that takes files
 * from anyone, give the host a user with few rights, and each file a process of its own.
 *
 * <p>Thread-safe. Calls beyond {@link Builder#processes} wait for one another.
 */
public final class Extractor implements AutoCloseable {

    private final ExtractionLimits limits;
    private final Children children;

    private Extractor(ExtractionLimits limits, Children children) {
        this.limits = limits;
        this.children = children;
    }

    /**
     * An extractor with all defaults.
     *
     * @throws CroftException as {@link Builder#open} does
     */
    public static Extractor open() {
        return builder().open();
    }

    /** Sets up an extractor. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a file.
     *
     * @throws CroftException       if the file cannot be opened, no process can be started, or its folder cannot be
     *                              written; the message names the remedy
     * @throws InterruptedException if this thread is interrupted; the process that read the file is ended
     */
    public Extraction extract(Path file, ExtractionRequest request) throws InterruptedException {
        try (InputStream content = Files.newInputStream(file)) {
            return extract(content, request);
        } catch (IOException e) {
            throw new CroftException("the file " + file + " cannot be read: check that it is there and may be read", e);
        }
    }

    /**
     * Reads a stream to its end, or to the limit of bytes. It is not closed. While it is read, one of the processes is
     * taken, however long that lasts: a stream that comes from afar should have a limit of time of its own.
     *
     * @throws CroftException       if no process can be started, or its folder cannot be written; the message names the
     *                              remedy
     * @throws IOException          if the stream fails
     * @throws InterruptedException if this thread is interrupted; the process that read the file is ended
     */
    public Extraction extract(InputStream content, ExtractionRequest request) throws IOException, InterruptedException {
        ChildProcess child = children.take();
        Children.Reuse reuse = Children.Reuse.NO;
        try {
            if (!child.give(content, limits.bytes())) {
                reuse = Children.Reuse.YES;
                return Extraction.failed(Outcome.of(ExtractionLimit.BYTES, "The file has more than " + limits.bytes()
                        + " bytes."), ChildProcess.UNKNOWN_TYPE);
            }
            Extraction extraction = child.extract(request);
            reuse = Children.Reuse.YES;
            return extraction;
        } catch (ClosedByInterruptException e) {
            throw interrupted(e);
        } finally {
            children.give(child, reuse);
        }
    }

    private static InterruptedException interrupted(ClosedByInterruptException cause) {
        // The exception takes the mark's place, as callers expect.
        Thread.interrupted();
        InterruptedException interrupted = new InterruptedException("interrupted while a file was copied to be read");
        interrupted.initCause(cause);
        return interrupted;
    }

    /** Whether text of images can be recognised here: Tesseract and its languages are installed. */
    public boolean canRecogniseText() {
        return children.program().tesseract().isPresent();
    }

    /** Ends the processes, also those that read, and removes their folders. */
    @Override
    public void close() {
        children.close();
    }

    /** Sets an extractor up. Not thread-safe. */
    public static final class Builder {

        /** Each may take a gigabyte. */
        private static final int MOST_BY_DEFAULT = 4;

        private ExtractionLimits limits = ExtractionLimits.DEFAULT;
        private int processes = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MOST_BY_DEFAULT);
        private int filesPerProcess = 100;
        private List<String> languages = List.of("eng");
        private Path scratch = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
        private @Nullable Path tesseract;
        private List<Path> classPath = List.of();
        private String program = ChildProgram.MAIN;

        private Builder() {
        }

        /** What one file may take; {@link ExtractionLimits#DEFAULT} by default. */
        public Builder limits(ExtractionLimits value) {
            limits = value;
            return this;
        }

        /**
         * How many files are read at once, 1 to 64; by default half as many as there are processors, 4 at most. Each
         * is read by a process that takes up to some 400 MB more than {@link ExtractionLimits#heapMegabytes}, 0.9 GB
         * with the default, and beyond that what Tesseract takes for an image.
         */
        public Builder processes(int count) {
            processes = check("processes", count, 64);
            return this;
        }

        /**
         * After how many files a process is replaced, 1 to 10,000; by default 100. A file that takes its reader over
         * can read or change those that the same process reads after it, whosever they are. With 1 each file has a
         * process of its own, at the cost of starting one.
         */
        public Builder filesPerProcess(int count) {
            filesPerProcess = check("files for each process", count, 10_000);
            return this;
        }

        /**
         * The languages that text in images is recognised in, as Tesseract names them; by default {@code eng} alone.
         */
        public Builder ocrLanguages(List<String> names) {
            for (String name : names) {
                if (!name.matches("[A-Za-z0-9_]{1,40}")) {
                    throw new InvalidInputException("\"" + name + "\" is no language of Tesseract: give names such as"
                            + " eng or deu");
                }
            }
            if (names.isEmpty()) {
                throw new InvalidInputException("no language for text in images: give one or more");
            }
            languages = List.copyOf(names);
            return this;
        }

        /**
         * Where Tesseract is; by default it is looked for on the host's PATH. It runs without the host's environment,
         * so its languages must be where it looks by itself.
         */
        public Builder tesseract(Path program) {
            tesseract = program;
            return this;
        }

        /** Where the processes' folders are made; by default {@code java.io.tmpdir}. */
        public Builder scratch(Path folder) {
            scratch = folder.toAbsolutePath();
            return this;
        }

        /**
         * The jars that the processes run from: Croft's ingest and core, and the libraries that read files. By default
         * they are found where this class and those libraries were loaded from.
         */
        public Builder classPath(List<Path> jars) {
            if (jars.contains(Path.of(""))) {
                throw new InvalidInputException("an entry of the class path is empty: give the jars' paths");
            }
            classPath = jars.stream().map(Path::toAbsolutePath).toList();
            return this;
        }

        /** What the processes run, for tests of those that misbehave. */
        Builder program(String mainClass) {
            program = mainClass;
            return this;
        }

        /**
         * Opens it. No process is started before the first file.
         *
         * @throws CroftException if the libraries that read files, or the Java that runs them, are not found; the
         *                        message names the remedy
         */
        public Extractor open() {
            Optional<Tesseract> found = Tesseract.find(Optional.ofNullable(tesseract), languages);
            Path home = ChildFolder.create(scratch);
            try {
                List<Path> jars = classPath.isEmpty() ? ChildClassPath.find(home) : classPath;
                ChildProgram runs = new ChildProgram(program, jars, limits, found);
                return new Extractor(limits, new Children(home, runs, processes, filesPerProcess));
            } catch (RuntimeException e) {
                ChildFolder.delete(home);
                throw e;
            }
        }

        private static int check(String what, int count, int most) {
            if (count < 1 || count > most) {
                throw new InvalidInputException(count + " " + what + ": give 1 to " + most);
            }
            return count;
        }
    }

}
