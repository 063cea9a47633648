package io.croft.lucene;

import io.croft.search.Source;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which files are opened, written and closed.
 *
 * <p>A file channel closes itself for good when a thread that uses it is interrupted, and an {@code IndexWriter} whose
 * file has been closed under it is lost. Callers' threads, virtual or not, may be interrupted at any moment; so they
 * hand such work to threads that nobody else knows, and wait for it. An interrupt meanwhile is kept for the caller and
 * does not end the work. Searching needs none of this: what it reads is mapped into memory. It has other threads help
 * it where that is not in memory yet, see {@link ScatteredReads}.
 *
 * <p>Opening a cold index has threads of its own, so that a search never waits behind a long write; there are two, so
 * that a crowd of cold indexes leaves the disk to those that are open, and all searches that wait for the same index
 * take one of them ({@link SharedLoad}). What a search needs from a writer that holds much, up to 64 MiB, is written on
 * a few others: they do not take the threads that open everybody's files.
 *
 * <p>Merges of all private indexes share a few more. The marketplace's have one of their own, because a merge of a
 * large index takes minutes: behind two of those of single organisations, the index that all search would fall apart
 * into ever more segments. One thread closes readers: unmapping makes all threads of the process meet, and one at a
 * time is enough of that. One reads through what was opened.
 */
final class IndexThreads implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IndexThreads.class);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final Duration LAST_WAIT = Duration.ofSeconds(30);
    private static final int COLD_LOADS = 2;
    private static final int LEAST_WRITING = 4;
    private static final int MOST_WRITING = 12;

    /** How many read for searches that would otherwise wait for a disk: more pages at once no disk gives sooner. */
    static final int READING = 16;

    private final ThreadPoolExecutor writing;
    private final ThreadPoolExecutor loading;
    private final ThreadPoolExecutor opening;
    private final ThreadPoolExecutor flushing;
    private final ThreadPoolExecutor merging;
    private final ThreadPoolExecutor mergingMarket;
    private final ThreadPoolExecutor reaping;
    private final ThreadPoolExecutor checking;
    private final ThreadPoolExecutor reading;
    private final ScheduledThreadPoolExecutor repeating;
    private volatile boolean closing;

    IndexThreads() {
        this(UnaryOperator.identity());
    }

    /** With other threads to close readers: for tests. */
    IndexThreads(UnaryOperator<ThreadFactory> closers) {
        int cpus = Runtime.getRuntime().availableProcessors();
        writing = pool("croft-index-write", Math.clamp(cpus, LEAST_WRITING, MOST_WRITING));
        loading = pool("croft-index-load", COLD_LOADS);
        opening = pool("croft-index-open", Math.max(2, cpus / 2));
        flushing = pool("croft-index-flush", Math.max(2, cpus / 4));
        merging = pool("croft-index-merge", Math.max(2, cpus / 4));
        mergingMarket = pool("croft-index-merge-market", 1);
        reaping = pool("croft-index-close", 1, closers);
        reaping.allowCoreThreadTimeOut(false); // so that it is there when the machine has no other
        checking = pool("croft-index-check", 1);
        reading = pool("croft-index-read", READING);
        repeating = new ScheduledThreadPoolExecutor(1,
                Thread.ofPlatform().daemon().name("croft-index-idle-", 0).factory());
        repeating.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
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

    /** Looks at an index that nobody has looked at before, and waits for it. */
    <T> T load(Supplier<T> work) {
        return await(loading.submit(work::get));
    }

    /** Begins to look at an index that nobody has looked at before. */
    Future<?> beginLoad(Runnable work) {
        return loading.submit(work);
    }

    /** Begins to write what a writer holds into files and to open them. */
    Future<?> beginFlush(Runnable work) {
        return flushing.submit(work);
    }

    /** Opens files, and waits for it. */
    <T> T open(FileWork<T> work) {
        return await(opening.submit(work::run));
    }

    /**
     * Does pieces of reading side by side, and waits for all of them, whether they fail or not: what they read may be
     * closed afterwards. This thread takes one after the other that nobody has begun, from the first one on, so it
     * never waits behind others' pieces; where no thread can be had, it does all.
     *
     * @return what came of each that did not fail
     * @throws IOException the first failure
     */
    <T> List<T> read(List<FileWork<T>> pieces) throws IOException {
        List<FutureTask<T>> tasks = new ArrayList<>(pieces.size());
        for (FileWork<T> piece : pieces) {
            tasks.add(new FutureTask<>(piece::run));
        }
        for (FutureTask<T> task : tasks.subList(1, tasks.size())) {
            try {
                reading.execute(task);
            } catch (RejectedExecutionException | OutOfMemoryError noThread) {
                break;
            }
        }
        for (FutureTask<T> task : tasks) {
            task.run(); // nothing if another thread has taken it
        }
        List<T> results = new ArrayList<>(tasks.size());
        Throwable failure = null;
        for (FutureTask<T> task : tasks) {
            try {
                results.add(await(task));
            } catch (RuntimeException | Error e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure instanceof UncheckedIOException unread) {
            throw Objects.requireNonNull(unread.getCause());
        }
        if (failure != null) {
            throw unchecked(failure);
        }
        return results;
    }

    /** Closes something soon, on the one thread for that; at once if that thread has ended or cannot be started. */
    void reap(Runnable work) {
        FutureTask<?> once = new FutureTask<>(() -> logged(work), null);
        try {
            reaping.execute(once);
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            once.run();
        }
    }

    /** Reads files through after a time, when those before it are done; never, if the threads end before. */
    void check(Duration after, Runnable work) {
        try {
            if (after.isZero()) {
                checking.execute(() -> {
                    if (!closing) {
                        logged(work);
                    }
                });
            } else {
                var unused = repeating.schedule(() -> check(Duration.ZERO, work), after.toMillis(),
                        TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException ended) {
            LOG.debug("an index is not read through: it is being closed");
        }
    }

    /** How many write at a time. */
    int writing() {
        return writing.getMaximumPoolSize();
    }

    /** Repeats something until the threads end, beginning after that time; a failure is logged. */
    void every(Duration pause, Runnable work) {
        var unused = repeating.scheduleWithFixedDelay(() -> logged(work), pause.toMillis(), pause.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Whether the threads are about to end, so that what can wait for the next start should. */
    boolean closing() {
        return closing;
    }

    /** Where merges of the indexes of a source run. */
    Executor merging(Source source) {
        return switch (source) {
            case PRIVATE -> merging;
            case MARKETPLACE -> mergingMarket;
        };
    }

    /** Has what can wait for the next start left undone. */
    void beginClosing() {
        closing = true;
    }

    /** Waits until all that was handed in is done, and ends the threads. */
    @Override
    public void close() {
        beginClosing();
        for (ThreadPoolExecutor pool : new ThreadPoolExecutor[]{repeating, checking, loading, writing, opening,
                flushing, merging, mergingMarket, reading, reaping}) {
            pool.shutdown();
            awaitEnd(pool);
        }
    }

    private static void logged(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("could not close or check an index", e);
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

    /** What work has thrown, as its caller may throw it. */
    static RuntimeException unchecked(Throwable thrown) {
        return switch (thrown) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            case IOException e -> new UncheckedIOException(e);
            default -> new IllegalStateException(thrown);
        };
    }

    private static ThreadPoolExecutor pool(String name, int threads) {
        return pool(name, threads, UnaryOperator.identity());
    }

    private static ThreadPoolExecutor pool(String name, int threads, UnaryOperator<ThreadFactory> made) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, IDLE.toMillis(), TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(), made.apply(Thread.ofPlatform().daemon().name(name + "-", 0).factory()));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
