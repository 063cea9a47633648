package io.croft.benchmarks.neighbours;

import io.croft.benchmarks.run.Percentiles;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What became of each call of a run. Times count from when the call was due, so what a call waited for its caller, or
 * for calls before it, is in them. The first sixth of a run is not counted: queues fill in it. Thread-safe.
 */
final class Fates {

    /** The time of a call that was refused, was cut short, or was never answered. */
    static final long NEVER = Long.MAX_VALUE;

    private static final int RAMP_PART = 6;

    private final Arrivals arrivals;
    private final long begin;
    private final AtomicLongArray nanos;
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

    /**
     * Of calls that are about to be made.
     *
     * @param begin when the run begins, on {@link System#nanoTime()}
     */
    Fates(Arrivals arrivals, long begin) {
        this.arrivals = arrivals;
        this.begin = begin;
        long[] none = new long[arrivals.count()];
        Arrays.fill(none, NEVER);
        this.nanos = new AtomicLongArray(none);
    }

    /** When a call is due, on {@link System#nanoTime()}. */
    long due(int call) {
        return begin + arrivals.nanos()[call];
    }

    /** When the last calls have come, on {@link System#nanoTime()}. */
    long end() {
        return begin + arrivals.time().toNanos();
    }

    /** Whose call it is, by the organisation's number. */
    int org(int call) {
        return arrivals.orgs()[call];
    }

    /** A call was answered in full, at this moment on {@link System#nanoTime()}. */
    void answered(int call, long atNanos) {
        nanos.set(call, atNanos - due(call));
    }

    /** A call was refused, or not answered in full. */
    void failed(int call, String why) {
        if (counts(call)) {
            failures.computeIfAbsent(why, key -> new LongAdder()).increment();
        }
    }

    private Duration ramp() {
        return arrivals.time().dividedBy(RAMP_PART);
    }

    private boolean counts(int call) {
        return arrivals.nanos()[call] >= ramp().toNanos();
    }

    /** For how long calls were counted. */
    double seconds() {
        return arrivals.time().minus(ramp()).toNanos() / 1e9;
    }

    /** The times of all counted calls of these organisations. */
    Percentiles times(IntPredicate ofOrg) {
        return Percentiles.of(IntStream.range(0, arrivals.count()).filter(this::counts)
                .filter(call -> ofOrg.test(org(call))).mapToLong(nanos::get).toArray());
    }

    /** How many counted calls failed, by why. */
    Map<String, Long> failures() {
        Map<String, Long> counts = new TreeMap<>();
        failures.forEach((why, count) -> counts.put(why, count.sum()));
        return counts;
    }
}
