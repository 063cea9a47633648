package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.guard.Operation;
import io.croft.limits.CallLimits;
import io.croft.limits.CallRate;
import io.croft.limits.Tier;
import io.croft.spi.Gcra;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Callers that keep to the limits: each keeps a bucket of its own, of nineteen twentieths of its tier's rate and nine
 * tenths of its burst, and waits when that is empty. Half of their calls come in quick succession, the others after
 * pauses of all lengths. Each is the only actor of its organisation, so that both limits are felt, and each call goes
 * through a process of chance. When which call is made follows from the seed alone, so all processes know it.
 */
final class CompliantCallers {

    private static final double RATE = .95;
    private static final double BURST = .9;
    private static final Duration QUICK = Duration.ofMillis(2);
    private static final Map<Tier, Operation> OPERATIONS = Map.of(Tier.LOW, Operation.AUDIT_LIST, Tier.STANDARD,
            Operation.DOCUMENTS_PUT, Tier.HIGH, Operation.SEARCH, Tier.EXPENSIVE, Operation.DOCUMENTS_COPY);

    private final long seed;
    private final Duration time;
    private final int processes;

    /**
     * Callers of one run.
     *
     * @param time      how long they call
     * @param processes how many processes the calls go through
     */
    CompliantCallers(long seed, Duration time, int processes) {
        this.seed = seed;
        this.time = time;
        this.processes = processes;
    }

    /** A call: when, through which process, of which tier, and whose it is. */
    record Call(long afterNanos, int process, Operation operation, int caller) {
    }

    /** For whom a caller calls. */
    static TenantContext context(int caller) {
        return TenantContext.of(OrgId.named("compliant-" + caller), Actor.superAdmin("caller-" + caller));
    }

    /** How many callers it takes to make so many calls. */
    int callersFor(int calls) {
        int made = 0;
        int callers = 0;
        while (made < calls) {
            made += of(callers).size();
            callers++;
        }
        return callers;
    }

    /** The calls of this process, by their times. */
    List<Call> ofProcess(int process, int callers) {
        List<Call> all = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            of(caller).stream().filter(call -> call.process == process).forEach(all::add);
        }
        all.sort(Comparator.comparingLong(Call::afterNanos));
        return all;
    }

    private List<Call> of(int caller) {
        List<Call> calls = new ArrayList<>();
        CallLimits.standard().actors().forEach((tier, full) -> {
            CallRate kept = new CallRate(Math.max(1, (int) (full.perMinute() * RATE)),
                    Math.max(1, (int) (full.burst() * BURST)));
            Random ofTier = new Random((seed * 1_000_003 + caller) * 31 + tier.name().hashCode());
            long now = ofTier.nextLong(full.nanosPerToken() * full.burst());
            long fullAt = 0;
            while (now < time.toNanos()) {
                fullAt = Gcra.take(fullAt, now, kept, 1);
                calls.add(new Call(now, ofTier.nextInt(processes), OPERATIONS.getOrDefault(tier, Operation.SEARCH),
                        caller));
                now += ofTier.nextBoolean()
                        ? QUICK.toNanos()
                        : ofTier.nextLong(1 + (long) (ofTier.nextDouble() * full.burst() * full.nanosPerToken()));
                now += Gcra.wait(fullAt, now, kept, 1);
            }
        });
        return calls;
    }
}
