package io.croft.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which files are opened, written and closed.
 *
 * <p>A file channel closes itself for good when a thread that uses it is interrupted, and an {@code IndexWriter} whose
 * file has been closed under it is lost. Callers' threads, virtual or not, may be interrupted at any moment; so they
 * hand such work to threads that nobody else knows, and wait for it. An interrupt meanwhile is kept for the caller and
 * does not end the work. Searching needs none of this: what it reads is mapped into memory.
 *
 * <p>Opening a cold index has threads of its own, so that a search never waits behind a long write. Merges of all
 * indexes share a few more. One thread closes readers: unmapping makes all threads of the process meet, and one at a
 * time is enough of that.
 */
final class IndexThreads implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IndexThreads.class);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final Duration LAST_WAIT = Duration.ofSeconds(30);

    private final ThreadPoolExecutor writing;
    private final ThreadPoolExecutor opening;
    private final ThreadPoolExecutor merging;
    private final ThreadPoolExecutor reaping;

    IndexThreads() {
        int cpus = Runtime.getRuntime().availableProcessors();
        writing = pool("croft-index-write", Math.max(4, cpus));
        opening = pool("croft-index-open", Math.max(2, cpus / 2));
        merging = pool("croft-index-merge", Math.max(2, cpus / 4));
        reaping = pool("croft-index-close", 1);
    }

    /** Work that touches files. */
    @FunctionalInterface
    interface FileWork<T> {
        T run() throws IOException;
    }

    /** Runs work that writes files, and waits for it. */
    <T> T call(Supplier<T> work) {
        return await(writing.submit(work::get));
    }

    /** Runs work that writes files, and waits for it. */
    void run(Runnable work) {
        await(writing.submit(work));
    }

    /** Opens files, and waits for it. */
    <T> T open(FileWork<T> work) {
        return await(opening.submit(work::run));
    }

    /** Closes something soon, on the one thread for that; at once if that thread has ended. */
    void reap(Runnable work) {
        try {
            reaping.execute(() -> logged(work));
        } catch (RejectedExecutionException ended) {
            logged(work);
        }
    }

    /** Where merges run. */
    Executor merging() {
        return merging;
    }

    /** Waits until all that was handed in is done, and ends the threads. */
    @Override
    public void close() {
        for (ThreadPoolExecutor pool : new ThreadPoolExecutor[]{writing, opening, merging, reaping}) {
            pool.shutdown();
            awaitEnd(pool);
        }
    }

    private static void logged(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("could not close an index cleanly", e);
        }
    }

    private static void awaitEnd(ThreadPoolExecutor pool) {
        long end = System.nanoTime() + LAST_WAIT.toNanos();
        boolean interrupted = false;
        while (!pool.isTerminated() && System.nanoTime() - end < 0) {
            try {
                if (!pool.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    LOG.warn("index work has not ended after {} s; it ends by itself", LAST_WAIT.toSeconds());
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T await(Future<T> work) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return work.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw unchecked(Objects.requireNonNull(e.getCause()));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unchecked(Throwable thrown) {
        return switch (thrown) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            case IOException e -> new UncheckedIOException(e);
            default -> new IllegalStateException(thrown);
        };
    }

    private static ThreadPoolExecutor pool(String name, int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, IDLE.toMillis(), TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name(name + "-", 0).factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
