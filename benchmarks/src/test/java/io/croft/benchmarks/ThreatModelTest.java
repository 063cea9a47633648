package io.croft.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the threat model and the pages about security and migrations name is there. */
class ThreatModelTest {

    private static final Path ROOT = Path.of("..");
    private static final Path DOCS = ROOT.resolve("docs");
    private static final String HEAD = "| threat | code | shown by | what is left |";

    /** The names of all sources, without their ends, by whether they are tests; migrations with theirs. */
    private static Set<String> sources(boolean tests) throws IOException {
        String folder = tests ? "/src/test/" : "/src/main/";
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.map(Path::toString).filter(file -> file.contains(folder))
                    .filter(file -> file.endsWith(".java") || file.endsWith(".sql"))
                    .map(file -> file.substring(file.lastIndexOf('/') + 1).replace(".java", ""))
                    .collect(Collectors.toSet());
        }
    }

    private static List<List<String>> threats() throws IOException {
        List<List<String>> threats = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(DOCS.resolve("threat-model.md"))) {
            if (!line.startsWith("|")) {
                inside = false;
            } else if (line.equals(HEAD)) {
                inside = true;
            } else if (inside && !line.startsWith("|---")) {
                threats.add(Arrays.stream(line.substring(1).split("\\|", -1)).map(String::strip).toList());
            }
        }
        return threats;
    }

    private static List<String> names(String cell) {
        return Pattern.compile("`([A-Z]\\w+(?:\\.sql)?|roles\\.sql)`").matcher(cell).results()
                .map(name -> name.group(1)).toList();
    }

    @Test
    void everyThreat_namesCodeAndTestThatThereAre() throws IOException {
        Set<String> code = sources(false);
        Set<String> tests = sources(true);
        Set<String> missing = new TreeSet<>();
        Set<String> all = new TreeSet<>(code);
        all.addAll(tests);

        List<List<String>> threats = threats();

        assertThat(threats).hasSizeGreaterThan(30).allSatisfy(threat -> {
            assertThat(threat).as("cells and the end of the line").hasSize(5);
            assertThat(threat.get(0)).isNotEmpty();
            assertThat(names(threat.get(1))).as("code of: " + threat.get(0)).isNotEmpty();
            assertThat(names(threat.get(2))).as("tests of: " + threat.get(0)).isNotEmpty()
                    .anySatisfy(name -> assertThat(name).endsWith("Test"));
            names(threat.get(1)).stream().filter(name -> !all.contains(name)).forEach(missing::add);
            names(threat.get(2)).stream().filter(name -> !all.contains(name)).forEach(missing::add);
            names(threat.get(2)).stream().filter(name -> name.endsWith("Test"))
                    .filter(name -> !tests.contains(name)).forEach(missing::add);
        });
        assertThat(missing).as("what is named and is not there").isEmpty();
    }

    /** In the folders of these pages, and the headings within. */
    @Test
    void links_leadSomewhere() throws IOException {
        List<String> dead = new ArrayList<>();
        for (String page : List.of("threat-model.md", "security.md", "migrations.md", "export.md", "audit.md")) {
            Matcher link = Pattern.compile("]\\(([^)\\s]+)\\)").matcher(Files.readString(DOCS.resolve(page)));
            while (link.find()) {
                String target = link.group(1);
                if (!target.startsWith("http") && !leads(page, target)) {
                    dead.add(page + ": " + target);
                }
            }
        }

        assertThat(dead).isEmpty();
    }

    private static boolean leads(String page, String target) throws IOException {
        int anchor = target.indexOf('#');
        String name = anchor < 0 ? target : target.substring(0, anchor);
        Path file = DOCS.resolve(name.isEmpty() ? page : name).normalize();
        if (!Files.exists(file) || anchor < 0) {
            return Files.exists(file);
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith("#")).map(ThreatModelTest::anchor)
                    .anyMatch(target.substring(anchor + 1)::equals);
        }
    }

    /** As GitHub makes it. */
    private static String anchor(String heading) {
        return heading.replaceFirst("^#+ +", "").toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "")
                .replace(' ', '-');
    }
}
