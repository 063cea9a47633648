package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.engine.job.Handlers.Handled;
import io.croft.job.BatchedHandler;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Claimed jobs of one poller that wait to be called in batches, each batch of one kind and one organisation. A batch is
 * ripe when it is full or its handler's linger is over. Thread-safe.
 */
final class Gathering {

    private final ReentrantLock lock = new ReentrantLock();
    /** In the order of their first jobs. */
    @GuardedBy("lock")
    private final Map<Key, Batch> open = new LinkedHashMap<>();
    @GuardedBy("lock")
    private final List<Batch> full = new ArrayList<>();

    private record Key(String kind, OrgId org) {
    }

    /**
     * Jobs for one call.
     *
     * @param handler  called with them
     * @param attempts from one to as many as it takes
     * @param dueNanos when it is called though it could take more
     */
    record Batch(BatchedHandler handler, List<Attempt> attempts, long dueNanos) {
    }

    /** Takes an attempt of a kind whose handler takes batches. */
    void add(Attempt attempt, Handled handled, BatchedHandler handler) {
        Key key = new Key(handled.kind().name(), attempt.lease().org());
        lock.lock();
        try {
            Batch batch = open.computeIfAbsent(key,
                    fresh -> new Batch(handler, new ArrayList<>(), System.nanoTime() + handler.linger().toNanos()));
            batch.attempts().add(attempt);
            if (batch.attempts().size() == handler.size()) {
                full.add(batch);
                open.remove(key);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Hands out the batches that are ripe. */
    List<Batch> takeRipe() {
        long now = System.nanoTime();
        lock.lock();
        try {
            List<Batch> ripe = new ArrayList<>(full);
            full.clear();
            for (Iterator<Batch> all = open.values().iterator(); all.hasNext();) {
                Batch batch = all.next();
                if (batch.dueNanos() - now <= 0) {
                    ripe.add(batch);
                    all.remove();
                }
            }
            return ripe;
        } finally {
            lock.unlock();
        }
    }

    /** Hands out all that there is. */
    List<Batch> takeAll() {
        lock.lock();
        try {
            List<Batch> all = new ArrayList<>(full);
            all.addAll(open.values());
            full.clear();
            open.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** How long until the next one is ripe. */
    long untilRipe() {
        long now = System.nanoTime();
        lock.lock();
        try {
            return full.isEmpty()
                    ? open.values().stream().mapToLong(batch -> Math.max(0, batch.dueNanos() - now)).min()
                            .orElse(Loop.UNTIL_WOKEN)
                    : 0;
        } finally {
            lock.unlock();
        }
    }
}
