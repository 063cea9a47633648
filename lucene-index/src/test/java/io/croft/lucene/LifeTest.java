package io.croft.lucene;

import static io.croft.lucene.Texts.await;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.files;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.ErasureReceipt.IndexFiles;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.search.Fields;
import io.croft.search.Source;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.QueryText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots, generations that come back, merging while nobody looks, and what is left of what was deleted. */
class LifeTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final OrgId ORG = ACME.org();

    private static final Duration NEVER = Duration.ofDays(365);
    private static final int SMALL_GRAPH = 1000;

    @TempDir
    Path root;

    @TempDir
    Path elsewhere;

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "snapshot.zip"})
    void snapshot_comesBack_andGoesOnFromItsCheckpoint(String name) {
        Path snapshot = elsewhere.resolve(name);
        AtomicInteger suspected = new AtomicInteger();
        try (LuceneIndex index = LuceneIndex.at(root)) {
            index.start(new IndexSchema(Texts.MODEL, Fields.undeclared()), event -> {
                if (event.step() == Step.SUSPECTED) {
                    suspected.incrementAndGet();
                    assertThat(having(index, ACME, "word")).as("nobody sees the old one before it is doubted")
                            .containsExactly("a", "b", "c");
                }
            });
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "a", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "b", 1, "word")), checkpoint("2"));

            assertThat(index.snapshot(ACME, snapshot)).isEqualTo(checkpoint("2"));

            index.apply(ACME, List.of(content(ORG, "c", 1, "word")), checkpoint("3"));
            try (IndexSession before = index.session(ACME, Long.MAX_VALUE)) {
                index.restore(ACME, snapshot);

                assertThat(before.size()).as("an open session keeps what it sees").isEqualTo(3);
            }
            assertThat(suspected.get()).as("whoever follows the log is told").isEqualTo(1);
            assertThat(having(index, ACME, "word")).containsExactly("a", "b");
            assertThatThrownBy(() -> index.apply(ACME, List.of(), checkpoint("4"))).as("or a change would be skipped")
                    .isInstanceOf(CroftException.class).hasMessageContaining("open it again");
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("2")));
            index.apply(ACME, List.of(content(ORG, "c", 1, "word")), checkpoint("3"));
            index.commit(ACME);
        }
        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("3")));
            assertThat(having(again, ACME, "word")).containsExactly("a", "b", "c");
        }
    }

    @Test
    void snapshot_bringsALostIndexBack() {
        Path snapshot = elsewhere.resolve("snapshot.zip");
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "a", 1, "word")));
            index.snapshot(ACME, snapshot);
            index.drop(ACME);

            index.restore(ACME, snapshot);

            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
            assertThat(having(index, ACME, "word")).containsExactly("a");
        }
    }

    @Test
    void restore_refusesWhatIsNotThisIndex_andLeavesItAsItWas() throws IOException {
        IndexScope.PrivateIndex other = scope("other");
        IndexScope.PrivateIndex reborn = new IndexScope.PrivateIndex(ORG, UUID.randomUUID());
        Path snapshot = elsewhere.resolve("snapshot");
        Path damaged = elsewhere.resolve("damaged");
        Path empty = Files.createDirectory(elsewhere.resolve("empty"));
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "a", 1, "secret")));
            Texts.create(index, other, checkpoint("1"), List.of(content(other.org(), "x", 1, "word")));
            index.snapshot(ACME, snapshot);
            Texts.copy(snapshot, damaged);
            Path file = files(damaged).stream().filter(one -> one.toString().endsWith(".cfs")).findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);

            assertThatThrownBy(() -> index.restore(other, snapshot)).isInstanceOf(CroftException.class)
                    .hasMessageContaining("croft.org");
            assertThatThrownBy(() -> index.restore(reborn, snapshot)).isInstanceOf(CroftException.class)
                    .hasMessageContaining("croft.incarnation");
            assertThatThrownBy(() -> index.restore(ACME, damaged)).isInstanceOf(CroftException.class);
            assertThatThrownBy(() -> index.restore(ACME, empty)).isInstanceOf(CroftException.class);
            assertThatThrownBy(() -> index.restore(ACME, elsewhere.resolve("missing")))
                    .isInstanceOf(CroftException.class).hasMessageContaining("missing");
            assertThatThrownBy(() -> index.snapshot(ACME, snapshot)).isInstanceOf(InvalidInputException.class);

            assertThat(having(index, other, "word")).containsExactly("x");
            assertThat(having(index, ACME, "secret")).containsExactly("a");
            assertThat(files(root.resolve("work"))).isEmpty();
        }
    }

    @Test
    void rollBack_underManySearches_failsNone() throws Exception {
        AtomicBoolean going = new AtomicBoolean(true);
        AtomicInteger searches = new AtomicInteger();
        try (LuceneIndex index = started(LuceneIndex.builder(root).keepPrevious(Duration.ofHours(1)));
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Texts.create(index, ACME, checkpoint("old"), List.of(content(ORG, "old", 1, "word")));
            List<Future<?>> searching = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                searching.add(threads.submit(() -> {
                    while (going.get()) {
                        assertThat(having(index, ACME, "word")).hasSize(1).containsAnyOf("old", "new");
                        searches.incrementAndGet();
                    }
                }));
            }
            for (int round = 0; round < 20; round++) {
                Texts.create(index, ACME, checkpoint("new"), List.of(content(ORG, "new", 1, "word")));
                assertThat(having(index, ACME, "word")).containsExactly("new");

                assertThat(index.rollBack(ACME)).isTrue();

                assertThat(having(index, ACME, "word")).containsExactly("old");
                assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("old")));
                assertThat(index.rollBack(ACME)).as("there is one generation before, not two").isFalse();
            }
            going.set(false);
            for (Future<?> one : searching) {
                one.get();
            }
        }
        assertThat(searches.get()).isGreaterThan(20);
        try (LuceneIndex again = started(root)) {
            assertThat(having(again, ACME, "word")).as("it lasts").containsExactly("old");
        }
    }

    @Test
    void previousGeneration_isNotKept_unlessAskedFor_orPastItsTime() throws Exception {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "old", 1, "word")));
            Texts.create(index, ACME, checkpoint("2"), List.of(content(ORG, "new", 1, "word")));

            assertThat(index.rollBack(ACME)).isFalse();
        }
        try (LuceneIndex index = started(LuceneIndex.builder(root).keepPrevious(Duration.ofNanos(1)))) {
            index.open(ACME);
            Texts.create(index, ACME, checkpoint("3"), List.of(content(ORG, "newer", 1, "word")));

            index.tidy(Duration.ofDays(1), NEVER);

            assertThat(index.rollBack(ACME)).isFalse();
            await("the files are gone",
                    () -> files(root.resolve("orgs")).stream().noneMatch(file -> file.toString().contains("/g2/")));
        }
    }

    @Test
    void idleIndex_isMergedIntoOneSegment_andOneInUseIsNot() throws Exception {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "word")));
            for (int i = 1; i < 5; i++) {
                index.apply(ACME, List.of(content(ORG, "b" + i, 1, "word"), content(ORG, "a", 1 + i, "word")),
                        checkpoint("" + i));
                index.commit(ACME);
            }
            assertThat(segments()).isGreaterThan(1);

            index.tidy(Duration.ofHours(1), NEVER);
            assertThat(index.stats().openWriters()).isEqualTo(1);
            assertThat(segments()).as("what was replaced apart, nothing was merged").isGreaterThan(1);

            await("it was merged", () -> {
                index.tidy(Duration.ZERO, NEVER);
                return index.stats().tidyings() == 1;
            });
            await("one segment is left", () -> segments() == 1);
            assertThat(index.stats().openWriters()).isZero();
            assertThat(having(index, ACME, "word")).containsExactly("a", "b1", "b2", "b3", "b4");
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                assertThat(session.statistics(QueryText.of("word")).chunks()).as("nothing that was replaced")
                        .isEqualTo(5);
            }
            index.tidy(Duration.ZERO, NEVER);
            assertThat(index.stats().openWriters()).as("there is nothing left to do").isZero();
        }
        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("4")));
        }
    }

    @Test
    void idleIndex_staysMergedIfItIsCommittedMeanwhile() throws Exception {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "word")));
            for (int i = 1; i < 5; i++) {
                index.apply(ACME, List.of(content(ORG, "b" + i, 1, "word")), checkpoint("" + i));
                index.commit(ACME);
            }
            index.tidy(Duration.ZERO, NEVER);
            index.commit(ACME);

            await("it was merged", () -> {
                index.tidy(Duration.ZERO, NEVER);
                return index.stats().tidyings() == 1;
            });
            await("one segment is left", () -> segments() == 1);
        }
        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("4")));
            assertThat(segments()).isEqualTo(1);
        }
    }

    @Test
    void idleIndex_isNotMergedIntoASegmentThatGetsAGraph() throws Exception {
        try (LuceneIndex index = started(root)) {
            List<ContentChunks> half = new ArrayList<>();
            for (int i = 0; i < SMALL_GRAPH / 2; i++) {
                half.add(content(ORG, "a" + i, 1, "word " + i));
            }
            Texts.create(index, ACME, checkpoint("0"), half);
            index.apply(ACME, half.stream().map(one -> content(ORG, "b" + one.key().id(), 1, "word")).toList(),
                    checkpoint("1"));
            index.commit(ACME);
        }
        long segments = segments();
        assertThat(segments).isGreaterThan(1);

        try (LuceneIndex index = started(
                LuceneIndex.builder(root).graphsBeyond(Source.PRIVATE, SMALL_GRAPH))) {
            index.open(ACME);
            index.tidy(Duration.ZERO, NEVER);

            assertThat(index.stats().openWriters()).as("no merge was begun").isZero();
        }
        assertThat(segments()).isEqualTo(segments);
        try (LuceneIndex index = started(root)) {
            index.open(ACME);
            index.tidy(Duration.ZERO, NEVER);

            assertThat(index.stats().openWriters()).as("it is merged where no graph begins").isEqualTo(1);
            await("one segment is left", () -> {
                index.tidy(Duration.ZERO, NEVER);
                return segments() == 1;
            });
        }
    }

    @Test
    void changesDuringIdleMerging_areKept() throws Exception {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "word")));
            for (int i = 1; i < 30; i++) {
                index.apply(ACME, List.of(content(ORG, "b" + i, 1, "word")), checkpoint("" + i));
                index.commit(ACME);
                index.tidy(Duration.ZERO, NEVER);
            }
            assertThat(having(index, ACME, "word")).hasSize(30);
        }
        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("29")));
            assertThat(having(again, ACME, "word")).hasSize(30);
        }
    }

    @Test
    void rewrite_leavesNoByteOfWhatWasDeleted() throws Exception {
        String secret = "Zyzzogeton";
        try (LuceneIndex index = started(root)) {
            List<ContentChunks> many = new ArrayList<>();
            for (int i = 0; i < 90; i++) {
                many.add(content(ORG, "d" + i, 1, "word " + i));
            }
            many.add(content(ORG, "secret", 1, secret));
            Texts.create(index, ACME, checkpoint("0"), many);
            index.apply(ACME, List.of(content(ORG, "secret", 0)), checkpoint("1"));
            index.commit(ACME);
            assertThat(found(secret)).as("a deletion alone leaves the bytes").isTrue();

            index.rewrite(ACME);

            assertThat(having(index, ACME, "word")).hasSize(90);
            await("no byte is left", () -> !found(secret));
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
            index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("2"));
        }
    }

    @Test
    void rewrite_leavesNoGenerationBefore_thatCouldBringBackWhatWasDeleted() throws Exception {
        String secret = "Zyzzogeton";
        try (LuceneIndex index = started(LuceneIndex.builder(root).keepPrevious(Duration.ofHours(1)))) {
            Texts.create(index, ACME, checkpoint("old"),
                    List.of(content(ORG, "a", 1, "word"), content(ORG, "secret", 1, secret)));
            Texts.create(index, ACME, checkpoint("new"), List.of(content(ORG, "a", 1, "word")));
            assertThat(found(secret)).as("the generation before is kept").isTrue();

            index.rewrite(ACME);

            await("its folder is gone",
                    () -> files(root).stream().noneMatch(file -> file.toString().contains("/g1/")) && !found(secret));
            assertThat(index.rollBack(ACME)).isFalse();
            assertThat(having(index, ACME, "word")).containsExactly("a");
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("new")));
        }
    }

    @Test
    void indexInUse_losesTheBytesOfWhatWasDeletedAsWell() throws Exception {
        String secret = "Zyzzogeton";
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"),
                    List.of(content(ORG, "a", 1, "word"), content(ORG, "secret", 1, secret)));
            index.apply(ACME, List.of(content(ORG, "secret", 0)), checkpoint("1"));
            index.commit(ACME);
            index.tidy(NEVER, NEVER);
            assertThat(found(secret)).isTrue();

            await("no byte is left", () -> {
                index.tidy(NEVER, Duration.ZERO);
                return having(index, ACME, "word").size() == 1 && !found(secret);
            });

            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
        }
    }

    @Test
    void indexInUseThatNobodySearchesAnyMore_losesThemToo() throws Exception {
        String secret = "Zyzzogeton";
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"),
                    List.of(content(ORG, "a", 1, "word"), content(ORG, "secret", 1, secret)));
            index.session(ACME, Long.MAX_VALUE).close();
            index.apply(ACME, List.of(content(ORG, "secret", 0)), checkpoint("1"));
            index.commit(ACME);
            assertThat(found(secret)).isTrue();

            await("no byte is left", () -> {
                index.tidy(NEVER, Duration.ZERO);
                return !found(secret);
            });

            assertThat(having(index, ACME, "word")).containsExactly("a");
        }
    }

    @Test
    void idleIndexThatIsNotMergedIntoOneSegment_losesThemToo() throws Exception {
        String secret = "Zyzzogeton";
        try (LuceneIndex index = started(
                LuceneIndex.builder(root).graphsBeyond(Source.PRIVATE, SMALL_GRAPH))) {
            List<ContentChunks> many = new ArrayList<>();
            for (int i = 0; i < SMALL_GRAPH; i++) {
                many.add(content(ORG, "a" + i, 1, "word"));
            }
            many.add(content(ORG, "secret", 1, secret));
            Texts.create(index, ACME, checkpoint("0"), many);
            index.apply(ACME, List.of(content(ORG, "secret", 0)), checkpoint("1"));
            index.commit(ACME);
            index.tidy(Duration.ZERO, NEVER);
            index.tidy(Duration.ZERO, NEVER);
            assertThat(found(secret)).isTrue();

            await("no byte is left", () -> {
                index.tidy(Duration.ZERO, Duration.ZERO);
                return !found(secret);
            });

            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
        }
    }

    @Test
    void drop_saysWhatItRemoved() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "word")));
            List<Path> files = files(root.resolve("orgs"));
            long bytes = files.stream().mapToLong(file -> file.toFile().length()).sum();

            IndexFiles erased = index.drop(ACME);

            assertThat(erased).isEqualTo(new IndexFiles(files.size(), bytes, 0));
            assertThat(files(root)).containsExactly(root.resolve("croft.lock"));
            assertThat(index.drop(ACME)).isEqualTo(new IndexFiles(0, 0, 0));
        }
    }

    private long segments() {
        return files(root.resolve("orgs")).stream().filter(file -> file.toString().endsWith(".cfs")).count();
    }

    /** Whether any file has these characters, whichever way they were stemmed. */
    private boolean found(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return files(root).stream().anyMatch(file -> {
            try {
                return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                        .toLowerCase(Locale.ROOT).contains(lower);
            } catch (IOException gone) {
                return true;
            }
        });
    }
}
