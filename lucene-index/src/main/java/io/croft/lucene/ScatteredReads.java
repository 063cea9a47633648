package io.croft.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what lies scattered over a file.
 *
 * <h2>The problem</h2>
 *
 * A search of a cold index reads about a thousand exact vectors, each from a page of its own. One after the other, that
 * is mostly waiting: measured, a disk gives one page in 79 µs, and with sixteen asked for at once, each in 12. Mapped
 * memory cannot be asked ahead here: Lucene's prefetch does not reach the exact vectors behind quantised ones.
 *
 * <h2>The idea</h2>
 *
 * Whoever touches a page that is not in memory waits, so several threads touch several. The first few are read alone,
 * which tells whether they came from a disk; from memory they come in less time than it takes to ask another thread.
 * What is read, and in which portions, is the same either way, and so is the answer. The threads are those of all
 * searches; what none of them has begun, the search reads itself, one portion after the other, so that it has its
 * answer, or its deadline, however much others have to read.
 *
 * <p>Used by one search.
 */
final class ScatteredReads {

    /** From this time on for each, something was not in memory. */
    private static final long FROM_DISK_NANOS = 15_000;
    private static final int ALONE = 8;
    /** Fewer for each thread are not worth waking it. */
    private static final int LEAST_OF_A_THREAD = 3;

    private final IndexThreads threads;
    private boolean cold;

    ScatteredReads(IndexThreads threads) {
        this.threads = threads;
    }

    /** Reads some of what is to be read, on one thread. */
    @FunctionalInterface
    interface Reader {

        void read(int from, int to) throws IOException;
    }

    /** Makes readers for threads of their own. */
    @FunctionalInterface
    interface Readers {

        Reader open() throws IOException;
    }

    /**
     * Reads all, from 0 on, and waits for it.
     *
     * @param own    for the caller's thread
     * @param others for other threads, or the caller's where they have none to spare
     */
    void all(int count, Reader own, Readers others) throws IOException {
        int alone = cold ? 0 : Math.min(ALONE, count);
        if (alone > 0) {
            cold = timed(0, alone, own);
        }
        int pieces = Math.min(IndexThreads.READING, (count - alone) / LEAST_OF_A_THREAD);
        if (!cold || pieces < 2) {
            own.read(alone, count);
            return;
        }
        List<IndexThreads.FileWork<Boolean>> work = new ArrayList<>(pieces);
        for (int i = 0; i < pieces; i++) {
            int from = alone + (int) ((long) (count - alone) * i / pieces);
            int to = alone + (int) ((long) (count - alone) * (i + 1) / pieces);
            Reader reader = i == 0 ? own : others.open();
            work.add(() -> timed(from, to, reader));
        }
        cold = threads.read(work).contains(true);
    }

    /** Reads, and says whether that took as long as from a disk. */
    private static boolean timed(int from, int to, Reader reader) throws IOException {
        long start = System.nanoTime();
        reader.read(from, to);
        return System.nanoTime() - start >= FROM_DISK_NANOS * (to - from);
    }
}
