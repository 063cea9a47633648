package io.croft.ingest;

import io.croft.CroftException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The platform threads on which a model runs. Callers, usually on virtual threads, wait; native code would pin their
 * carriers. Queries, which a person waits for, overtake passages, but after {@value #QUERIES_A_PASSAGE} of them it is a
 * passage's turn: however much is asked, documents go on being embedded. Otherwise first come, first served.
 * Thread-safe.
 */
final class InferenceThreads implements AutoCloseable {

    /** The most runs that wait for a thread. */
    static final int MAX_WAITING = 10_000;

    /** How many queries overtake a passage that waits. */
    static final int QUERIES_A_PASSAGE = 4;

    private final ThreadPoolExecutor threads;
    private final Duration maxWait;
    private final AtomicLong started = new AtomicLong();
    private final Lines lines = new Lines();

    /** What a run is for. */
    enum Purpose {
        QUERY, PASSAGE
    }

    /** Those that wait, in two lines. */
    private static final class Lines {

        private final Queue<FutureTask<float[]>> queries = new ArrayDeque<>();
        private final Queue<FutureTask<float[]>> passages = new ArrayDeque<>();
        private int overtaken;

        synchronized void add(FutureTask<float[]> run, Purpose purpose) {
            (purpose == Purpose.QUERY ? queries : passages).add(run);
        }

        /** The next whose caller still waits; null if there is none. */
        synchronized @Nullable FutureTask<float[]> next() {
            queries.removeIf(FutureTask::isDone);
            passages.removeIf(FutureTask::isDone);
            boolean query = !queries.isEmpty() && (passages.isEmpty() || overtaken < QUERIES_A_PASSAGE);
            overtaken = query && !passages.isEmpty() ? overtaken + 1 : 0;
            return query ? queries.poll() : passages.poll();
        }

        synchronized void cancel() {
            queries.forEach(run -> run.cancel(false));
            passages.forEach(run -> run.cancel(false));
        }
    }

    /**
     * Starts no thread before it is needed; idle threads end after half a minute.
     *
     * @param maxWait how long a call may take, waiting included
     */
    InferenceThreads(int count, Duration maxWait) {
        this.maxWait = maxWait;
        threads = new ThreadPoolExecutor(count, count, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
            Thread thread = new Thread(work, "croft-embed-" + started.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Runs all and waits for their results.
     *
     * @throws CroftException if one fails, if they take longer than allowed, if too many wait already, if the thread is
     *                        interrupted, or after {@link #close}; none of the rest is run then
     */
    List<float[]> run(List<Callable<float[]>> work, Purpose purpose) {
        long deadline = System.nanoTime() + maxWait.toNanos();
        int waiting = waiting();
        if (waiting + work.size() > MAX_WAITING) {
            throw new CroftException("the local embedder has " + waiting + " texts waiting and takes no more than "
                    + MAX_WAITING + ": let fewer callers embed at once, or give it more threads");
        }
        List<FutureTask<float[]>> runs = new ArrayList<>(work.size());
        try {
            for (Callable<float[]> one : work) {
                FutureTask<float[]> run = new FutureTask<>(one);
                runs.add(run);
                lines.add(run, purpose);
                threads.execute(this::runNext);
            }
            List<float[]> results = new ArrayList<>(work.size());
            for (FutureTask<float[]> run : runs) {
                results.add(run.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS));
            }
            return results;
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new CroftException("embedding failed: " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new CroftException("embedding " + work.size() + " texts took longer than " + maxWait
                    + ": let fewer callers embed at once, give the local embedder more threads, or raise maxWait", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CroftException("interrupted while " + work.size() + " texts were embedded", e);
        } catch (CancellationException | RejectedExecutionException e) {
            throw new CroftException("the local embedder is closed", e);
        } finally {
            runs.forEach(run -> run.cancel(false));
        }
    }

    private void runNext() {
        FutureTask<float[]> next = lines.next();
        if (next != null) {
            next.run();
        }
    }

    /** The number of runs that wait for a thread. */
    int waiting() {
        return threads.getQueue().size();
    }

    /** Gives up what waits; what runs goes on to its end. Does not wait for it. */
    @Override
    public void close() {
        threads.shutdownNow();
        lines.cancel();
    }
}
