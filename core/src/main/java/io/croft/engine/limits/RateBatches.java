package io.croft.engine.limits;

import io.croft.StoreUnavailableException;
import io.croft.spi.RateStore;
import io.croft.spi.RateStore.Answer;
import io.croft.spi.RateStore.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * Sends what many calls want of the shared buckets in few round trips: while one is under way, requests gather for the
 * next, as commits do for one write of a log. Its threads live as long as there is something to ask. Thread-safe.
 */
final class RateBatches {

    /** The most requests that wait. */
    static final int MAX_WAITING = 10_000;

    private static final int THREADS = 2;

    private final RateStore store;
    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private final Semaphore idle = new Semaphore(THREADS);

    RateBatches(RateStore store) {
        this.store = store;
    }

    /** A request and who is told of its answer. */
    private record Waiting(Request request, CompletableFuture<Answer> answer) {
    }

    /**
     * Asks. The answer fails with what the store throws, or with {@link StoreUnavailableException} if too many wait
     * already.
     */
    CompletableFuture<Answer> ask(Request request) {
        Waiting one = new Waiting(request, new CompletableFuture<>());
        if (waiting.offer(one)) {
            work();
        } else {
            one.answer.completeExceptionally(new StoreUnavailableException(MAX_WAITING
                    + " calls wait already to be counted: the database is slow to answer; call again later"));
        }
        return one.answer;
    }

    private void work() {
        if (idle.tryAcquire()) {
            Thread.ofVirtual().name("croft-limits").start(() -> {
                try {
                    decideAll();
                } finally {
                    idle.release();
                }
                if (!waiting.isEmpty()) { // came when nobody took it any more and nobody could begin yet
                    work();
                }
            });
        }
    }

    private void decideAll() {
        List<Waiting> batch = new ArrayList<>();
        while (waiting.drainTo(batch, RateStore.MAX_REQUESTS) > 0) {
            decide(batch);
            batch.clear();
        }
    }

    private void decide(List<Waiting> batch) {
        try {
            List<Answer> answers = store.take(batch.stream().map(Waiting::request).toList());
            for (int i = 0; i < answers.size(); i++) {
                batch.get(i).answer.complete(answers.get(i));
            }
        } catch (RuntimeException | Error e) {
            batch.forEach(one -> one.answer.completeExceptionally(e));
        }
    }
}
