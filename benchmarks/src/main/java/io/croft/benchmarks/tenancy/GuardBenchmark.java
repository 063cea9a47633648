package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.Secret;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.guard.Admission.Passage;
import io.croft.guard.Gate;
import io.croft.guard.Operation;
import io.croft.guard.OrgLabels;
import io.croft.guard.TenantGuard;
import io.croft.spi.Store;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the gate costs: calls that do nothing, for organisations that are known, with an observer that counts and an
 * admission that lets all in; then the same with organisations hashed for logs.
 */
public final class GuardBenchmark implements Benchmark {

    static final double BAR_NANOS = 20_000;

    private static final int ORGS = 100;
    private static final int ROUNDS = 9;
    private static final int CALLS = 200_000;

    @Override
    public Outcome run() {
        try (Database database = Database.start(); Store store = database.store()) {
            TenantContext[] orgs = new TenantContext[ORGS];
            for (int i = 0; i < ORGS; i++) {
                orgs[i] = TenantContext.of(OrgId.named("guarded-" + i), Actor.service("bench"));
                store.orgs().create(orgs[i]);
            }
            double plain = median(store, orgs, OrgLabels.IDS);
            double hashed = median(store, orgs, OrgLabels.hashed(Secret.of("0123456789abcdef")));
            System.out.printf(Locale.ROOT, "%.0f ns a call, %.0f ns with organisations hashed (bar %.0f)%n", plain,
                    hashed, BAR_NANOS);
            return Math.max(plain, hashed) <= BAR_NANOS ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    /** The median over rounds of the mean time of a call. */
    private static double median(Store store, TenantContext[] orgs, OrgLabels labels) {
        LongAdder told = new LongAdder();
        Gate gate = new Gate(List.of(entry -> Passage.UNTOLD), (operation, outcome, nanos) -> told.increment(), labels);
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
