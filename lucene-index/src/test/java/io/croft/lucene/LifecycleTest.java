package io.croft.lucene;

import static io.croft.lucene.Texts.MODEL;
import static io.croft.lucene.Texts.await;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.files;
import static io.croft.lucene.Texts.find;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.ids;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.QueryText;
import io.croft.spi.SearchTimeoutException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many indexes, few of them open; searches while everything else happens. */
class LifecycleTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final OrgId ORG = ACME.org();

    @TempDir
    Path root;

    @Test
    void eviction_underManySearches_neverClosesAReaderInUse_andLeaksNone() throws Exception {
        int most = 8;
        int orgs = 200;
        long seed = seed();
        AtomicInteger evicted = new AtomicInteger();
        try (LuceneIndex index = LuceneIndex.builder(root).openReaders(most).build()) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
                if (event.step() == Step.EVICTED) {
                    evicted.incrementAndGet();
                }
            });
            for (int i = 0; i < orgs; i++) {
                IndexScope.PrivateIndex scope = scope("org-" + i);
                Texts.create(index, scope, checkpoint("0"), List.of(content(scope.org(), "same", 1, "word of " + i)));
            }

            inParallel(8, number -> {
                Random random = new Random(seed + number);
                for (int i = 0; i < 500; i++) {
                    int org = random.nextInt(orgs);
                    IndexScope.PrivateIndex scope = scope("org-" + org);
                    if (random.nextInt(20) == 0 && org % 8 == number) {
                        index.apply(scope, List.of(content(scope.org(), "same", i, "word of " + org)),
                                checkpoint("" + i));
                    }
                    try (IndexSession session = index.session(scope, Long.MAX_VALUE)) {
                        List<Candidate> found = find(session, SearchMode.HYBRID, "word");
                        assertThat(found).hasSize(1);
                        assertThat(session.passages(found, QueryText.of("word"), Long.MAX_VALUE).getFirst().snippet())
                                .isEqualTo("word of " + org);
                    }
                }
            });

            assertThat(evicted.get()).isGreaterThan(100);
            await("only the readers that the cache keeps are open", () -> index.stats().openReaders() <= most);
            assertThat(index.stats().openWriters()).isLessThanOrEqualTo(32);
        }
    }

    @Test
    void eviction_losesNothingThatIsNotCommitted() throws Exception {
        try (LuceneIndex index = started(LuceneIndex.builder(root).openReaders(1))) {
            List<IndexScope.PrivateIndex> scopes = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                IndexScope.PrivateIndex scope = scope("org-" + i);
                scopes.add(scope);
                Texts.create(index, scope);
                index.apply(scope, List.of(content(scope.org(), "a", 1, "fresh")), checkpoint("1"));
            }

            for (IndexScope.PrivateIndex scope : scopes) {
                assertThat(having(index, scope, "fresh")).containsExactly("a");
                assertThat(index.open(scope)).isEqualTo(new Standing.Ready(checkpoint("1")));
            }
            assertThat(index.stats().openWriters()).isLessThanOrEqualTo(32);
            for (IndexScope.PrivateIndex scope : scopes) {
                index.apply(scope, List.of(content(scope.org(), "b", 1, "fresh")), checkpoint("2"));
                assertThat(having(index, scope, "fresh")).containsExactly("a", "b");
            }
        }
        try (LuceneIndex again = started(root)) {
            for (int i = 0; i < 50; i++) {
                assertThat(again.open(scope("org-" + i))).isEqualTo(new Standing.Ready(checkpoint("2")));
            }
        }
    }

    @Test
    void rebuild_underManySearches_failsNone() throws Exception {
        AtomicBoolean building = new AtomicBoolean(true);
        AtomicInteger searches = new AtomicInteger();
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), both(0));

            inParallel(4, number -> {
                if (number == 0) {
                    for (int round = 1; round <= 25; round++) {
                        Texts.create(index, ACME, checkpoint("" + round), both(round));
                        index.apply(ACME, List.of(), checkpoint("after " + round));
                    }
                    building.set(false);
                    return;
                }
                while (building.get()) {
                    try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                        List<Candidate> found = find(session, SearchMode.HYBRID, "word");
                        assertThat(ids(found)).containsExactly("a", "b");
                        assertThat(
                                session.passages(found, QueryText.of("word"), Long.MAX_VALUE).stream()
                                        .map(passage -> passage.snippet())
                                        .distinct())
                                .as("one generation alone").hasSize(1);
                        searches.incrementAndGet();
                    }
                }
            });

            assertThat(searches.get()).isGreaterThan(50);
            await("one reader is left", () -> index.stats().openReaders() <= 1);
            await("one generation is left", () -> files(root.resolve("orgs")).stream()
                    .map(file -> file.toString().replaceAll(".*/(g[0-9]+)/.*", "$1")).distinct().count() == 1);
            await("the trash is empty", () -> files(root.resolve("trash")).isEmpty());
        }
    }

    @Test
    void drop_letsOpenSessionsEnd_andRemovesTheFiles() throws Exception {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "word")));

            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                index.drop(ACME);

                assertThat(index.privateIndexes()).isEmpty();
                assertThatThrownBy(() -> index.session(ACME, Long.MAX_VALUE)).isInstanceOf(CroftException.class);
                List<Candidate> found = find(session, SearchMode.HYBRID, "word");
                assertThat(session.passages(found, QueryText.of("word"), Long.MAX_VALUE).getFirst().snippet())
                        .isEqualTo("word");
            }

            await("all files are gone", () -> files(root).stream()
                    .allMatch(file -> file.endsWith("croft.lock")));
            await("no reader is open", () -> index.stats().openReaders() == 0);
            assertThat(index.open(ACME)).isInstanceOf(Standing.NeedsRebuild.class);
        }
    }

    @Test
    void interrupt_ofACaller_harmsNoFile() throws Exception {
        AtomicReference<Thread> writing = new AtomicReference<>();
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        try (LuceneIndex index = LuceneIndex.at(root)) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
                if (event.step() == Step.DOCUMENTS_WRITTEN && written.getCount() > 0) {
                    written.countDown();
                    awaitLatch(interrupted);
                }
            });
            Texts.create(index, ACME);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Boolean> applied = threads.submit(() -> {
                    writing.set(Thread.currentThread());
                    index.apply(ACME, List.of(content(ORG, "a", 1, "word")), checkpoint("1"));
                    index.commit(ACME);
                    having(index, ACME, "word");
                    return Thread.currentThread().isInterrupted();
                });
                written.await();
                writing.get().interrupt();
                interrupted.countDown();

                assertThat(applied.get()).as("the interrupt is kept for the caller").isTrue();
            }

            assertThat(having(index, ACME, "word")).containsExactly("a");
            index.apply(ACME, List.of(content(ORG, "b", 1, "word")), checkpoint("2"));
            index.commit(ACME);
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("2")));
        }
    }

    @Test
    void interruptedThread_canDoEverything() {
        try {
            Thread.currentThread().interrupt();
            try (LuceneIndex index = started(root)) {
                Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "word")));
                index.apply(ACME, List.of(content(ORG, "b", 1, "word")), checkpoint("1"));
                index.commit(ACME);
                assertThat(having(index, ACME, "word")).containsExactly("a", "b");
                index.drop(ACME);
            }
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void session_openedDuringABatch_seesNothingOfIt() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch looked = new CountDownLatch(1);
        AtomicBoolean hold = new AtomicBoolean();
        try (LuceneIndex index = LuceneIndex.builder(root).openReaders(1).build()) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), holding(hold, written, looked));
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "committed", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "applied", 1, "word")), checkpoint("1"));
            assertThat(having(index, ACME, "word")).containsExactly("applied", "committed");
            IndexScope.PrivateIndex other = scope("other");
            Texts.create(index, other, checkpoint("0"), List.of(content(other.org(), "x", 1, "word")));
            hold.set(true);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> applying = threads.submit(
                        () -> index.apply(ACME, List.of(content(ORG, "during", 1, "word")), checkpoint("2")));
                written.await();
                for (int i = 0; i < 20; i++) {
                    having(index, other, "word");
                }

                assertThat(having(index, ACME, "word")).containsExactly("applied", "committed");

                looked.countDown();
                applying.get();
            }
            assertThat(having(index, ACME, "word")).containsExactly("applied", "committed", "during");
        }
    }

    @Test
    void sessionOfAnIndexThatNobodySearched_openedDuringABatch_waitsForAllOfIt() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch looked = new CountDownLatch(1);
        AtomicBoolean hold = new AtomicBoolean();
        try (LuceneIndex index = LuceneIndex.builder(root).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), holding(hold, written, looked));
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "committed", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "applied", 1, "word")), checkpoint("1"));
            hold.set(true);
            Future<?> applying = threads.submit(
                    () -> index.apply(ACME, List.of(content(ORG, "during", 1, "word")), checkpoint("2")));
            written.await();
            Future<List<String>> searched = threads.submit(() -> having(index, ACME, "word"));
            looked.countDown();

            assertThat(searched.get()).containsExactly("applied", "committed", "during");
            applying.get();
        }
    }

    @Test
    void session_thatWaitedInVainForABatch_isThereAtOnceAfterIt() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch looked = new CountDownLatch(1);
        AtomicBoolean hold = new AtomicBoolean();
        try (LuceneIndex index = LuceneIndex.builder(root).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), holding(hold, written, looked));
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "committed", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "applied", 1, "word")), checkpoint("1"));
            hold.set(true);
            Future<?> applying = threads.submit(
                    () -> index.apply(ACME, List.of(content(ORG, "during", 1, "word")), checkpoint("2")));
            written.await();
            try {
                assertThatThrownBy(() -> index.session(ACME, System.nanoTime() + 1_000_000))
                        .isInstanceOf(SearchTimeoutException.class).hasMessageContaining(root.toString());
            } finally {
                looked.countDown();
            }
            applying.get();

            try (IndexSession session = index.session(ACME, System.nanoTime() - 1)) {
                assertThat(ids(find(session, SearchMode.HYBRID, "word")))
                        .containsExactlyInAnyOrder("applied", "committed", "during");
            }
        }
    }

    @Test
    void session_whereAStepIsTold_isRefusedAndDoesNotWaitForItself() {
        AtomicReference<LuceneIndex> searched = new AtomicReference<>();
        List<Throwable> refused = new CopyOnWriteArrayList<>();
        try (LuceneIndex index = LuceneIndex.builder(root).build()) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
                LuceneIndex one = searched.get();
                if (event.step() == Step.DOCUMENTS_WRITTEN && one != null) {
                    refused.add(catchThrowable(
                            () -> one.session(ACME, System.nanoTime() + Duration.ofHours(1).toNanos())));
                }
            });
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "committed", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "applied", 1, "word")), checkpoint("1"));
            searched.set(index);

            index.apply(ACME, List.of(content(ORG, "during", 1, "word")), checkpoint("2"));

            assertThat(refused).singleElement().isInstanceOfSatisfying(SearchTimeoutException.class,
                    e -> assertThat(e).hasMessageContaining("do not search"));
            assertThat(having(index, ACME, "word")).containsExactly("applied", "committed", "during");
        }
    }

    @Test
    void session_ofWhatIsOnlyInMemory_isWrittenOnThreadsThatOpenNobodysFiles() {
        Set<String> writers = ConcurrentHashMap.newKeySet();
        try (LuceneIndex index = started(LuceneIndex.builder(root)
                .directories(folder -> new FilterDirectory(MappedFiles.open(folder)) {
                    @Override
                    public IndexOutput createOutput(String name, IOContext context) throws IOException {
                        writers.add(Thread.currentThread().getName().replaceAll("-[0-9]+$", ""));
                        return super.createOutput(name, context);
                    }
                }))) {
            Texts.create(index, ACME);
            index.apply(ACME, List.of(content(ORG, "applied", 1, "word")), checkpoint("1"));
            writers.clear();

            assertThat(having(index, ACME, "word")).containsExactly("applied");

            assertThat(writers).containsExactly("croft-index-flush");
        }
    }

    private static Consumer<IndexEvent> holding(AtomicBoolean hold, CountDownLatch written, CountDownLatch looked) {
        return event -> {
            if (event.step() == Step.DOCUMENTS_WRITTEN && hold.get()) {
                written.countDown();
                awaitLatch(looked);
            }
        };
    }

    @Test
    void unfinishedRebuild_isRemoved_andAnotherCanBegin() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "old", 1, "word")));

            try (var rebuild = index.rebuild(ACME)) {
                rebuild.add(List.of(content(ORG, "new", 1, "word")));
                assertThatThrownBy(() -> index.rebuild(ACME)).isInstanceOf(IllegalStateException.class);
                index.apply(ACME, List.of(content(ORG, "meanwhile", 1, "word")), checkpoint("1"));
            }

            assertThat(having(index, ACME, "word")).containsExactly("meanwhile", "old");
            Texts.create(index, ACME, checkpoint("2"), List.of(content(ORG, "new", 1, "word")));
            assertThat(having(index, ACME, "word")).containsExactly("new");
        }
    }

    private static List<ContentChunks> both(int round) {
        return List.of(content(ORG, "a", round, "word of round " + round),
                content(ORG, "b", round, "word of round " + round));
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError("a thread of the index was interrupted", e);
        }
    }

    /** What one of several threads does. */
    @FunctionalInterface
    private interface Part {
        void run(int number) throws Exception;
    }

    private static void inParallel(int threads, Part part) throws InterruptedException, ExecutionException {
        List<Future<?>> parts = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < threads; i++) {
                int number = i;
                Callable<Boolean> call = () -> {
                    part.run(number);
                    return true;
                };
                parts.add(executor.submit(call));
            }
        }
        for (Future<?> done : parts) {
            done.get();
        }
    }
}
