package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.search.Source;
import io.croft.spi.contract.Await;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class IndexThreadsTest {

    @Test
    void reap_withoutAThreadToBeHad_closesOnTheCallersOwn() {
        AtomicBoolean full = new AtomicBoolean(true);
        AtomicInteger closed = new AtomicInteger();
        try (IndexThreads threads = new IndexThreads(made -> work -> {
            if (full.get()) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return made.newThread(work);
        })) {
            threads.reap(closed::incrementAndGet);
            assertThat(closed).hasValue(1);

            full.set(false);
            threads.reap(closed::incrementAndGet);
            Await.until("it is closed", () -> closed.get() == 2);
        }
        assertThat(closed).as("each once").hasValue(2);
    }

    @Test
    void merges_ofPrivateIndexes_leaveTheMarketplaceItsOwnThread() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch merged = new CountDownLatch(1);
        try (IndexThreads threads = new IndexThreads()) {
            try {
                // More than there are threads for on any machine.
                for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
                    threads.merging(Source.PRIVATE).execute(() -> awaitEnd(ended));
                }

                threads.merging(Source.MARKETPLACE).execute(merged::countDown);

                assertThat(merged.await(30, TimeUnit.SECONDS)).as("merged while the others are at it").isTrue();
            } finally {
                ended.countDown();
            }
        }
    }

    @Test
    void read_whileAllThreadsReadForOthers_isDoneHere() throws Exception {
        CountDownLatch begun = new CountDownLatch(IndexThreads.READING + 1);
        CountDownLatch ended = new CountDownLatch(1);
        IndexThreads.FileWork<Boolean> slow = () -> {
            begun.countDown();
            awaitEnd(ended);
            return true;
        };
        try (IndexThreads threads = new IndexThreads(); ExecutorService searches = Executors.newFixedThreadPool(2)) {
            try {
                Future<List<Boolean>> crowd =
                        searches.submit(() -> threads.read(Collections.nCopies(IndexThreads.READING + 1, slow)));
                assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

                Future<List<Thread>> other =
                        searches.submit(() -> threads.read(Collections.nCopies(5, Thread::currentThread)));

                assertThat(other.get(30, TimeUnit.SECONDS)).hasSize(5);
                assertThat(Set.copyOf(other.get())).as("threads that read").hasSize(1);
                ended.countDown();
                assertThat(crowd.get(30, TimeUnit.SECONDS)).hasSize(IndexThreads.READING + 1);
            } finally {
                ended.countDown();
            }
        }
    }

    private static void awaitEnd(CountDownLatch ended) {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
