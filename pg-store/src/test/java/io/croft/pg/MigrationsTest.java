package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What goes with migrations: notes for those who go back, and functions that are defined a second time. */
class MigrationsTest {

    private static final Path NOTES = Path.of("../docs/migrations.md");
    private static final Pattern FUNCTION = Pattern.compile(
            "CREATE (?:OR REPLACE )?FUNCTION \\$\\{schema}\\.(\\w+)\\s*\\(.*?AS \\$fn\\$(.*?)\\$fn\\$", Pattern.DOTALL);

    /** Lines that a function lost when it was defined anew, on purpose. */
    private static final Map<String, List<String>> CHANGED = Map.of();

    /** The parts of each note, in their order, without marks. */
    private static Map<String, List<String>> notes() throws IOException {
        Map<String, List<String>> notes = new HashMap<>();
        Matcher note =
                Pattern.compile("(?ms)^### `(V\\w+\\.sql)`\n\n(.*?)(?=^##|\\z)").matcher(Files.readString(NOTES));
        while (note.find()) {
            List<String> parts = Pattern.compile("(?m)^- \\*\\*").splitAsStream(note.group(2)).skip(1).toList();
            assertThat(notes.put(note.group(1), parts)).as("second note of %s", note.group(1)).isNull();
        }
        return notes;
    }

    @Test
    void everyMigration_hasANoteForWhoGoesBack() throws IOException {
        Map<String, List<String>> notes = notes();

        assertThat(notes).containsOnlyKeys(Migrations.FILES);
        notes.forEach((file, parts) -> {
            assertThat(parts).as(file).extracting(part -> part.substring(0, part.indexOf("**")))
                    .containsExactly("Adds", "Beside it", "Going back");
            assertThat(parts).as(file).allSatisfy(
                    part -> assertThat(part.substring(part.indexOf("**")).strip()).hasSizeGreaterThan(30));
        });
    }

    @Test
    void notes_areInTheOrderOfTheMigrations() throws IOException {
        String page = Files.readString(NOTES);

        assertThat(Migrations.FILES).isSortedAccordingTo(
                (one, other) -> Integer.compare(page.indexOf("### `" + one), page.indexOf("### `" + other)));
        assertThat(Migrations.FILES).isSorted();
    }

    /**
     * A function that is defined anew has what it had before, line by line: whoever changes the older definition finds
     * here that there is a newer one.
     */
    @Test
    void functionsThatAreDefinedAnew_keepWhatTheyDid() {
        Map<String, String> bodies = new HashMap<>();
        Map<String, List<String>> lost = new HashMap<>();
        for (String file : Migrations.FILES) {
            Matcher function = FUNCTION.matcher(Migrations.read("migration/" + file));
            while (function.find()) {
                String before = bodies.put(function.group(1), function.group(2));
                if (before != null) {
                    lost.put(file + " " + function.group(1), lost(before, function.group(2)));
                }
            }
        }

        assertThat(lost).isEqualTo(CHANGED);
        assertThat(bodies).hasSizeGreaterThan(80);
    }

    /** The lines of one text that another does not have at their place. */
    private static List<String> lost(String before, String after) {
        List<String> now = after.lines().map(String::strip).toList();
        List<String> lost = new ArrayList<>();
        int from = 0;
        for (String line : before.lines().map(String::strip).filter(one -> !one.isEmpty()).toList()) {
            int at = now.subList(from, now.size()).indexOf(line);
            if (at < 0) {
                lost.add(line);
            } else {
                from += at + 1;
            }
        }
        return lost;
    }

    /** The check that a line is missed. */
    @Test
    void lostLines_areFound() {
        assertThat(lost("a\n  b\n\nc\nb", "a\nx\nb\nc\ny\n")).containsExactly("b");
        assertThat(lost("a", "")).containsExactly("a");
    }
}
