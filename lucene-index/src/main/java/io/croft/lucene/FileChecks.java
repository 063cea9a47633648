package io.croft.lucene;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads indexes through that are in use already, one after the other and no faster than {@value #BYTES_A_SECOND} bytes
 * a second, so that searches find the disk free; not before the search has most likely ended for which it was opened.
 * Thread-safe.
 */
final class FileChecks implements GenerationCheck.Pace {

    static final long BYTES_A_SECOND = 256L << 20;

    private static final double NANOS_A_BYTE = 1e9 / BYTES_A_SECOND;
    /** A shorter wait would be longer than asked for. */
    private static final long LEAST_WAIT_NANOS = 1_000_000;

    private final IndexThreads threads;
    private final WorkCounts counts;
    private final Duration after;
    /** When what was read so far should have been read; used by the one thread that reads. */
    private long due;

    /**
     * Checks on these threads.
     *
     * @param after how long after it was opened an index is read through at the soonest
     */
    FileChecks(IndexThreads threads, WorkCounts counts, Duration after) {
        this.threads = threads;
        this.counts = counts;
        this.after = after;
    }

    /** Has an index read through when its turn comes; not at all if the process's indexes close before. */
    void later(Runnable check) {
        threads.check(after, () -> {
            due = System.nanoTime();
            check.run();
            counts.checked();
        });
    }

    /**
     * Waits until it may go on.
     *
     * @throws CancellationException if it must not: the process's indexes are being closed
     */
    @Override
    public void read(long bytes) {
        due += (long) (bytes * NANOS_A_BYTE);
        long left = due - System.nanoTime();
        while (left > LEAST_WAIT_NANOS && !threads.closing()) {
            LockSupport.parkNanos(left);
            left = due - System.nanoTime();
        }
        if (threads.closing()) {
            throw new CancellationException();
        }
    }
}
