package io.croft.ingest.extract;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The program that recognises text in images, as it is installed.
 *
 * @param program    where it is
 * @param arguments  the languages and the way of looking at a page
 */
record Tesseract(Path program, List<String> arguments) {

    private static final Logger LOG = LoggerFactory.getLogger(Tesseract.class);
    private static final int MAX_LIST_BYTES = 64 * 1024;
    private static final long SECONDS_TO_ANSWER = 20;

    Tesseract {
        arguments = List.copyOf(arguments);
    }

    /** What is installed, if all languages are, also without the host's environment; else the log says what is not. */
    static Optional<Tesseract> find(Optional<Path> given, List<String> languages) {
        Optional<Path> program = given.or(Tesseract::onPath).map(Path::toAbsolutePath);
        if (program.isEmpty() || !Files.isExecutable(program.get())) {
            LOG.info("Text in images is not recognised: {}. Install tesseract-ocr for it",
                    program.map(path -> path + " cannot be run").orElse("there is no tesseract on the PATH"));
            return Optional.empty();
        }
        List<String> installed = installed(program.get());
        List<String> missing = languages.stream().filter(name -> !installed.contains(name)).toList();
        if (!missing.isEmpty()) {
            LOG.info("Text in images is not recognised: {} has no {}. Install the language packages for it",
                    program.get(), missing);
            return Optional.empty();
        }
        List<String> arguments = new ArrayList<>(List.of("-l", String.join("+", languages)));
        // With osd, Tesseract turns pages upright by itself.
        arguments.addAll(List.of("--psm", installed.contains("osd") ? "1" : "3"));
        return Optional.of(new Tesseract(program.get(), arguments));
    }

    private static Optional<Path> onPath() {
        String name = File.separatorChar == '\\' ? "tesseract.exe" : "tesseract";
        String path = System.getenv().getOrDefault("PATH", "");
        for (String folder : path.split(File.pathSeparator, -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
                return Optional.of(Path.of(folder, name));
            }
        }
        return Optional.empty();
    }

    /** The languages that it lists; none if it does not answer. */
    private static List<String> installed(Path program) {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder(program.toString(), "--list-langs").redirectErrorStream(true);
            // As it will run: what only the host's environment leads to would be missed then.
            builder.environment().clear();
            process = builder.start();
        } catch (IOException e) {
            LOG.info("{} does not start", program, e);
            return List.of();
        }
        Thread killer = Thread.startVirtualThread(() -> endLate(process));
        try {
            byte[] list = process.getInputStream().readNBytes(MAX_LIST_BYTES);
            return new String(list, StandardCharsets.UTF_8).lines().map(String::strip).toList();
        } catch (IOException e) {
            LOG.info("{} does not list its languages", program, e);
            return List.of();
        } finally {
            killer.interrupt();
            process.destroyForcibly();
        }
    }

    private static void endLate(Process process) {
        try {
            if (!process.waitFor(SECONDS_TO_ANSWER, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            // It has answered; nothing else is done in this thread.
            Thread.currentThread().interrupt();
        }
    }
}
