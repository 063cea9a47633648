package io.croft.lucene;

import static io.croft.lucene.Texts.await;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.InvalidInputException;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What indexes may take, however many there are. */
class BudgetTest {

    @TempDir
    Path root;

    @Test
    void weight_isTheLargestShare() {
        ReaderBudget budget = new ReaderBudget(100, 1_000_000, 1_000);

        assertThat(100L * budget.weight(1, 1)).as("a hundred small ones").isLessThanOrEqualTo(ReaderBudget.WHOLE);
        assertThat(101L * budget.weight(1, 1)).isGreaterThan(ReaderBudget.WHOLE);
        assertThat(10L * budget.weight(100_000, 1)).isLessThanOrEqualTo(ReaderBudget.WHOLE);
        assertThat(11L * budget.weight(100_000, 1)).isGreaterThan(ReaderBudget.WHOLE);
        assertThat(4L * budget.weight(1, 250)).isLessThanOrEqualTo(ReaderBudget.WHOLE);
        assertThat(5L * budget.weight(1, 250)).isGreaterThan(ReaderBudget.WHOLE);
        assertThat(budget.weight(5_000_000, 1)).as("one that is too large").isEqualTo(ReaderBudget.WHOLE);
    }

    @Test
    void mapBudget_isWithinWhatTheSystemAllows() {
        assertThat(ReaderBudget.ofThisSystem(1, 1).maps()).isBetween(10_000L, 40_000L);
    }

    @Test
    void readers_areBoundByTheirHeap() throws Exception {
        long budget = 1 << 20;
        try (LuceneIndex index = started(LuceneIndex.builder(root).readerBytes(budget))) {
            for (int i = 0; i < 150; i++) {
                IndexScope.PrivateIndex scope = scope("org-" + i);
                Texts.create(index, scope, checkpoint("0"), List.of(content(scope.org(), "a", 1, "word")));
                assertThat(having(index, scope, "word")).containsExactly("a");
            }

            await("readers beyond the budget are closed", () -> index.stats().readerHeapBytes() <= budget);
            assertThat(index.stats().openReaders()).isBetween(10, 100);
            assertThat(index.stats().evictions()).isPositive();
            for (int i = 0; i < 150; i++) {
                assertThat(having(index, scope("org-" + i), "word")).containsExactly("a");
            }
        }
    }

    @Test
    void openingAndClosing_thousandsOfTimes_leavesNoMaps() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/maps")), "this system does not tell of memory maps");
        assertThat(ReaderBudget.processMaps()).isPositive();
        int orgs = 60;
        try (LuceneIndex index = started(LuceneIndex.builder(root).openReaders(1))) {
            for (int i = 0; i < orgs; i++) {
                IndexScope.PrivateIndex scope = scope("org-" + i);
                Texts.create(index, scope, checkpoint("0"), List.of(content(scope.org(), "a", 1, "word")));
            }
            cycle(index, orgs, 10);
            await("readers are closed", () -> index.stats().openReaders() <= 1);
            int before = mapsOfIndexes();

            cycle(index, orgs, 60);

            await("readers are closed", () -> index.stats().openReaders() <= 1);
            assertThat(index.stats().evictions()).isGreaterThan(3_000);
            assertThat(mapsOfIndexes()).isLessThanOrEqualTo(before + 2).isLessThan(10);
        }
        await("no map is left", () -> mapsOfIndexes() == 0);
    }

    @Test
    void writersAndTheirMemory_areBound_howeverManyIndexesAreWritten() throws Exception {
        long buffer = 32L << 20;
        int orgs = 120;
        List<String> most = new ArrayList<>();
        try (LuceneIndex index = started(LuceneIndex.builder(root).bufferBytes(buffer));
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < orgs; i++) {
                Texts.create(index, scope("org-" + i));
            }
            String text = "several words of some length ".repeat(2_000);
            List<Future<?>> writing = new ArrayList<>();
            for (int i = 0; i < 8 * orgs; i++) {
                int number = i;
                writing.add(threads.submit(() -> {
                    IndexScope.PrivateIndex scope = scope("org-" + number % orgs);
                    index.apply(scope, List.of(content(scope.org(), "d" + number, 1, text + number)),
                            checkpoint("" + number));
                    IndexStats stats = index.stats();
                    if (stats.openWriters() > 32 || stats.bufferedBytes() > buffer + (4 << 20)) {
                        synchronized (most) {
                            most.add(stats.toString());
                        }
                    }
                }));
            }
            for (Future<?> one : writing) {
                one.get();
            }

            assertThat(most).isEmpty();
            assertThat(index.stats().openWriters()).isBetween(2, 32);
            assertThat(having(index, scope("org-5"), "word")).hasSize(8);
        }
    }

    @Test
    void start_opensNothing() {
        try (LuceneIndex index = started(root)) {
            for (int i = 0; i < 20; i++) {
                Texts.create(index, scope("org-" + i));
            }
        }
        try (LuceneIndex index = started(root)) {
            assertThat(index.privateIndexes()).hasSize(20);
            assertThat(index.stats()).extracting(IndexStats::indexes, IndexStats::openReaders, IndexStats::coldOpens)
                    .containsExactly(0, 0, 0L);

            index.open(scope("org-3"));

            assertThat(index.stats()).extracting(IndexStats::indexes, IndexStats::openReaders, IndexStats::coldOpens)
                    .containsExactly(1, 1, 1L);
        }
    }

    @Test
    void settings_outsideTheirLimits_areRefused() {
        LuceneIndex.Builder builder = LuceneIndex.builder(root);

        assertThatThrownBy(() -> builder.readerBytes(1000)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("1000");
        assertThatThrownBy(() -> builder.idleAfter(Duration.ZERO)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder.keepPrevious(Duration.ofDays(366))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> builder.keepPrevious(Duration.ofSeconds(-1)))
                .isInstanceOf(InvalidInputException.class);
    }

    private static void cycle(LuceneIndex index, int orgs, int rounds) {
        for (int i = 0; i < orgs * rounds; i++) {
            having(index, scope("org-" + i % orgs), "word");
        }
    }

    private int mapsOfIndexes() {
        try {
            return (int) Files.readAllLines(Path.of("/proc/self/maps")).stream()
                    .filter(line -> line.contains(root.toString())).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
