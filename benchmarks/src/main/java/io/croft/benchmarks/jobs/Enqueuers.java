package io.croft.benchmarks.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads of a host that enqueue at the same time: so many for every queue. */
final class Enqueuers {

    static final int THREADS = 4;

    private Enqueuers() {
    }

    /** One call of a bulk enqueue. */
    interface Call {

        /** Makes the call of this number. */
        void run(int number) throws Exception;
    }

    /** Makes this many calls and returns when all are done. */
    static void run(int calls, Call call) throws Exception {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                threads.add(pool.submit(() -> {
                    for (int number = next.getAndIncrement(); number < calls; number = next.getAndIncrement()) {
                        call.run(number);
                    }
                    return calls;
                }));
            }
            for (Future<?> thread : threads) {
                thread.get();
            }
        }
    }
}
