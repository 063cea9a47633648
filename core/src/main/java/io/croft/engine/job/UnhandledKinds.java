package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/** The kinds of job that were met without a handler for them. Thread-safe. */
final class UnhandledKinds {

    /** The most kinds that are remembered. */
    static final int MAX_KINDS = 1000;

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final TreeSet<String> kinds = new TreeSet<>();

    /** Remembers a kind; returns whether it was not remembered before. */
    boolean add(String kind) {
        lock.lock();
        try {
            return kinds.size() < MAX_KINDS && kinds.add(kind);
        } finally {
            lock.unlock();
        }
    }

    /** Those remembered, in order of their names. */
    List<String> list() {
        lock.lock();
        try {
            return List.copyOf(kinds);
        } finally {
            lock.unlock();
        }
    }
}
