package io.croft.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {

    /** A line of an answer: place, source, …, score, its two parts, cosine. */
    private static final Pattern HIT = Pattern.compile(
            "^ *\\d+ +(?:private|market) .* (\\d\\.\\d{3}) +(\\d\\.\\d{3}) +(\\d\\.\\d{3}) +-?\\d\\.\\d{3} *$",
            Pattern.MULTILINE);

    @TempDir
    private Path folder;

    @Test
    void run_tellsTheWholeStoryAndEndsWithZero() throws Exception {
        String output = run();

        assertThat(output).contains("87 of 87 searchable");
        assertThat(section(output, "Riding school asks: \"What do we charge"))
                .containsPattern("1 +private +Riding school");
        assertThat(section(output, "Riding school asks: \"Where can I get")).containsPattern("1 +market +Saddlery");
        assertThat(section(output, "Riding school asks: \"calm horse")).containsPattern("private +Riding school")
                .containsPattern(" market ");
        assertThat(section(output, "Vet practice asks")).doesNotContainPattern("private +Riding school")
                .contains("private documents it sees 0");
        assertThat(output).containsPattern("newsletter +fails twice, then succeeds +completed +3 ")
                .containsPattern("label +fails until its attempts are used up +dead +2 ")
                .containsPattern("label +somebody brings paper and redrives it +completed +1 ").contains("Done in");
        assertScoresAddUp(output);
    }

    @Test
    void run_answersOverTheUsersOwnFolder() throws Exception {
        Files.createDirectory(folder.resolve("sub"));
        Files.writeString(folder.resolve("soup.md"), "# Soup\n\nLeeks and potatoes, simmered for an hour.");
        Files.writeString(folder.resolve("sub/bike.txt"), "The rear brake of the bicycle squeals when it rains.");
        Files.writeString(folder.resolve("empty.txt"), " ");
        Files.writeString(folder.resolve("ignored.bin"), "nothing");
        Files.writeString(folder.resolve("large.txt"), "word ".repeat(300_000));

        String output = run("-Dcroft.demo.folder=" + folder, "-Dcroft.demo.query=noisy brakes in wet weather");

        assertThat(output).contains("2 documents stored").contains("left out").contains("empty.txt")
                .containsPattern("1 +private +You +bike.txt");
    }

    private String run(String... properties) throws IOException, InterruptedException {
        Path log = Files.createTempFile("quickstart", ".log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of(properties));
        command.addAll(List.of("-classpath", System.getProperty("java.class.path"), Quickstart.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            boolean ended = process.waitFor(3, TimeUnit.MINUTES);
            String output = Files.readString(log, StandardCharsets.UTF_8);
            assertThat(ended).as("ends in time; it printed: %s", output).isTrue();
            assertThat(process.exitValue()).as(output).isZero();
            return output;
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(log);
        }
    }

    /** Meaning is at most .65 of a score, words .35, and nothing else adds to it; the numbers shown are rounded. */
    private static void assertScoresAddUp(String output) {
        List<MatchResult> hits = HIT.matcher(output).results().toList();
        assertThat(hits).as("hits in %s", output).hasSizeGreaterThan(10);
        assertThat(hits).allSatisfy(hit -> {
            double vector = Double.parseDouble(hit.group(2));
            double text = Double.parseDouble(hit.group(3));
            assertThat(vector).as(hit.group()).isBetween(0.0, 0.65);
            assertThat(text).as(hit.group()).isBetween(0.0, 0.35);
            assertThat(Double.parseDouble(hit.group(1))).as(hit.group()).isCloseTo(vector + text, within(0.0015));
        });
        assertThat(hits).as("the best by its words has all of that part").anySatisfy(
                hit -> assertThat(hit.group(3)).isEqualTo("0.350"));
    }

    /** From a heading to the next empty line. */
    private static String section(String output, String heading) {
        int start = output.indexOf(heading);
        assertThat(start).as("%s in %s", heading, output).isNotNegative();
        int end = output.indexOf("\n\n", start);
        return output.substring(start, end < 0 ? output.length() : end);
    }
}
