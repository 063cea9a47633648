package io.croft.benchmarks.tenancy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What went wrong: all of it counted, the first of it in so many words. Thread-safe. */
final class HygieneFaults {

    private static final int SHOWN = 20;
    private static final int SHOWN_CHARS = 400;

    private final AtomicLong count = new AtomicLong();
    private final List<String> first = new ArrayList<>();

    void add(String fault) {
        count.incrementAndGet();
        synchronized (first) {
            if (first.size() < SHOWN) {
                first.add(fault.length() <= SHOWN_CHARS ? fault : fault.substring(0, SHOWN_CHARS) + "…");
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
