package io.croft.ingest;

import io.croft.CroftException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The platform threads on which a model runs. Callers, usually on virtual threads, wait; native code would pin their
 * carriers. Queries, which a person waits for, overtake passages; otherwise first come, first served. Thread-safe.
 */
final class InferenceThreads implements AutoCloseable {

    /** The most runs that wait for a thread. */
    static final int MAX_WAITING = 10_000;

    private final ThreadPoolExecutor threads;
    private final Duration maxWait;
    private final AtomicLong arrivals = new AtomicLong();
    private final AtomicLong started = new AtomicLong();

    /** What a run is for; the first is served first. */
    enum Purpose {
        QUERY, PASSAGE
    }

    /** A run in the queue. */
    private static final class Run extends FutureTask<float[]> implements Comparable<Run> {

        private final Purpose purpose;
        private final long arrival;

        Run(Callable<float[]> work, Purpose purpose, long arrival) {
            super(work);
            this.purpose = purpose;
            this.arrival = arrival;
        }

        @Override
        public int compareTo(Run other) {
            int byPurpose = purpose.compareTo(other.purpose);
            return byPurpose != 0 ? byPurpose : Long.compare(arrival, other.arrival);
        }
    }

    /**
     * Starts no thread before it is needed; idle threads end after half a minute.
     *
     * @param maxWait how long a call may take, waiting included
     */
    InferenceThreads(int count, Duration maxWait) {
        this.maxWait = maxWait;
        threads = new ThreadPoolExecutor(count, count, 30, TimeUnit.SECONDS, new PriorityBlockingQueue<>(), work -> {
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
        List<Run> runs = new ArrayList<>(work.size());
        try {
            for (Callable<float[]> one : work) {
                Run run = new Run(one, purpose, arrivals.incrementAndGet());
                threads.execute(run);
                runs.add(run);
            }
            List<float[]> results = new ArrayList<>(work.size());
            for (Run run : runs) {
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

    /** The number of runs that wait for a thread. */
    int waiting() {
        return threads.getQueue().size();
    }

    /** Gives up what waits; what runs goes on to its end. Does not wait for it. */
    @Override
    public void close() {
        for (Runnable run : threads.shutdownNow()) {
            ((Run) run).cancel(false);
        }
    }
}
