package io.croft.engine.limits;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.CallObserver.Outcome;
import io.croft.CallRefusedException;
import io.croft.CallRefusedException.Reason;
import io.croft.OrgId;
import io.croft.guard.Admission;
import io.croft.guard.Operation;
import io.croft.limits.LoadShedding;
import io.croft.limits.Tier;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets in as many calls at once as {@link AdaptiveLimit} finds that this process can do, and of one organisation a part
 * of them. Thread-safe.
 */
public final class LoadAdmission implements Admission {

    /** How long it is measured before the limit changes. */
    static final Duration WINDOW = Duration.ofMillis(250);

    private static final int FEWEST = 10;
    private static final int MOST_MEASURED = 1024;
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(50);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(LoadAdmission.class);

    private final double orgShare;
    private final LongSupplier nanoTime;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger peak = new AtomicInteger();
    private final Map<OrgId, Integer> ofOrgs = new ConcurrentHashMap<>();
    private volatile int limit;
    /** About how long a refused call should wait. */
    private volatile long waitNanos = SHORTEST_WAIT.toNanos();

    private final ReentrantLock measuring = new ReentrantLock();
    @GuardedBy("measuring")
    private final AdaptiveLimit adaptive;
    @GuardedBy("measuring")
    private final int[] kinds = new int[MOST_MEASURED];
    @GuardedBy("measuring")
    private final long[] nanos = new long[MOST_MEASURED];
    @GuardedBy("measuring")
    private int measured;
    @GuardedBy("measuring")
    private long windowEnd;

    /** Within these bounds. */
    public LoadAdmission(LoadShedding bounds) {
        this(bounds, System::nanoTime);
    }

    LoadAdmission(LoadShedding bounds, LongSupplier nanoTime) {
        this.orgShare = bounds.orgShare();
        this.nanoTime = nanoTime;
        this.adaptive = new AdaptiveLimit(bounds, Operation.values().length);
        this.limit = adaptive.limit();
        this.windowEnd = nanoTime.getAsLong() + WINDOW.toNanos();
    }

    /** How many calls may be under way now. */
    public int limit() {
        return limit;
    }

    @Override
    public Passage admit(Entry entry) {
        if (entry.org().isEmpty() || entry.operation().tier() == Tier.FREE) {
            return Passage.UNTOLD;
        }
        OrgId org = entry.org().get();
        int most = limit;
        int ofOrg = ofOrgs.merge(org, 1, Integer::sum);
        int share = Math.max(1, (int) (most * orgShare));
        if (ofOrg > share) {
            leave(org);
            throw refused(entry.operation(), Reason.ORG_SHARE,
                    "its organisation has " + share + " calls under way, as many as one may have");
        }
        int all = underWay.incrementAndGet();
        if (all > most) {
            underWay.decrementAndGet();
            leave(org);
            throw refused(entry.operation(), Reason.OVERLOAD,
                    "this process has " + most + " calls under way, as many as it can do at once");
        }
        if (all > peak.get()) {
            peak.accumulateAndGet(all, Math::max);
        }
        return (outcome, tookNanos) -> {
            underWay.decrementAndGet();
            leave(org);
            if (outcome == Outcome.OK && entry.operation().tier() != Tier.EXPENSIVE) {
                measure(entry.operation(), tookNanos);
            }
        };
    }

    private void leave(OrgId org) {
        ofOrgs.computeIfPresent(org, (same, calls) -> calls == 1 ? null : calls - 1);
    }

    /** Callers do not wait for one another here: what cannot be noted at once is left out. */
    private void measure(Operation operation, long tookNanos) {
        if (measuring.tryLock()) {
            try {
                if (measured < MOST_MEASURED) {
                    kinds[measured] = operation.ordinal();
                    nanos[measured] = tookNanos;
                    measured++;
                }
                if (measured >= FEWEST && nanoTime.getAsLong() - windowEnd >= 0) {
                    endWindow();
                }
            } finally {
                measuring.unlock();
            }
        }
    }

    @GuardedBy("measuring")
    private void endWindow() {
        int before = limit;
        adaptive.window(kinds, nanos, measured, peak.getAndSet(underWay.get()));
        limit = adaptive.limit();
        long sum = 0;
        for (int i = 0; i < measured; i++) {
            sum += nanos[i];
        }
        waitNanos = Math.clamp(2 * sum / measured, SHORTEST_WAIT.toNanos(), LONGEST_WAIT.toNanos());
        measured = 0;
        windowEnd = nanoTime.getAsLong() + WINDOW.toNanos();
        if (limit != before) {
            LOG.debug("{} calls may be under way at once, after {}", limit, before);
        }
    }

    /** Not all are sent back for the same moment. */
    private CallRefusedException refused(Operation operation, Reason reason, String why) {
        long about = waitNanos;
        Duration wait = Duration.ofNanos(about / 2 + ThreadLocalRandom.current().nextLong(about));
        return new CallRefusedException(
                operation.label() + " is refused: " + why + ": come back in " + (wait.toMillis() + 1) + " ms", reason,
                wait);
    }
}
