package io.croft.ingest.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.ingest.extract.Outcome.Status;
import java.io.ByteArrayInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that crash, hang, take too much or send nonsense: the host gets an outcome, and goes on. */
class ChildProcessTest {

    private static final ExtractionLimits LIMITS = ExtractionLimits.DEFAULT.withHeapMegabytes(32)
            .withWallTime(Duration.ofMinutes(5)).withCpuTime(Duration.ofSeconds(1)).withCharacters(1_000);

    @TempDir
    private Path folder;

    private Extractor open(int filesPerProcess) {
        return open(filesPerProcess, LIMITS);
    }

    private Extractor open(int filesPerProcess, ExtractionLimits limits) {
        return builder().filesPerProcess(filesPerProcess).limits(limits).open();
    }

    private Extractor.Builder builder() {
        return Extractor.builder().scratch(folder).processes(1).limits(LIMITS).classPath(classPath())
                .program(Misbehaving.class.getName());
    }

    private static List<Path> classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty()).map(entry -> Path.of(entry).toAbsolutePath()).toList();
    }

    private static Extraction ask(Extractor extractor, String what) throws IOException, InterruptedException {
        return extractor.extract(new ByteArrayInputStream(new byte[1]),
                ExtractionRequest.of(what).withOcr(Ocr.LATER));
    }

    @Test
    void extract_tellsHowAProcessEnded() throws Exception {
        try (Extractor extractor = open(100)) {
            assertThat(ask(extractor, "exit").outcome()).matches(outcome -> outcome.status() == Status.CRASHED
                    && outcome.reason().contains("status 9") && !outcome.remedy().isBlank());
            assertThat(ask(extractor, "half").outcome().status()).isEqualTo(Status.CRASHED);
            assertThat(ask(extractor, "nonsense").outcome().status()).isEqualTo(Status.CRASHED);
            assertThat(ask(extractor, "flood").outcome().limit()).contains(ExtractionLimit.OUTPUT);
            assertThat(ask(extractor, "memory").outcome().limit()).contains(ExtractionLimit.HEAP);
            assertThat(ask(extractor, "spin").outcome()).matches(outcome -> outcome.status() == Status.TIMEOUT
                    && outcome.reason().contains("processor time"));
            assertThat(ask(extractor, "well").isExtracted()).isTrue();
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).as("left behind").isEmpty();
        }
    }

    @Test
    void extract_endsAProcessThatTakesTooLong() throws Exception {
        try (Extractor extractor = open(100, LIMITS.withWallTime(Duration.ofSeconds(1)))) {
            assertThat(ask(extractor, "hang").outcome()).matches(outcome -> outcome.status() == Status.TIMEOUT
                    && outcome.reason().contains("longer than PT1S"));
        }
    }

    @Test
    void extract_givesNoEnvironmentAndReplacesProcesses() throws Exception {
        try (Extractor extractor = open(2, LIMITS.withCpuTime(Duration.ofMinutes(1)))) {
            Extraction first = ask(extractor, "well");
            Extraction second = ask(extractor, "well");
            Extraction third = ask(extractor, "well");

            assertThat(System.getenv()).isNotEmpty();
            assertThat(first.text()).startsWith("[] in " + folder);
            assertThat(second.title()).as("the same process").isEqualTo(first.title());
            assertThat(third.title()).as("another process").isNotEqualTo(first.title());
        }
    }

    @Test
    void extract_leavesNoFileWithAProcessThatIsKept() throws Exception {
        try (Extractor extractor = open(100, LIMITS.withCpuTime(Duration.ofMinutes(1)))) {
            Path own = ownFolder(ask(extractor, "well"));

            try (Stream<Path> left = Files.list(own)) {
                assertThat(left).extracting(file -> file.getFileName().toString()).containsOnly("errors");
            }
        }
    }

    @Test
    void extract_doesWithoutAProcessThatDiedMeanwhile() throws Exception {
        try (Extractor extractor = open(100, LIMITS.withCpuTime(Duration.ofMinutes(1)))) {
            Extraction first = ask(extractor, "well");
            ProcessHandle idle = ProcessHandle.of(Long.parseLong(first.title())).orElseThrow();
            idle.destroyForcibly();
            idle.onExit().orTimeout(1, TimeUnit.MINUTES).join();

            Extraction second = ask(extractor, "well");

            assertThat(second.isExtracted()).isTrue();
            assertThat(second.title()).isNotEqualTo(first.title());
        }
    }

    @Test
    void extract_doesNotBlameTheFileForAProcessThatCannotStart() throws Exception {
        try (Extractor extractor = builder().classPath(List.of(folder)).open()) {
            assertThatThrownBy(() -> ask(extractor, "well")).isInstanceOf(CroftException.class)
                    .hasMessageContaining("class path").hasMessageContaining("status 1");
        }
    }

    @Test
    void extract_tellsTheScratchFoldersFailureFromTheFiles() throws Exception {
        try (Extractor extractor = open(100, LIMITS.withCpuTime(Duration.ofMinutes(1)))) {
            Path own = ownFolder(ask(extractor, "well"));
            ChildFolder.delete(own);

            assertThatThrownBy(() -> ask(extractor, "well")).isInstanceOf(CroftException.class)
                    .hasMessageContaining("scratch folder " + own);
            assertThat(ask(extractor, "well").isExtracted()).as("with another folder").isTrue();
        }
    }

    private static Path ownFolder(Extraction extraction) {
        return Path.of(extraction.text().substring(extraction.text().indexOf(" in ") + 4));
    }

    @Test
    void paths_mayBeRelativeToTheHostsFolder() throws Exception {
        Path here = Path.of("").toAbsolutePath();
        try (Extractor extractor = builder().scratch(here.relativize(folder))
                .classPath(classPath().stream().map(here::relativize).toList()).open()) {
            assertThat(ask(extractor, "well").isExtracted()).isTrue();
        }
    }

    @Test
    void classPath_isChecked() throws Exception {
        Path two = Path.of("one" + File.pathSeparator + "other");

        assertThatThrownBy(() -> builder().classPath(List.of(Path.of("")))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder().classPath(List.of(two)).open()).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(two.toString());
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).as("left behind").isEmpty();
        }
    }

    @Test
    void interrupt_endsTheProcessAndWhatItStarted() throws Exception {
        try (Extractor extractor = open(100)) {
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread caller = Thread.startVirtualThread(() -> {
                try {
                    ask(extractor, "spawn");
                } catch (IOException | InterruptedException e) {
                    thrown.complete(e);
                }
            });
            ProcessHandle started = started();
            caller.interrupt();

            assertThat(thrown.get(1, TimeUnit.MINUTES)).isInstanceOf(InterruptedException.class);
            started.onExit().orTimeout(1, TimeUnit.MINUTES).join();
            assertThat(ask(extractor, "well").isExtracted()).as("the place is free again").isTrue();
        }
    }

    @Test
    void interrupt_endsTheCopy() throws Exception {
        try (Extractor extractor = open(100)) {
            InputStream content = reading(() -> {
                Thread.currentThread().interrupt();
                return 'x';
            });

            assertThatThrownBy(() -> extractor.extract(content, ExtractionRequest.of("well")))
                    .isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    @Test
    void close_endsTheCopy() throws Exception {
        Extractor extractor = open(100);
        InputStream content = reading(() -> {
            extractor.close();
            return -1;
        });

        assertThatThrownBy(() -> extractor.extract(content, ExtractionRequest.of("well")))
                .isInstanceOf(CroftException.class).hasMessageContaining("closed");
    }

    private static InputStream reading(IntSupplier next) {
        return new InputStream() {
            @Override
            public int read() {
                return next.getAsInt();
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                int one = read();
                buffer[offset] = (byte) one;
                return one < 0 ? -1 : 1;
            }
        };
    }

    @Test
    void child_leavesNothingWhenItsHostIsGone() throws Exception {
        Path home = ChildFolder.create(folder);
        Path own = ChildFolder.create(home);
        Path slow = Files.writeString(folder.resolve("slow"), "#!/bin/sh\nexec /bin/sleep 1000\n");
        assertThat(slow.toFile().setExecutable(true)).isTrue();
        Files.write(own.resolve(ChildProcess.INPUT), ImageSamples.bytes(ImageSamples.picture("hooves"), "png"));
        ChildProgram program = new ChildProgram(ChildProgram.MAIN, classPath(), ExtractionLimits.DEFAULT,
                Optional.of(new Tesseract(slow, List.of())));
        Process child = new ProcessBuilder(program.command(own)).directory(own.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        ProcessHandle recognises;
        try (DataOutputStream requests = new DataOutputStream(child.getOutputStream())) {
            requests.writeUTF("scan.png");
            requests.writeUTF("");
            requests.writeUTF(Ocr.WHERE_NEEDED.name());
            requests.flush();
            recognises = startedBy(child);
        }

        assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
        recognises.onExit().orTimeout(1, TimeUnit.MINUTES).join();
        assertThat(home).doesNotExist();
    }

    private static ProcessHandle startedBy(Process process) {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (System.nanoTime() - deadline < 0) {
            Optional<ProcessHandle> started = process.descendants().findFirst();
            if (started.isPresent()) {
                return started.get();
            }
            LockSupport.parkNanos(1_000_000);
        }
        throw new AssertionError("nothing was started");
    }

    @Test
    void close_endsWhoWaits() throws Exception {
        Extractor extractor = open(100);
        CompletableFuture<Extraction> asked = CompletableFuture.supplyAsync(() -> {
            try {
                return ask(extractor, "spawn");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }, Thread::startVirtualThread);
        ProcessHandle started = started();
        extractor.close();

        assertThatThrownBy(asked::join).hasRootCauseInstanceOf(CroftException.class).hasMessageContaining("closed");
        assertThatThrownBy(() -> ask(extractor, "well")).isInstanceOf(CroftException.class);
        started.onExit().orTimeout(1, TimeUnit.MINUTES).join();
    }

    /** The process that the reading process has started. */
    private ProcessHandle started() throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (System.nanoTime() - deadline < 0) {
            try (Stream<Path> files = Files.find(folder, 2, (file, attributes) -> file.endsWith("pid"))) {
                Optional<Path> pid = files.findFirst();
                if (pid.isPresent()) {
                    return ProcessHandle.of(Long.parseLong(Files.readString(pid.get()))).orElseThrow();
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
        throw new AssertionError("nothing was started");
    }
}
