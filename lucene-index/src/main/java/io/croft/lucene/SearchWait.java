package io.croft.lucene;

import io.croft.spi.SearchTimeoutException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Waits for an index no longer than a search has time. An interrupt meanwhile is kept for the caller and ends nothing.
 * Used by one thread.
 */
final class SearchWait {

    private final Path folder;
    private final long deadlineNanos;

    /**
     * A search's waits.
     *
     * @param folder        the index, for messages
     * @param deadlineNanos on {@link System#nanoTime()}
     */
    SearchWait(Path folder, long deadlineNanos) {
        this.folder = folder;
        this.deadlineNanos = deadlineNanos;
    }

    /** One wait, of so many nanoseconds at most; returns whether what it waited for is there. */
    @FunctionalInterface
    private interface Step {
        boolean waitFor(long nanos) throws InterruptedException;
    }

    /** Takes a lock. */
    void lock(ReentrantLock lock) {
        if (!lock.tryLock()) {
            until(nanos -> lock.tryLock(nanos, TimeUnit.NANOSECONDS));
        }
    }

    /** Lets go of the condition's lock until it is signalled; whoever waits must look whether it holds. */
    @SuppressWarnings("WaitNotInLoop")
    void signal(Condition condition) {
        until(nanos -> condition.awaitNanos(nanos) > 0);
    }

    /** Waits for work to be done, which goes on when the time is up; its failure is thrown. */
    void done(Future<?> work) {
        until(nanos -> {
            try {
                work.get(nanos, TimeUnit.NANOSECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                throw IndexThreads.unchecked(Objects.requireNonNull(e.getCause()));
            }
        });
    }

    private void until(Step step) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (step.waitFor(Math.max(0, deadlineNanos - System.nanoTime()))) {
                        return;
                    }
                    throw new SearchTimeoutException("index " + folder + " was being written or opened until the"
                            + " search's time was up: give it more time");
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
