package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.search.Source;
import io.croft.spi.contract.Await;
import java.util.concurrent.CountDownLatch;
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

    private static void awaitEnd(CountDownLatch ended) {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
