package io.croft.benchmarks;

import io.croft.benchmarks.analytics.AnalyticsBenchmark;
import io.croft.benchmarks.crash.CrashBenchmark;
import io.croft.benchmarks.crash.CrashPlacesBenchmark;
import io.croft.benchmarks.crash.FullDiskBenchmark;
import io.croft.benchmarks.index.ColdBenchmark;
import io.croft.benchmarks.index.FilterBenchmark;
import io.croft.benchmarks.index.FreshnessBenchmark;
import io.croft.benchmarks.index.IndexingBenchmark;
import io.croft.benchmarks.index.ManyBenchmark;
import io.croft.benchmarks.index.OverheadBenchmark;
import io.croft.benchmarks.index.StartBenchmark;
import io.croft.benchmarks.index.SwapBenchmark;
import io.croft.benchmarks.index.WarmBenchmark;
import io.croft.benchmarks.jobs.ClaimCostBenchmark;
import io.croft.benchmarks.jobs.ClaimTailBenchmark;
import io.croft.benchmarks.jobs.EnqueueBenchmark;
import io.croft.benchmarks.jobs.JobsBenchmark;
import io.croft.benchmarks.jobs.NotifyBenchmark;
import io.croft.benchmarks.jobs.PickupBenchmark;
import io.croft.benchmarks.jobs.PinnedBenchmark;
import io.croft.benchmarks.jobs.RatesBenchmark;
import io.croft.benchmarks.jobs.ReadingBenchmark;
import io.croft.benchmarks.jobs.WeightsBenchmark;
import io.croft.benchmarks.neighbours.NeighbourBenchmark;
import io.croft.benchmarks.queue.FaultsBenchmark;
import io.croft.benchmarks.queue.QueueBenchmark;
import io.croft.benchmarks.ranking.QualityBenchmark;
import io.croft.benchmarks.ranking.RankingBenchmark;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Benchmark.Outcome;
import io.croft.benchmarks.tenancy.CanaryBenchmark;
import io.croft.benchmarks.tenancy.DeletionBenchmark;
import io.croft.benchmarks.tenancy.GuardBenchmark;
import io.croft.benchmarks.tenancy.HygieneBenchmark;
import io.croft.benchmarks.tenancy.IsolationBenchmark;
import io.croft.benchmarks.tenancy.LimitsBenchmark;
import io.croft.benchmarks.tenancy.QuotaBenchmark;
import io.croft.benchmarks.tenancy.RlsBenchmark;
import io.croft.benchmarks.tenancy.SabotageBenchmark;
import io.croft.benchmarks.tenancy.TimingBenchmark;
import io.croft.benchmarks.tenancy.WorldsBenchmark;
import io.croft.benchmarks.vectors.PeersBenchmark;
import io.croft.benchmarks.vectors.VectorsBenchmark;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs the measurement or proof that the system property {@value #PROPERTY} names. Ends with status 0 if the bar was
 * reached, 1 if it was missed or something failed, 2 if there is none of that name, and 3 if what it measures on is
 * missing.
 */
public final class Benchmarks {

    /** Names the benchmark. */
    static final String PROPERTY = "croft.benchmark";

    private static final Map<String, Benchmark> ALL = new TreeMap<>(Map.ofEntries(
            Map.entry("analytics", new AnalyticsBenchmark()),
            Map.entry("canaries", new CanaryBenchmark()),
            Map.entry("claimcost", new ClaimCostBenchmark()),
            Map.entry("claimtail", new ClaimTailBenchmark()),
            Map.entry("cold", new ColdBenchmark()),
            Map.entry("crash", new CrashBenchmark()),
            Map.entry("deletion", new DeletionBenchmark()),
            Map.entry("enqueue", new EnqueueBenchmark()),
            Map.entry("faults", new FaultsBenchmark()),
            Map.entry("filter", new FilterBenchmark()),
            Map.entry("freshness", new FreshnessBenchmark()),
            Map.entry("fulldisk", new FullDiskBenchmark()),
            Map.entry("guard", new GuardBenchmark()),
            Map.entry("hygiene", new HygieneBenchmark()),
            Map.entry("indexing", new IndexingBenchmark()),
            Map.entry("isolation", new IsolationBenchmark()),
            Map.entry("jobs", new JobsBenchmark()),
            Map.entry("limits", new LimitsBenchmark()),
            Map.entry("many", new ManyBenchmark()),
            Map.entry("neighbour", new NeighbourBenchmark()),
            Map.entry("notify", new NotifyBenchmark()),
            Map.entry("overhead", new OverheadBenchmark()),
            Map.entry("peers", new PeersBenchmark()),
            Map.entry("pickup", new PickupBenchmark()),
            Map.entry("pinned", new PinnedBenchmark()),
            Map.entry("places", new CrashPlacesBenchmark()),
            Map.entry("quality", new QualityBenchmark()),
            Map.entry("queue", new QueueBenchmark()),
            Map.entry("quotas", new QuotaBenchmark()),
            Map.entry("ranking", new RankingBenchmark()),
            Map.entry("rates", new RatesBenchmark()),
            Map.entry("reading", new ReadingBenchmark()),
            Map.entry("rls", new RlsBenchmark()),
            Map.entry("sabotage", new SabotageBenchmark()),
            Map.entry("start", new StartBenchmark()),
            Map.entry("swap", new SwapBenchmark()),
            Map.entry("timing", new TimingBenchmark()),
            Map.entry("vectors", new VectorsBenchmark()),
            Map.entry("warm", new WarmBenchmark()),
            Map.entry("weights", new WeightsBenchmark()),
            Map.entry("worlds", new WorldsBenchmark())));

    private Benchmarks() {
    }

    /** Runs one; see the class. */
    public static void main(String[] args) {
        System.exit(run(System.getProperty(PROPERTY, "").strip()));
    }

    private static int run(String name) {
        Benchmark benchmark = ALL.get(name);
        if (benchmark == null) {
            System.out.println(
                    "There is no benchmark \"" + name + "\": give one of " + ALL.keySet() + " with -D" + PROPERTY
                            + "=…");
            return 2;
        }
        long start = System.nanoTime();
        try {
            Outcome outcome = benchmark.run();
            System.out.printf(Locale.ROOT, "%n%s: %s after %.0f s%n", name, outcome, (System.nanoTime() - start) / 1e9);
            return outcome.exitCode();
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            System.out.println(name + ": FAILED");
            e.printStackTrace(System.out);
            return 1;
        }
    }
}
