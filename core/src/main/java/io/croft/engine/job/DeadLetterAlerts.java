package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.StoreUnavailableException;
import io.croft.job.DeadLetterListener;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Lane;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the dead letters of a lane in which a job has just died, and tells a listener when they are many.
 *
 * <p>A lane is counted at most once in {@link #SPACING}, however many die, and never further than the number that is to
 * be told next; so what it costs does not grow with the number of dead letters beyond that. At most
 * {@value #MAX_LANES} lanes wait to be counted, and of as many it is remembered what was told. Thread-safe.
 */
final class DeadLetterAlerts {

    static final Duration SPACING = Duration.ofSeconds(1);
    static final int MAX_LANES = 10_000;
    /** The most that is told is the threshold times this. */
    static final int MAX_FACTOR = 1 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterAlerts.class);

    private final JobStore store;
    private final StoreHealth health;
    private final Alarm alarm;
    private final Loop loop = new Loop("croft-alerts", this::round, Loop.LONGEST_BACKOFF);

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Set<Lane> waiting = new LinkedHashSet<>();

    /** Confined to the loop: what is told next, by lane; the lanes told of last are last. */
    private final Map<Lane, Integer> next = new LinkedHashMap<>();
    /** Confined to the loop. */
    private long notBeforeNanos = System.nanoTime();

    /**
     * Who is told, and when.
     *
     * @param threshold from how many dead letters of a lane on, 1 to {@link DeadLetterListener#MAX_THRESHOLD}
     * @param listener  who
     */
    record Alarm(int threshold, DeadLetterListener listener) {

        Alarm {
            if (threshold < 1 || threshold > DeadLetterListener.MAX_THRESHOLD) {
                throw new InvalidInputException("a threshold of " + threshold + " dead letters is outside 1 to "
                        + DeadLetterListener.MAX_THRESHOLD);
            }
        }
    }

    DeadLetterAlerts(JobStore store, StoreHealth health, Alarm alarm) {
        this.store = store;
        this.health = health;
        this.alarm = alarm;
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

    /** A job of this lane may have become a dead letter. */
    void died(Lane lane) {
        lock.lock();
        try {
            if (waiting.size() < MAX_LANES) {
                waiting.add(lane);
            }
        } finally {
            lock.unlock();
        }
        loop.wake();
    }

    private long round() {
        long early = notBeforeNanos - System.nanoTime();
        if (early > 0) {
            return early;
        }
        Set<Lane> lanes = take();
        if (lanes.isEmpty()) {
            return Loop.UNTIL_WOKEN;
        }
        lanes.forEach(lane -> {
            if (!check(lane)) {
                died(lane); // to be counted when the database is back
            }
        });
        notBeforeNanos = System.nanoTime() + SPACING.toNanos();
        return SPACING.toNanos();
    }

    /** Whether it could be counted. */
    private boolean check(Lane lane) {
        int threshold = alarm.threshold();
        int awaited = next.getOrDefault(lane, threshold);
        boolean toldAll = awaited > MAX_FACTOR * threshold;
        int count;
        try {
            count = health.ask(() -> store.countDeadLetters(lane, toldAll ? threshold : awaited));
        } catch (StoreUnavailableException e) {
            return false; // StoreHealth has told of it
        } catch (RuntimeException e) {
            LOG.error("The dead letters of organisation {} in queue {} could not be counted", lane.org(), lane.queue(),
                    e);
            return true;
        }
        if (count < threshold) {
            next.remove(lane);
        } else if (count >= awaited && !toldAll) {
            tell(lane, count);
            remember(lane, 2 * awaited);
        }
        return true;
    }

    private void tell(Lane lane, int count) {
        LOG.warn("Organisation {} has {} dead letters or more in queue {}", lane.org(), count, lane.queue());
        try {
            alarm.listener().reached(lane.org(), lane.queue(), count);
        } catch (Throwable e) {
            LOG.error("The listener for dead letters failed; it is told again when there are twice as many", e);
        }
    }

    private void remember(Lane lane, int awaited) {
        next.remove(lane);
        next.put(lane, awaited);
        if (next.size() > MAX_LANES) {
            next.remove(next.keySet().iterator().next());
        }
    }

    private Set<Lane> take() {
        lock.lock();
        try {
            Set<Lane> lanes = Set.copyOf(waiting);
            waiting.clear();
            return lanes;
        } finally {
            lock.unlock();
        }
    }
}
