package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What limits cost those who are far from them: several writers of one organisation put documents, or enqueue jobs, one
 * at a time, on a Postgres that waits for the disk. An organisation without limits, one with all of them and a second
 * one without any take turns; the difference between the two without limits is the noise.
 */
public final class QuotaBenchmark implements Benchmark {

    /** How much less may get through, of what does without limits. */
    static final double BAR = 0.05;

    private static final JobKind KIND = JobKind.of("bench.work", "bench-quota");
    private static final int WRITERS = 8;
    private static final int ROUNDS = 9;

    /** One call of a writer. */
    private interface Write {

        void call(OrgId org, String id);
    }

    @Override
    public Outcome run() throws Exception {
        long millis = Given.number("seconds", 2) * 1000;
        try (Database database = Database.startDurable(); Store store = database.store()) {
            store.jobs().registerQueue(KIND.queue());
            OrgId plain = org(store, "plain", OrgQuotas.UNLIMITED);
            OrgId limited = org(store, "limited", all(1L << 50));
            OrgId again = org(store, "again", OrgQuotas.UNLIMITED);
            Write put = (org, id) -> store.content().put(org, Source.PRIVATE,
                    List.of(new Content(id, "title", "a text of some words", Map.of())), KIND);
            Write enqueue = (org, id) -> store.jobs().enqueue(org, List.of(JobRequest.of(KIND, "{}")));
            boolean reached = true;
            try (ExecutorService pool = Executors.newFixedThreadPool(WRITERS)) {
                for (Map.Entry<String, Write> one : List.of(Map.entry("put", put), Map.entry("enqueue", enqueue))) {
                    double[] rates = rates(pool, one.getValue(), millis, plain, limited, again);
                    double lost = 1 - rates[1] / Math.max(rates[0], rates[2]);
                    System.out.printf(Locale.ROOT,
                            "%s: %,.0f a second without limits (%,.0f the other), %,.0f with all of them:"
                                    + " %.1f %% less (bar %.0f %%)%n",
                            one.getKey(), rates[0], rates[2], rates[1], 100 * lost, 100 * BAR);
                    reached &= lost <= BAR;
                }
            }
            return reached ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private static OrgQuotas all(long limit) {
        OrgQuotas quotas = OrgQuotas.UNLIMITED;
        for (Resource resource : Resource.values()) {
            quotas = quotas.with(resource, limit);
        }
        return quotas;
    }

    private static OrgId org(Store store, String name, OrgQuotas quotas) {
        TenantContext context = TenantContext.of(OrgId.named("quota-" + name), Actor.superAdmin("bench"));
        store.orgs().create(context);
        store.orgs().setQuotas(context, quotas);
        return context.org();
    }

    /** The median calls a second of each organisation, which take turns. */
    private static double[] rates(ExecutorService pool, Write write, long millis, OrgId... orgs) throws Exception {
        double[][] rates = new double[orgs.length][ROUNDS];
        for (int round = -1; round < ROUNDS; round++) { // the first one warms up
            for (int i = 0; i < orgs.length; i++) {
                int which = (i + round + 1) % orgs.length;
                double rate = rate(pool, write, orgs[which], millis, "r" + round + "-");
                if (round >= 0) {
                    rates[which][round] = rate;
                }
            }
        }
        return Arrays.stream(rates).mapToDouble(each -> {
            Arrays.sort(each);
            return each[ROUNDS / 2];
        }).toArray();
    }

    private static double rate(ExecutorService pool, Write write, OrgId org, long millis, String prefix)
            throws Exception {
        long start = System.nanoTime();
        long end = start + millis * 1_000_000;
        List<Callable<Long>> writers = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            String mine = prefix + w + "-";
            writers.add(() -> {
                long calls = 0;
                while (System.nanoTime() - end < 0) {
                    write.call(org, mine + calls);
                    calls++;
                }
                return calls;
            });
        }
        long calls = 0;
        for (Future<Long> done : pool.invokeAll(writers)) {
            calls += done.get();
        }
        return calls * 1e9 / (System.nanoTime() - start);
    }
}
