package io.croft.benchmarks.tenancy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What went wrong: all of it counted, the first of it in words. Thread-safe. */
final class HygieneFaults {

    private static final int SHOWN = 20;

    private final AtomicLong count = new AtomicLong();
    private final List<String> first = new ArrayList<>();

    void add(String fault) {
        count.incrementAndGet();
        synchronized (first) {
            if (first.size() < SHOWN) {
                first.add(fault);
            }
        }
    }

    long count() {
        return count.get();
    }

    List<String> first() {
        synchronized (first) {
            return List.copyOf(first);
        }
    }
}
