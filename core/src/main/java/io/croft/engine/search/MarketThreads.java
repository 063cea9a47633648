package io.croft.engine.search;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.engine.index.IndexNotReadyException;
import io.croft.search.SearchResults.Incomplete;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads that ask the marketplace beside the queries' own. One organisation has at most a quarter of them at once,
 * whatever it asks: what exceeds that stands in the organisation's own line and takes nobody else's thread. A question
 * whose query has given it up before it began is never asked. Thread-safe.
 */
final class MarketThreads implements AutoCloseable {

    /** How many organisations it takes to have every thread. */
    private static final int SHARES = 4;

    private final int share;
    private final ExecutorService threads;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Map<OrgId, Line> lines = new HashMap<>();

    /** So many threads for each organisation, and four times as many in all. */
    MarketThreads(int share) {
        this(share, Thread.ofPlatform().name("croft-search-", 0).daemon().factory());
    }

    /** Of other threads: for tests. */
    MarketThreads(int share, ThreadFactory made) {
        this.share = share;
        this.threads = Executors.newFixedThreadPool(SHARES * share, made);
    }

    /** As many for one organisation as there are processors. */
    static MarketThreads forProcessors() {
        return new MarketThreads(Runtime.getRuntime().availableProcessors());
    }

    /** Has a question of this organisation asked when it is its turn. */
    <T> Question<T> ask(OrgId org, Supplier<T> asking) {
        Question<T> question = new Question<>(org, asking);
        lock.lock();
        try {
            Line line = lines.computeIfAbsent(org, one -> new Line());
            if (line.running == share) {
                line.waiting.add(question);
                return question;
            }
            line.running++;
        } finally {
            lock.unlock();
        }
        hand(question);
        return question;
    }

    /** Gives a question, which has a place, to a thread; where there is none, the place goes to the next in line. */
    private void hand(@Nullable Question<?> first) {
        Question<?> next = first;
        while (next != null) {
            try {
                threads.execute(next);
                return;
            } catch (RuntimeException | Error e) {
                next.fail(e);
                next = leave(next.org);
            }
        }
    }

    /** Gives a place to the next of its organisation, which is returned, or up; then null. */
    private @Nullable Question<?> leave(OrgId org) {
        lock.lock();
        try {
            Line line = Objects.requireNonNull(lines.get(org));
            Question<?> next = line.waiting.poll();
            if (next == null) {
                line.running--;
                if (line.running == 0) {
                    lines.remove(org);
                }
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        for (Runnable left : threads.shutdownNow()) {
            if (left instanceof Question<?> question) {
                question.fail(new RejectedExecutionException("closed"));
                hand(leave(question.org));
            }
        }
    }

    /** What of an organisation is being asked, and what waits for that. */
    private static final class Line {

        private final Queue<Question<?>> waiting = new ArrayDeque<>();
        private int running;
    }

    /** A question and its answer to come. */
    final class Question<T> implements Runnable {

        private final OrgId org;
        private final Supplier<T> asking;
        private final AtomicBoolean taken = new AtomicBoolean();
        private final CompletableFuture<T> answer = new CompletableFuture<>();

        private Question(OrgId org, Supplier<T> asking) {
            this.org = org;
            this.asking = asking;
        }

        /** Completes with what the question's code does. */
        CompletableFuture<T> answer() {
            return answer;
        }

        /** Whether it had not begun, and now never will; otherwise its answer will come, however late. */
        boolean giveUp() {
            if (!taken.compareAndSet(false, true)) {
                return false;
            }
            lock.lock();
            try {
                Line line = lines.get(org);
                if (line != null) {
                    line.waiting.remove(this);
                }
            } finally {
                lock.unlock();
            }
            return true;
        }

        @Override
        public void run() {
            try {
                if (taken.compareAndSet(false, true)) {
                    answer.complete(asking.get());
                }
            } catch (Throwable e) {
                answer.completeExceptionally(e);
            } finally {
                hand(leave(org));
            }
        }

        private void fail(Throwable cause) {
            if (taken.compareAndSet(false, true)) {
                answer.completeExceptionally(new IndexNotReadyException(Incomplete.Cause.FAILED,
                        "there was no thread to ask the marketplace: this Croft is closed, or the machine is full",
                        cause));
            }
        }
    }
}
