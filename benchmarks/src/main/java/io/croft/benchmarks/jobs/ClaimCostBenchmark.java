package io.croft.benchmarks.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import java.util.Locale;

/**
 * How many buffers a claim of 50 jobs touches: at a backlog of 10,000 and of 1,000,000 of one organisation, and over
 * 100 and 10,000 organisations, before the tables were ever analysed and after. Counted by {@code EXPLAIN (ANALYZE,
 * BUFFERS)} around the claim function: a backend counts its buffers in one place, those of the statements inside a
 * function too. The claims are real, and what they claimed is finished after each.
 */
public final class ClaimCostBenchmark implements Benchmark {

    private static final double MOST = 1.2;
    private static final int WARM_CLAIMS = 10;
    private static final String CLAIM = """
            EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM croft.claim_v1(
              p_queue_id => (SELECT q.queue_id FROM croft.queue q WHERE q.name = 'bench-claims'),
              p_want => 50, p_lanes => 10, p_worker => 'benchmark', p_lease_ms => 600000)""";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Buffers of a claim before and after ANALYZE. */
    private record Cost(double before, double after) {
    }

    @Override
    public Outcome run() throws Exception {
        int backlog = Given.count("backlog", 1_000_000);
        int orgs = Given.count("orgs", 10_000);
        int claims = Given.count("times", 50);
        Cost small = cost(1, 10_000, claims);
        Cost large = cost(1, backlog, claims);
        Cost few = cost(100, 10_000, claims);
        Cost many = cost(orgs, orgs * 20, claims);
        boolean reached = compare("1 organisation, 10,000 jobs", small, String.format(Locale.ROOT, "%,d jobs", backlog),
                large);
        reached &= compare("100 organisations", few, String.format(Locale.ROOT, "%,d organisations", orgs), many);
        return reached ? Outcome.REACHED : Outcome.MISSED;
    }

    private static boolean compare(String less, Cost from, String more, Cost to) {
        double before = to.before() / from.before();
        double after = to.after() / from.after();
        System.out.printf(Locale.ROOT,
                "%s to %s: buffers of a claim %.0f to %.0f (%.2f) before ANALYZE, %.0f to %.0f (%.2f) after (bar: at most "
                        + "%.1f)%n",
                less, more, from.before(), to.before(), before, from.after(), to.after(), after, MOST);
        return before <= MOST && after <= MOST;
    }

    private static Cost cost(int orgs, int jobs, int claims) throws Exception {
        try (Database database = Database.start(); ClaimBacklog backlog = new ClaimBacklog(database)) {
            for (int i = 0; i < orgs; i++) {
                backlog.add(backlog.org("claims-" + i), jobs / orgs);
            }
            backlog.settle();
            double before = buffers(backlog, claims);
            backlog.tables().execute("ANALYZE");
            return new Cost(before, buffers(backlog, claims));
        }
    }

    /** The median over the claims. The first ones plan, and read the catalogue. */
    private static double buffers(ClaimBacklog backlog, int claims) throws Exception {
        double[] touched = new double[claims];
        for (int i = -WARM_CLAIMS; i < claims; i++) {
            JsonNode plan = JSON.readTree(backlog.tables().text(CLAIM)).path(0).path("Plan");
            if (backlog.finishAll() == 0) {
                throw new IllegalStateException("a claim got nothing, although jobs wait");
            }
            backlog.settle();
            if (i >= 0) {
                touched[i] = plan.path("Shared Hit Blocks").asLong() + plan.path("Shared Read Blocks").asLong();
            }
        }
        return JobsBenchmark.median(touched);
    }
}
