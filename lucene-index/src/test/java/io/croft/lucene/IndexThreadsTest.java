package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.contract.Await;
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
}
