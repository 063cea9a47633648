package io.croft.engine.job;

import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stores what handlers say of their progress: the last word of each, for all handlers of the process together, not
 * sooner than {@link #SPACING} after the time before. A word after a silence of that length is stored at once.
 * Thread-safe.
 */
final class ProgressReports {

    static final Duration SPACING = Duration.ofMillis(500);

    private final JobStore store;
    private final StoreHealth health;
    private final Set<Attempt> changed = ConcurrentHashMap.newKeySet();
    private final Loop loop = new Loop("croft-progress", this::round, Loop.LONGEST_BACKOFF);
    /** Confined to the loop. */
    private long notBeforeNanos = System.nanoTime();

    ProgressReports(JobStore store, StoreHealth health) {
        this.store = store;
        this.health = health;
    }

    void start() {
        loop.start();
    }

    void stop() {
        loop.stop();
    }

    void join(long nanos) throws InterruptedException {
        loop.join(nanos);
    }

    /** This attempt has something new to say. */
    void said(Attempt attempt) {
        if (changed.add(attempt)) {
            loop.wake();
        }
    }

    private long round() {
        long early = notBeforeNanos - System.nanoTime();
        if (early > 0) {
            return early;
        }
        Map<JobLease, Attempt> speakers = take();
        if (speakers.isEmpty()) {
            return Loop.UNTIL_WOKEN;
        }
        List<Report> reports = new ArrayList<>();
        speakers.forEach((lease, attempt) -> attempt.lastWord()
                .ifPresent(word -> reports.add(new Report(lease, word.fraction(), word.message()))));
        Set<JobLease> kept = new HashSet<>();
        try {
            if (!reports.isEmpty()) {
                kept.addAll(health.ask(() -> store.report(reports)));
            }
        } finally {
            speakers.forEach((lease, attempt) -> {
                if (!kept.contains(lease) && attempt.lastWord().isPresent()) {
                    changed.add(attempt);
                }
            });
            notBeforeNanos = System.nanoTime() + SPACING.toNanos();
        }
        return SPACING.toNanos();
    }

    /** Taken before what they say is read, so that what they say meanwhile comes again. */
    private Map<JobLease, Attempt> take() {
        Map<JobLease, Attempt> taken = new LinkedHashMap<>();
        for (Iterator<Attempt> all = changed.iterator(); all.hasNext() && taken.size() < JobStore.MAX_BATCH;) {
            Attempt attempt = all.next();
            all.remove();
            taken.put(attempt.lease(), attempt);
        }
        return taken;
    }
}
