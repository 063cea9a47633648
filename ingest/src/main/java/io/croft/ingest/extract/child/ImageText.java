package io.croft.ingest.extract.child;

import io.croft.ingest.extract.Outcome;
import io.croft.ingest.extract.Outcome.Status;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;

/** Recognises text in images with Tesseract, a process for each image. */
final class ImageText {

    private static final long MAX_TEXT_BYTES = 8 << 20;

    private final List<String> command;
    private final long seconds;

    /**
     * What recognises text.
     *
     * @param command the program and its arguments but the files
     * @param seconds how long one image may take
     */
    ImageText(List<String> command, long seconds) {
        this.command = List.copyOf(command);
        this.seconds = seconds;
    }

    /** Writes the paragraphs of an image; false if there are none. */
    boolean read(BufferedImage image, TextWriter writer) throws IOException, InterruptedException {
        Path picture = Files.createTempFile("image", ".png");
        Path result = Path.of(picture + ".txt");
        try {
            ImageIO.write(image, "png", picture.toFile());
            run(picture);
            if (!Files.exists(result) || Files.size(result) > MAX_TEXT_BYTES) {
                return false;
            }
            String text = Files.readString(result).replace("\f", "");
            PlainTextReader.paragraphs(text, writer);
            return text.codePoints().anyMatch(Character::isLetterOrDigit);
        } finally {
            Files.deleteIfExists(picture);
            Files.deleteIfExists(result);
        }
    }

    private void run(Path picture) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(command.getFirst(), picture.toString(), picture.toString()));
        line.addAll(command.subList(1, command.size()));
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        // One thread: images are read beside one another, and a page gains little from more.
        builder.environment().put("OMP_THREAD_LIMIT", "1");
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new StopException(Outcome.of(Status.TIMEOUT, "Recognising the text of an image took longer than "
                    + seconds + " seconds.", "Scale the image down, or raise the limit of time."));
        }
        if (process.exitValue() != 0) {
            throw new StopException(Outcome.of(Status.CRASHED, "Tesseract, which recognises the text of images, ended"
                    + " with status " + process.exitValue() + ".",
                    "Run it by hand on the host, without its environment, to see why; then ingest the file again."));
        }
    }
}
