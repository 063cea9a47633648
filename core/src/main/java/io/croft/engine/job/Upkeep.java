package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.job.Waking;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Expired;
import io.croft.spi.JobStore.Signal;
import io.croft.spi.JobStore.Upkept;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps the store's queues in order and tells pollers when that may have brought them work.
 *
 * <p>What is enqueued, promoted or freed inside a transaction can be claimed after the store's next
 * {@link JobStore#maintain}, or after another's that is at the same lanes: where a round meets one, the next asks again
 * soon. A round runs at once when this process has enqueued or finished something, but not sooner than {@link #SPACING}
 * after the one before; otherwise every {@link #BUSY_INTERVAL}, and less often when nothing has happened for a while.
 * Where lanes wait for their rate limits, it also runs as soon as one of them may go on, and then wakes the poller of
 * its queue, whichever process's round it was that let it go on.
 *
 * <p>Expired leases are looked for every {@link #EXPIRY_INTERVAL} at most: that reads all that runs, and, while an old
 * transaction is open, all that has run since it began; and a lease lasts a second at least. Where such a round takes
 * long, the next one comes after {@value #EXPIRY_SHARE} times as long, {@link #LONGEST_EXPIRY_INTERVAL} at most.
 *
 * <p>A round also finds jobs that became ready and that nobody has told of, because their time came, others ended or a
 * host's transaction committed: it wakes their poller, and tells other processes where this one has no slots for all.
 * Thread-safe.
 */
final class Upkeep {

    static final Duration SPACING = Duration.ofMillis(10);
    static final Duration BUSY_INTERVAL = Duration.ofMillis(100);
    static final Duration IDLE_INTERVAL = Duration.ofMillis(500);
    static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(1);
    static final Duration LONGEST_EXPIRY_INTERVAL = Duration.ofSeconds(15);
    static final int EXPIRY_SHARE = 20;
    /** Rounds come far more often than this, and each asks anew. */
    private static final Duration LONGEST_THAW = Duration.ofMinutes(1);

    private static final int PATIENCE = 20;

    private final JobStore store;
    private final StoreHealth health;
    private final DeadLetterAlerts alerts;
    private final AttemptCounts counts;
    private final Waking waking;
    private final Map<String, Poller> pollers = new ConcurrentHashMap<>();
    private final Backoff idle = new Backoff(BUSY_INTERVAL, IDLE_INTERVAL, PATIENCE);
    private final Backoff held = new Backoff(SPACING, BUSY_INTERVAL, 0);
    private final Loop loop = new Loop("croft-upkeep", this::round, Loop.LONGEST_BACKOFF);

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Set<String> asked = new HashSet<>();

    /** Confined to the loop: the end of the spacing after the last round. */
    private long notBeforeNanos = System.nanoTime();
    /** Confined to the loop: when expired leases are looked for again. */
    private long expireAtNanos = notBeforeNanos;
    /** Confined to the loop: when lanes of these queues, which are served here, may go on. */
    private final Map<String, Long> thawNanos = new HashMap<>();
    /** The queues served here where a lane was ever seen waiting for its rate limit. */
    private final Set<String> rated = ConcurrentHashMap.newKeySet();

    Upkeep(JobStore store, StoreHealth health, DeadLetterAlerts alerts, AttemptCounts counts, Waking waking) {
        this.store = store;
        this.health = health;
        this.alerts = alerts;
        this.counts = counts;
        this.waking = waking;
    }

    /** Makes a poller known. */
    void serve(Poller poller) {
        pollers.put(poller.queue(), poller);
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

    /** Something was enqueued into this queue: its poller is to look as soon as it can be claimed. */
    void ask(String queue) {
        lock.lock();
        try {
            asked.add(queue);
        } finally {
            lock.unlock();
        }
        busy();
        loop.wake();
    }

    /** The same, said by another process of a queue that may not be served here. */
    void told(String queue) {
        if (pollers.containsKey(queue)) {
            ask(queue);
        }
    }

    /** So many jobs that may run now came into this queue: tells other processes, unless all find free slots here. */
    void tell(String queue, int jobs) {
        Poller poller = pollers.get(queue);
        if (waking == Waking.SIGNALS && (poller == null || !poller.hasRoom(jobs))) {
            store.signal(new Signal.Enqueued(queue));
        }
    }

    /** Something may have become ready in any queue, also in one that is not served here. */
    void askAll() {
        pollers.keySet().forEach(this::ask);
        busy();
        loop.wake();
    }

    /** Attempts of these queues ended: their lanes may take others, some at once, some after the next round. */
    void freed(Collection<String> queues) {
        wake(queues);
        queues.forEach(this::ask);
    }

    /** Jobs of this queue were claimed; that may have used up what a rate limit allows, until a time to be learnt. */
    void claimed(String queue) {
        busy();
        if (rated.contains(queue)) {
            loop.wake();
        }
    }

    /** There is work, here or to be expected: look often for a while. */
    private void busy() {
        idle.reset();
    }

    private long round() {
        long early = notBeforeNanos - System.nanoTime();
        if (early > 0) {
            return early;
        }
        Set<String> due = new HashSet<>(takeAsked());
        due.addAll(thawed(System.nanoTime()));
        Upkept upkept;
        boolean expire = System.nanoTime() - expireAtNanos >= 0;
        boolean done = false;
        long began = System.nanoTime();
        try {
            upkept = health.ask(() -> expire
                    ? store.maintain(JobStore.MAX_BATCH, alerts::died)
                    : store.advance(JobStore.MAX_BATCH, alerts::died));
            done = true;
        } finally {
            if (!done) {
                due.forEach(this::putBack);
            }
        }
        notBeforeNanos = System.nanoTime() + (upkept.more() ? 0 : SPACING.toNanos());
        if (expire && upkept.expired().stream().mapToInt(Expired::attempts).sum() < JobStore.MAX_BATCH) {
            long now = System.nanoTime();
            expireAtNanos = now + Math.clamp(EXPIRY_SHARE * (now - began), EXPIRY_INTERVAL.toNanos(),
                    LONGEST_EXPIRY_INTERVAL.toNanos());
        }
        due.addAll(upkept.came().keySet());
        upkept.expired().forEach(some -> due.add(some.lane().queue()));
        due.addAll(thawedWithin(upkept.thaws().keySet()));
        wake(upkept.more() ? pollers.keySet() : due);
        remember(upkept.thaws());
        counts.expired(upkept.expired());
        upkept.came().forEach(this::tell);
        if (upkept.held()) {
            due.forEach(this::putBack);
        } else {
            held.reset();
        }
        if (upkept.more()) {
            busy();
            return 0;
        }
        return Math.min(upkept.held() ? held.nextNanos() : idle.nextNanos(), untilThaw());
    }

    /** The queues where a lane may go on by then. */
    private List<String> thawed(long then) {
        return thawNanos.entrySet().stream().filter(thaw -> thaw.getValue() - then <= 0).map(Map.Entry::getKey)
                .toList();
    }

    /** Those where one may have gone on within the round that left these waiting, by the store's clock. */
    private Set<String> thawedWithin(Set<String> waiting) {
        Set<String> gone = new HashSet<>(thawNanos.keySet());
        gone.removeAll(waiting);
        gone.addAll(thawed(System.nanoTime() + SPACING.toNanos()));
        return gone;
    }

    private void remember(Map<String, Duration> thaws) {
        long now = System.nanoTime();
        thawNanos.clear();
        thaws.forEach((queue, wait) -> {
            if (pollers.containsKey(queue)) {
                rated.add(queue);
                thawNanos.put(queue, now + Math.min(wait.toNanos(), LONGEST_THAW.toNanos()));
            }
        });
    }

    private long untilThaw() {
        long now = System.nanoTime();
        return thawNanos.values().stream().mapToLong(at -> Math.max(0, at - now)).min().orElse(Loop.UNTIL_WOKEN);
    }

    private void wake(Collection<String> queues) {
        for (String queue : queues) {
            Poller poller = pollers.get(queue);
            if (poller != null) {
                poller.wake();
            }
        }
    }

    private Set<String> takeAsked() {
        lock.lock();
        try {
            Set<String> taken = Set.copyOf(asked);
            asked.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void putBack(String queue) {
        lock.lock();
        try {
            asked.add(queue);
        } finally {
            lock.unlock();
        }
    }
}
