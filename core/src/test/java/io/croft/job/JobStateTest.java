package io.croft.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The states as the type has them are those that the documentation draws; stores show theirs in their contract. */
class JobStateTest {

    private static final Path PAGE = Path.of("../docs/job-states.md");
    private static final Pattern ARROW = Pattern.compile("\\s*(\\S+) --> ([A-Z]+|\\[\\*])(?::.*)?");
    private static final Pattern ROW = Pattern.compile("\\| (–|`[A-Z]+`(?:, `[A-Z]+`)*) \\| (.+?) \\|.*");
    private static final Pattern NAME = Pattern.compile("`([A-Z]+)`");
    private static final String OUTSIDE = "[*]";

    private static List<String> page() throws IOException {
        return Files.readAllLines(PAGE);
    }

    /** Who follows whom in the diagram; {@link #OUTSIDE} before the first and after the last. */
    private static Map<String, Set<String>> drawn() throws IOException {
        List<Matcher> arrows = page().stream().map(ARROW::matcher).filter(Matcher::matches).toList();
        return arrows.stream().collect(Collectors.groupingBy(arrow -> arrow.group(1),
                Collectors.mapping(arrow -> arrow.group(2), Collectors.toSet())));
    }

    private static Set<String> names(Set<JobState> states) {
        return states.stream().map(JobState::name).collect(Collectors.toSet());
    }

    @Test
    void diagram_hasTheTransitionsOfTheType() throws IOException {
        Map<String, Set<String>> drawn = drawn();

        for (JobState state : JobState.values()) {
            assertThat(drawn.get(state.name())).as("what is drawn after " + state)
                    .isEqualTo(state.isFinal() ? Set.of(OUTSIDE) : names(state.next()));
        }
        assertThat(drawn.get(OUTSIDE)).as("what is drawn first").containsExactlyInAnyOrder("READY", "SCHEDULED",
                "WAITING");
        assertThat(drawn).as("states that are drawn").hasSize(JobState.values().length + 1);
    }

    @Test
    void table_hasTheTransitionsOfTheType() throws IOException {
        Map<JobState, Set<JobState>> told = new EnumMap<>(JobState.class);
        for (String line : page()) {
            Matcher row = ROW.matcher(line);
            if (!row.matches()) {
                continue;
            }
            Set<JobState> froms = states(row.group(1));
            Set<JobState> tos = row.group(2).equals("either of them") ? froms : states(row.group(2));
            assertThat(tos).as("states in " + line).isNotEmpty();
            froms.forEach(from -> told.computeIfAbsent(from, key -> EnumSet.noneOf(JobState.class)).addAll(tos));
        }
        told.forEach((from, tos) -> tos.remove(from)); // what happens within a state

        for (JobState state : JobState.values()) {
            assertThat(told.getOrDefault(state, Set.of())).as("what the table has after " + state)
                    .isEqualTo(state.next());
        }
    }

    private static Set<JobState> states(String cell) {
        return NAME.matcher(cell).results().map(name -> JobState.valueOf(name.group(1))).collect(Collectors.toSet());
    }

    @Test
    void finalStates_areThoseThatNothingFollows() {
        assertThat(Arrays.stream(JobState.values()).filter(JobState::isFinal)).containsExactlyInAnyOrder(
                Arrays.stream(JobState.values()).filter(state -> state.next().isEmpty()).toArray(JobState[]::new));
    }

    @Test
    void everyState_canBeReached() {
        Set<JobState> reached = EnumSet.of(JobState.READY, JobState.SCHEDULED, JobState.WAITING);
        for (int i = 0; i < JobState.values().length; i++) {
            List.copyOf(reached).forEach(state -> reached.addAll(state.next()));
        }

        assertThat(reached).containsExactlyInAnyOrder(JobState.values());
    }
}
