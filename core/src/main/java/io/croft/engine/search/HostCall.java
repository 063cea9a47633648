package io.croft.engine.search;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the host's code inside a query, for so long and no longer: on a platform thread of its own, which is interrupted
 * when the time is up: code that computes would keep the carriers of all virtual threads. Code that does not heed that
 * keeps its thread; when {@value #MOST} such calls have not returned, further ones are refused until one does.
 * Thread-safe.
 */
final class HostCall {

    /** The most calls at once. */
    static final int MOST = 256;

    private final String name;
    private final Semaphore free = new Semaphore(MOST);

    /**
     * Calls of one part.
     *
     * @param name of its threads
     */
    HostCall(String name) {
        this.name = name;
    }

    /**
     * Runs the code.
     *
     * @throws TimeoutException     if it did not return in time, or too many before it have not
     * @throws ExecutionException   if it threw
     * @throws InterruptedException if the calling thread is interrupted
     */
    <T extends @Nullable Object> T within(long nanos, Supplier<T> code)
            throws TimeoutException, ExecutionException, InterruptedException {
        if (!free.tryAcquire()) {
            throw new TimeoutException(MOST + " calls have not returned");
        }
        CompletableFuture<T> outcome = new CompletableFuture<>();
        Thread thread = start(() -> {
            try {
                outcome.complete(code.get());
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            } finally {
                free.release();
            }
        });
        boolean done = false;
        try {
            T result = outcome.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
            done = true;
            return result;
        } finally {
            if (!done) {
                thread.interrupt();
            }
        }
    }

    private Thread start(Runnable task) {
        try {
            return Thread.ofPlatform().name(name).daemon().start(task);
        } catch (Throwable e) {
            free.release(); // the machine has no thread left
            throw e;
        }
    }
}
