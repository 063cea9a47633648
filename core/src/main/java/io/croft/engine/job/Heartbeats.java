package io.croft.engine.job;

import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Held;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prolongs the leases of all attempts held here, each length of lease every third of it, and tells attempts whose lease
 * is gone or whose job was cancelled. The store decides what is gone, by its own clock.
 */
final class Heartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

    private final JobStore store;
    private final StoreHealth health;
    private final Attempts attempts;
    private final List<Beat> beats;
    private final Loop loop;
    private volatile boolean hurried;

    /** Leases of one length. Confined to the loop. */
    private static final class Beat {
        final Duration lease;
        final long intervalNanos;
        long dueNanos;

        Beat(Duration lease, Duration interval) {
            this.lease = lease;
            this.intervalNanos = interval.toNanos();
            this.dueNanos = System.nanoTime() + intervalNanos;
        }
    }

    /**
     * @param intervals for each length of lease, how often it is prolonged
     */
    Heartbeats(JobStore store, StoreHealth health, Attempts attempts, Map<Duration, Duration> intervals) {
        this.store = store;
        this.health = health;
        this.attempts = attempts;
        this.beats = intervals.entrySet().stream().map(entry -> new Beat(entry.getKey(), entry.getValue())).toList();
        Duration backoff = intervals.values().stream().min(Duration::compareTo).filter(
                shortest -> shortest.compareTo(Loop.LONGEST_BACKOFF) < 0).orElse(Loop.LONGEST_BACKOFF);
        this.loop = new Loop("croft-heartbeat", this::round, backoff);
    }

    void start() {
        loop.start();
    }

    void stop() {
        loop.stop();
    }

    /** There may be something to hear from the store about attempts held here: asks now. */
    void beatNow() {
        hurried = true;
        loop.wake();
    }

    void join(long nanos) throws InterruptedException {
        loop.join(nanos);
    }

    private long round() {
        long next = Loop.UNTIL_WOKEN;
        boolean all = hurried;
        hurried = false;
        for (Beat beat : beats) {
            long now = System.nanoTime();
            if (all || beat.dueNanos - now <= 0) {
                prolong(beat.lease);
                beat.dueNanos = now + beat.intervalNanos;
            }
            next = Math.min(next, Math.max(0, beat.dueNanos - System.nanoTime()));
        }
        return next;
    }

    private void prolong(Duration lease) {
        List<JobLease> leases = attempts.beating(lease);
        for (int from = 0; from < leases.size(); from += JobStore.MAX_BATCH) {
            List<JobLease> part = leases.subList(from, Math.min(leases.size(), from + JobStore.MAX_BATCH));
            Held held = health.ask(() -> store.heartbeat(part, lease));
            Set<JobLease> kept = new HashSet<>(held.leases());
            part.stream().filter(asked -> !kept.contains(asked)).forEach(this::lost);
            held.cancelled().forEach(this::cancelled);
        }
    }

    private void cancelled(JobLease lease) {
        Attempt attempt = attempts.find(lease);
        if (attempt != null && attempt.cancel()) {
            LOG.info("{}: its job was cancelled; the handler is told", attempt);
        }
    }

    /** An attempt that was finished meanwhile has left its running phase, and is none that was lost. */
    private void lost(JobLease lease) {
        Attempt attempt = attempts.find(lease);
        if (attempt != null && attempt.lose()) {
            LOG.info("{}: its lease is gone, because it ended or the job was completed or taken away; it is cancelled",
                    attempt);
        }
    }
}
