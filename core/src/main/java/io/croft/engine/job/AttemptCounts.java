package io.croft.engine.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.spi.AttemptBatch;
import io.croft.spi.AttemptBatch.OrgCounts;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Expired;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.KindCounts;
import io.croft.spi.LatencyHistogram;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts how attempts ended, beside the path on which they end: in memory, and every {@link #FLUSH_EVERY} in the store.
 *
 * <p>What memory holds grows with organisations and kinds and not with attempts, up to {@value #MAX_COUNTS} of them;
 * what would be one more is dropped and told. While the store is away everything waits. A batch whose answer got lost
 * is sent again as it was, and its number keeps it from being added twice. A process that is killed loses what it has
 * counted since it last stored: figures for people, from which nothing follows. Thread-safe.
 */
final class AttemptCounts {

    /** How often counts are stored. */
    static final Duration FLUSH_EVERY = Duration.ofSeconds(10);
    /** The most counts of an organisation and kind that wait. */
    static final int MAX_COUNTS = AttemptBatch.MAX_COUNTS;

    private static final Logger LOG = LoggerFactory.getLogger(AttemptCounts.class);

    private final JobStore store;
    private final StoreHealth health;
    private final Loop loop = new Loop("croft-job-counts", this::round, Loop.LONGEST_BACKOFF);
    private final UUID writer = UUID.randomUUID();

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Map<Cell, Tally> counts = new HashMap<>();
    @GuardedBy("lock")
    private long dropped;

    /** One stores at a time. */
    private final ReentrantLock storing = new ReentrantLock();
    @GuardedBy("storing")
    private @Nullable AttemptBatch unanswered;
    @GuardedBy("storing")
    private long batches;

    private record Cell(OrgId org, String queue, String kind) {
    }

    /** Guarded by the lock. */
    private static final class Tally {
        private Instant since = Instant.MAX;
        private long completed;
        private long failed;
        private long cancelled;
        private final Map<Integer, Long> times = new TreeMap<>();
    }

    /** How an attempt ended, as far as it is counted. */
    private enum End {
        COMPLETED, FAILED, CANCELLED
    }

    AttemptCounts(JobStore store, StoreHealth health) {
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

    /** An attempt has ended and the store has accepted this; counts it if its handler was called. */
    void ended(Attempt attempt, Outcome outcome) {
        attempt.took().ifPresent(took -> {
            switch (outcome) {
                case Outcome.Completed completed -> add(attempt, End.COMPLETED, took);
                case Outcome.Cancelled cancelled -> add(attempt, End.CANCELLED, took);
                case Outcome.Failed failed -> add(attempt, attempt.hasCommitted()
                        ? End.COMPLETED
                        : attempt.wasCancelled() ? End.CANCELLED : End.FAILED, took);
                case Outcome.Snoozed snoozed -> {
                }
                case Outcome.NotBegun notBegun -> {
                }
            }
        });
    }

    /** Leases have ended, and the attempts have failed with them; what their handlers took is not known. */
    void expired(List<Expired> attempts) {
        if (attempts.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            for (Expired some : attempts) {
                Tally tally = tally(some.lane(), some.kind(), some.since(), some.attempts());
                if (tally != null) {
                    tally.failed += some.attempts();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void add(Attempt attempt, End end, Duration took) {
        lock.lock();
        try {
            Tally tally = tally(attempt.lane(), attempt.kind().name(), attempt.createdAt(), 1);
            if (tally == null) {
                return;
            }
            switch (end) {
                case COMPLETED -> tally.completed++;
                case FAILED -> tally.failed++;
                case CANCELLED -> tally.cancelled++;
            }
            tally.times.merge(LatencyHistogram.bucket(took), 1L, Long::sum);
        } finally {
            lock.unlock();
        }
    }

    /** Null if there is no room for it. */
    @GuardedBy("lock")
    private @Nullable Tally tally(Lane lane, String kind, Instant since, int attempts) {
        Cell cell = new Cell(lane.org(), lane.queue(), kind);
        Tally tally = counts.get(cell);
        if (tally == null && counts.size() >= MAX_COUNTS) {
            dropped += attempts;
            loop.wake();
            return null;
        }
        if (tally == null) {
            tally = new Tally();
            counts.put(cell, tally);
        }
        if (since.isBefore(tally.since)) {
            tally.since = since;
        }
        return tally;
    }

    private long round() {
        flush();
        return FLUSH_EVERY.toNanos();
    }

    /**
     * Stores what has been counted until now.
     *
     * @throws StoreUnavailableException if the store cannot be reached; what has been counted is kept
     */
    void flush() {
        storing.lock();
        try {
            send();
            unanswered = take();
            send();
        } finally {
            storing.unlock();
        }
    }

    @GuardedBy("storing")
    private void send() {
        AttemptBatch batch = unanswered;
        if (batch == null) {
            return;
        }
        try {
            health.run(() -> store.count(batch));
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("The store refuses counts of attempts for an unknown reason; {} of them are dropped",
                    batch.counts().size(), e);
        }
        unanswered = null;
    }

    /** Null if nothing has been counted. */
    @GuardedBy("storing")
    private @Nullable AttemptBatch take() {
        lock.lock();
        try {
            if (dropped > 0) {
                LOG.warn("{} attempts were not counted: more than {} organisations and kinds ended some at once",
                        dropped, MAX_COUNTS);
                dropped = 0;
            }
            if (counts.isEmpty()) {
                return null;
            }
            List<OrgCounts> taken = new ArrayList<>();
            counts.forEach((cell, tally) -> taken.add(new OrgCounts(cell.org(), tally.since,
                    new KindCounts(cell.queue(), cell.kind(), tally.completed, tally.failed, tally.cancelled,
                            LatencyHistogram.of(tally.times)))));
            counts.clear();
            return new AttemptBatch(writer, ++batches, taken);
        } finally {
            lock.unlock();
        }
    }
}
