package io.croft.spi.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs several threads that start at the same moment. */
public final class Race {

    /** After this long, a race that has not ended hangs. */
    public static final Duration LIMIT = Duration.ofMinutes(2);

    private Race() {
    }

    /** What a thread does. */
    @FunctionalInterface
    public interface Runner<T> {

        /**
         * Runs once.
         *
         * @param number of the thread, from 0
         */
        T run(int number) throws Exception;
    }

    /**
     * Starts that many threads at once and waits for all of them.
     *
     * @return what each returned, by its number
     * @throws AssertionError if one of them failed, or they do not end within {@link #LIMIT}
     */
    public static <T> List<T> of(int threads, Runner<T> runner) {
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                futures.add(pool.submit(() -> {
                    start.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
                    return runner.run(number);
                }));
            }
            long end = System.nanoTime() + LIMIT.toNanos();
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
            }
            return results;
        } catch (ExecutionException e) {
            throw new AssertionError("a thread of the race failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("the race did not end within " + LIMIT, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted during the race", e);
        } finally {
            pool.shutdownNow();
        }
    }
}
