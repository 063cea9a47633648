package io.croft.benchmarks.neighbours;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Makes calls when they are due, whatever became of those before them, each on a virtual thread of its own, as a host
 * does that gives each request one. What calls and what answers share the processors.
 */
final class OpenLoop {

    private OpenLoop() {
    }

    /**
     * Returns when all calls have ended.
     *
     * @param fates    where calls are told of; it knows when they are due
     * @param calls    how many there are
     * @param patience what has not begun so long after the last call came is not made any more: nobody waits for it
     * @param call     makes the call of this number
     */
    static void run(Fates fates, int calls, Duration patience, IntConsumer call) {
        long leave = fates.end() + patience.toNanos();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < calls; i++) {
                int number = i;
                for (long left = left(fates, i); left > 0; left = left(fates, i)) {
                    LockSupport.parkNanos(left);
                }
                threads.execute(() -> {
                    if (leave - System.nanoTime() > 0) {
                        call.accept(number);
                    }
                });
            }
        }
    }

    private static long left(Fates fates, int call) {
        return fates.due(call) - System.nanoTime();
    }
}
