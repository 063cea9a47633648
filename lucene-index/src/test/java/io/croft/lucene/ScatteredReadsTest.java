package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.spi.contract.Await;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading that takes as long as from a disk, and reading from memory. */
class ScatteredReadsTest {

    /** Longer than anything that is in memory. */
    private static final long DISK_NANOS = 30_000;

    private final IndexThreads threads = new IndexThreads();
    private final Set<Thread> readers = ConcurrentHashMap.newKeySet();

    @AfterEach
    void close() {
        threads.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 13, 14, 64, 200, 1_999})
    void everythingIsReadOnce_fromADiskAndFromMemory(int count) throws IOException {
        for (long nanos : new long[]{0, DISK_NANOS}) {
            ScatteredReads reads = new ScatteredReads(threads);
            for (int round = 0; round < 3; round++) {
                AtomicIntegerArray times = new AtomicIntegerArray(count);
                ScatteredReads.Reader reader = taking(nanos, times);

                reads.all(count, reader, () -> reader);

                for (int i = 0; i < count; i++) {
                    assertThat(times.get(i)).as("%d of %d", i, count).isOne();
                }
            }
        }
    }

    @Test
    void whatComesFromADisk_isReadOnSeveralThreads() throws IOException {
        ScatteredReads.Reader slow = taking(DISK_NANOS, new AtomicIntegerArray(200));
        ScatteredReads.Reader own = (from, to) -> {
            slow.read(from, to);
            if (from > 0) { // the first few are read alone
                Await.until("another thread reads", () -> readers.size() > 1);
            }
        };

        new ScatteredReads(threads).all(200, own, () -> slow);

        assertThat(readers).hasSizeGreaterThan(1).contains(Thread.currentThread());
    }

    @Test
    void aFailureOfOneThread_comesWhenAllHaveEnded() {
        ScatteredReads reads = new ScatteredReads(threads);
        AtomicInteger running = new AtomicInteger();
        ScatteredReads.Reader failing = (from, to) -> {
            running.incrementAndGet();
            try {
                spin(DISK_NANOS * (to - from));
                if (from <= 100 && 100 < to) {
                    throw new IOException("page 100 is gone");
                }
            } finally {
                running.decrementAndGet();
            }
        };

        assertThatThrownBy(() -> reads.all(200, failing, () -> failing)).isInstanceOf(IOException.class)
                .hasMessage("page 100 is gone");

        assertThat(running).hasValue(0);
    }

    @Test
    void withoutThreads_allIsReadHere() throws IOException {
        threads.close();
        AtomicIntegerArray times = new AtomicIntegerArray(200);
        ScatteredReads.Reader reader = taking(DISK_NANOS, times);

        new ScatteredReads(threads).all(200, reader, () -> reader);

        assertThat(readers).containsExactly(Thread.currentThread());
        for (int i = 0; i < times.length(); i++) {
            assertThat(times.get(i)).isOne();
        }
    }

    private ScatteredReads.Reader taking(long nanos, AtomicIntegerArray times) {
        return (from, to) -> {
            readers.add(Thread.currentThread());
            for (int i = from; i < to; i++) {
                times.incrementAndGet(i);
                spin(nanos);
            }
        };
    }

    private static void spin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }
}
