package io.croft.lucene;

import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.spi.IndexScope;
import io.croft.spi.SearchTimeoutException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.store.Directory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index that takes long to open, and the two threads on which all are opened. */
class SharedLoadTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final IndexScope.PrivateIndex NEIGHBOUR = scope("neighbour");
    /** Enough for a thread to take what was handed to it. */
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    Path root;

    private final CountDownLatch opening = new CountDownLatch(1);
    private final CountDownLatch mayOpen = new CountDownLatch(1);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void indexThatOpensForLong_leavesOthersAThread_howeverManySearchIt(boolean openedByASearch) throws Exception {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ACME.org(), "a", 1, "word")));
            Texts.create(index, NEIGHBOUR, checkpoint("0"), List.of(content(NEIGHBOUR.org(), "b", 1, "word")));
        }
        try (LuceneIndex index = started(LuceneIndex.builder(root).directories(this::open));
                ExecutorService searches = Executors.newFixedThreadPool(2)) {
            try {
                Future<?> first = searches.submit(
                        () -> openedByASearch ? having(index, ACME, "word") : index.open(ACME));
                assertThat(opening.await(30, TimeUnit.SECONDS)).isTrue();
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> index.session(ACME, System.nanoTime() + SHORT.toNanos()))
                            .isInstanceOf(SearchTimeoutException.class);
                }

                Future<List<String>> neighbour = searches.submit(() -> having(index, NEIGHBOUR, "word"));

                assertThat(neighbour.get(30, TimeUnit.SECONDS)).containsExactly("b");
                mayOpen.countDown();
                first.get(30, TimeUnit.SECONDS);
                assertThat(having(index, ACME, "word")).containsExactly("a");
            } finally {
                mayOpen.countDown();
            }
        }
    }

    private Directory open(Path folder) throws IOException {
        if (folder.toString().contains(ACME.org().toString())) {
            opening.countDown();
            awaitTurn(mayOpen);
        }
        return MappedFiles.open(folder);
    }

    @Test
    void searchesThatWaitForTheSame_shareOneLook_andTheNextAfterItBeginsAnother() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        try (IndexThreads threads = new IndexThreads(); ExecutorService searches = Executors.newFixedThreadPool(1)) {
            SharedLoad load = new SharedLoad(threads, () -> {
                looks.incrementAndGet();
                opening.countDown();
                awaitTurn(mayOpen);
            });
            try {
                Future<?> first = searches.submit(() -> load.await(within(Duration.ofSeconds(60))));
                assertThat(opening.await(30, TimeUnit.SECONDS)).isTrue();
                assertThatThrownBy(() -> load.await(within(SHORT))).isInstanceOf(SearchTimeoutException.class);
                threads.beginLoad(() -> {
                }).get(30, TimeUnit.SECONDS);
                assertThat(looks).hasValue(1);

                mayOpen.countDown();
                first.get(30, TimeUnit.SECONDS);
                load.await(within(Duration.ofSeconds(60)));

                assertThat(looks).hasValue(2);
            } finally {
                mayOpen.countDown();
            }
        }
    }

    @Test
    void lookThatNobodyWaitsForAnyMore_isLeftUndone() {
        AtomicInteger looks = new AtomicInteger();
        try (IndexThreads threads = new IndexThreads()) {
            try {
                for (int i = 0; i < 2; i++) { // all threads that load
                    var unused = threads.beginLoad(() -> awaitTurn(mayOpen));
                }
                SharedLoad load = new SharedLoad(threads, looks::incrementAndGet);
                assertThatThrownBy(() -> load.await(within(Duration.ZERO))).isInstanceOf(SearchTimeoutException.class);
                assertThatThrownBy(() -> load.await(within(SHORT))).isInstanceOf(SearchTimeoutException.class);

                mayOpen.countDown();
                assertThat(threads.load(() -> "the turn of what was handed in before has come")).isNotEmpty();
            } finally {
                mayOpen.countDown();
            }
        }
        assertThat(looks).hasValue(0);
    }

    private SearchWait within(Duration time) {
        return new SearchWait(root, System.nanoTime() + time.toNanos());
    }

    private static void awaitTurn(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
