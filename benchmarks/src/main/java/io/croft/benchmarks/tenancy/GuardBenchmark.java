package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.CallObserver;
import io.croft.OrgId;
import io.croft.Secret;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.engine.limits.LoadAdmission;
import io.croft.engine.limits.RateAdmission;
import io.croft.guard.Admission;
import io.croft.guard.Admission.Passage;
import io.croft.guard.Gate;
import io.croft.guard.Operation;
import io.croft.guard.OrgLabels;
import io.croft.guard.TenantGuard;
import io.croft.limits.CallLimits;
import io.croft.limits.CallRate;
import io.croft.limits.LoadShedding;
import io.croft.limits.Tier;
import io.croft.spi.Store;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the gate costs: calls that do nothing, for organisations that are known, with an observer that counts and an
 * admission that lets all in; then the same with organisations hashed for logs, and with limits for actors and
 * organisations and with load shedding.
 */
public final class GuardBenchmark implements Benchmark {

    static final double BAR_NANOS = 20_000;

    private static final int ORGS = 100;
    private static final int ROUNDS = 9;
    private static final int CALLS = 200_000;
    /** So high that they refuse none of these calls. */
    private static final CallRate HIGHEST = new CallRate(CallRate.MAX_PER_MINUTE, CallRate.MAX_BURST);
    private static final CallLimits LIMITS =
            CallLimits.none().withActors(Tier.HIGH, HIGHEST).withOrgs(Tier.HIGH, HIGHEST);

    @Override
    public Outcome run() {
        try (Database database = Database.start(); Store store = database.store()) {
            TenantContext[] orgs = new TenantContext[ORGS];
            for (int i = 0; i < ORGS; i++) {
                orgs[i] = TenantContext.of(OrgId.named("guarded-" + i), Actor.service("bench"));
                store.orgs().create(orgs[i]);
            }
            List<Admission> one = List.of(entry -> Passage.UNTOLD);
            double plain = median(store, orgs, one, OrgLabels.IDS);
            double hashed = median(store, orgs, one, OrgLabels.hashed(Secret.of("0123456789abcdef")));
            double limited = median(store, orgs,
                    List.of(new LoadAdmission(LoadShedding.adaptive(), CallObserver.NOBODY),
                            new RateAdmission(LIMITS, store.rates())),
                    OrgLabels.IDS);
            System.out.printf(Locale.ROOT,
                    "%.0f ns a call, %.0f ns with organisations hashed, %.0f ns with limits and load shedding"
                            + " (bar %.0f)%n",
                    plain, hashed, limited, BAR_NANOS);
            return Math.max(limited, Math.max(plain, hashed)) <= BAR_NANOS ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    /** The median over rounds of the mean time of a call. */
    private static double median(Store store, TenantContext[] orgs, List<Admission> admissions, OrgLabels labels) {
        LongAdder told = new LongAdder();
        Gate gate = new Gate(admissions, (operation, outcome, nanos) -> told.increment(), labels);
        double[] means = new double[ROUNDS];
        try (TenantGuard guard = new TenantGuard(store.orgs(), gate)) {
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                for (int i = 0; i < CALLS; i++) {
                    guard.call(orgs[i % ORGS], Operation.SEARCH, org -> org);
                }
                means[round] = (double) (System.nanoTime() - start) / CALLS;
            }
        }
        if (told.sum() != (long) ROUNDS * CALLS) {
            throw new IllegalStateException(told + " calls were told of, not " + (long) ROUNDS * CALLS);
        }
        Arrays.sort(means);
        return means[ROUNDS / 2];
    }
}
