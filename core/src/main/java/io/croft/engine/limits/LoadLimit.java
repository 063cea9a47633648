package io.croft.engine.limits;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.CallObserver.Outcome;
import io.croft.CallRefusedException;
import io.croft.CallRefusedException.Reason;
import io.croft.OrgId;
import io.croft.guard.Admission.Passage;
import io.croft.guard.Operation;
import io.croft.limits.LoadReport;
import io.croft.limits.LoadShedding;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The places for calls that need the same thing, as many as {@link AdaptiveLimit} finds.
 *
 * <p>An organisation may have so many of them as are free, times a factor: the dynamic threshold of Choudhury and
 * Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", 1998. One that floods comes to rest at
 * its share, two of them at less each, and there are always places left for those who ask for few: of these none is
 * refused while the process is full of somebody else's calls. Thread-safe.
 */
final class LoadLimit {

    /** How long it is measured before the limit changes. */
    static final Duration WINDOW = Duration.ofMillis(250);

    /** How often it is told what was done, if anything was. */
    static final Duration TOLD_EVERY = Duration.ofSeconds(5);

    private static final int FEWEST = 10;
    private static final int MOST_MEASURED = 1024;
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(50);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(LoadLimit.class);

    private final String load;
    private final double timesFree;
    private final LongSupplier nanoTime;
    private final Consumer<LoadReport> told;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger peak = new AtomicInteger();
    private final Map<OrgId, Integer> ofOrgs = new ConcurrentHashMap<>();
    private final LongAdder refusedOrgShare = new LongAdder();
    private final LongAdder refusedOverload = new LongAdder();
    private final AtomicLong toldAt;
    private volatile int limit;
    private volatile int toldLimit;
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

    /**
     * Nothing is under way.
     *
     * @param load how it is named in logs, reports and messages
     * @param told of what was done
     */
    LoadLimit(String load, LoadShedding bounds, LongSupplier nanoTime, Consumer<LoadReport> told) {
        this.load = load;
        this.timesFree = bounds.orgShare() / (1 - bounds.orgShare()); // infinite for a share of 1
        this.nanoTime = nanoTime;
        this.told = told;
        this.adaptive = new AdaptiveLimit(bounds, Operation.values().length);
        this.limit = adaptive.limit();
        this.toldLimit = limit;
        long now = nanoTime.getAsLong();
        this.toldAt = new AtomicLong(now);
        this.windowEnd = now + WINDOW.toNanos();
    }

    /** How many calls may be under way now. */
    int limit() {
        return limit;
    }

    /**
     * Gives a call of an organisation a place.
     *
     * @throws CallRefusedException if there is none for it
     */
    Passage admit(OrgId org, Operation operation) {
        int most = limit;
        int ofOrg = ofOrgs.merge(org, 1, Integer::sum);
        int free = most - underWay.get();
        if (free > 0 && ofOrg > Math.max(1, timesFree * free)) {
            leave(org);
            refusedOrgShare.increment();
            throw refused(operation, Reason.ORG_SHARE, "its organisation has " + (ofOrg - 1) + " of the " + most
                    + " calls under way that this process can do at once, as many as it may while " + free
                    + " are left for others");
        }
        int all = enter(most);
        if (all > most) {
            leave(org);
            refusedOverload.increment();
            throw refused(operation, Reason.OVERLOAD,
                    "this process has " + most + " calls under way, as many as it can do at once");
        }
        if (all > peak.get()) {
            peak.accumulateAndGet(all, Math::max);
        }
        return (outcome, tookNanos) -> {
            underWay.decrementAndGet();
            leave(org);
            if (outcome == Outcome.OK) {
                measure(operation, tookNanos);
            }
            tell();
        };
    }

    /** How many are under way with this one; more than there may be, if it is not. */
    private int enter(int most) {
        while (true) {
            int before = underWay.get();
            if (before >= most) {
                return most + 1;
            }
            if (underWay.compareAndSet(before, before + 1)) {
                return before + 1;
            }
        }
    }

    private void leave(OrgId org) {
        ofOrgs.computeIfPresent(org, (same, calls) -> calls == 1 ? null : calls - 1);
    }

    /** Callers do not wait for one another here: what cannot be noted at once is left out. */
    @SuppressWarnings("EnumOrdinal") // the limit knows kinds by number, and none longer than the process lives
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
        adaptive.window(kinds, nanos, measured, peak.getAndSet(underWay.get()));
        limit = adaptive.limit();
        long sum = 0;
        for (int i = 0; i < measured; i++) {
            sum += nanos[i];
        }
        waitNanos = Math.clamp(2 * sum / measured, SHORTEST_WAIT.toNanos(), LONGEST_WAIT.toNanos());
        measured = 0;
        windowEnd = nanoTime.getAsLong() + WINDOW.toNanos();
    }

    /** Not all are sent back for the same moment. */
    private CallRefusedException refused(Operation operation, Reason reason, String why) {
        tell();
        long about = waitNanos;
        Duration wait = Duration.ofNanos(about / 2 + ThreadLocalRandom.current().nextLong(about));
        return new CallRefusedException(
                operation.label() + " is refused: " + why + ": come back in " + (wait.toMillis() + 1) + " ms", reason,
                wait);
    }

    private void tell() {
        long now = nanoTime.getAsLong();
        long before = toldAt.get();
        if (now - before < TOLD_EVERY.toNanos() || !toldAt.compareAndSet(before, now)) {
            return;
        }
        LoadReport report = new LoadReport(load, limit, underWay.get(), refusedOrgShare.sumThenReset(),
                refusedOverload.sumThenReset());
        boolean isRefusing = report.refusedOrgShare() + report.refusedOverload() > 0;
        if (!isRefusing && report.limit() == toldLimit) {
            return;
        }
        toldLimit = report.limit();
        (isRefusing ? LOG.atWarn() : LOG.atDebug()).addKeyValue("load", load).addKeyValue("limit", report.limit())
                .addKeyValue("under_way", report.underWay())
                .addKeyValue("refused_org_share", report.refusedOrgShare())
                .addKeyValue("refused_overload", report.refusedOverload())
                .log(isRefusing ? "calls were refused for load" : "the limit of calls under way has changed");
        try {
            told.accept(report);
        } catch (RuntimeException e) {
            LOG.warn("The observer of calls failed at a report on {}", load, e);
        }
    }
}
