package io.croft.ingest.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.ingest.extract.Outcome.Status;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
        List<Path> classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(Path::of).toList();
        return Extractor.builder().scratch(folder).processes(1).filesPerProcess(filesPerProcess).limits(limits)
                .classPath(classPath).program(Misbehaving.class.getName()).open();
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
        try (Extractor extractor = open(2)) {
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
