package io.croft.benchmarks.jobs;

import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Jobs that do nothing, from enqueue to the stored end, over 1,000 organisations, beside other queues on the same
 * Postgres, which waits for the disk at each commit. The queues take turns; one round of each warms up, the ratio of
 * each further round is that of the times beside one another, and the median of the ratios counts.
 */
public final class JobsBenchmark implements Benchmark {

    private static final double OVER_DB_SCHEDULER = 5;
    private static final double OVER_JOBRUNR = 20;
    private static final double OVER_GRAPHILE = 1;

    private record Beside(JobPeer peer, double bar) {
    }

    @Override
    public Outcome run() throws Exception {
        int orgs = Given.count("orgs", 1_000);
        int jobs = Given.count("jobs", 50_000);
        int rounds = Given.count("rounds", 5);
        try (Database database = Database.startDurable();
                TempFolder folder = TempFolder.create();
                QueueTables tables = new QueueTables(database);
                CroftJobs ours = new CroftJobs(database, orgs, Given.count("slots", 200))) {
            List<Beside> peers = new ArrayList<>();
            peers.add(new Beside(new DbSchedulerJobs(database, orgs), OVER_DB_SCHEDULER));
            peers.add(new Beside(new JobRunrJobs(database, orgs), OVER_JOBRUNR));
            GraphileJobs.find(database, folder.path(), orgs)
                    .ifPresent(peer -> peers.add(new Beside(peer, OVER_GRAPHILE)));
            try {
                return compare(tables, ours, peers, jobs, rounds);
            } finally {
                for (Beside beside : peers) {
                    beside.peer().close();
                }
            }
        }
    }

    private static Outcome compare(QueueTables tables, JobPeer ours, List<Beside> peers, int jobs, int rounds)
            throws Exception {
        double[][] ratios = new double[peers.size()][rounds];
        double[][] rates = new double[peers.size() + 1][rounds];
        for (int round = -1; round < rounds; round++) {
            double own = rate(tables, ours, jobs);
            for (int i = 0; i < peers.size(); i++) {
                // A slow queue is not made to work longer than it takes to see how slow it is.
                double rate = rate(tables, peers.get(i).peer(), peers.get(i).bar() > 1 ? jobs / 5 : jobs);
                if (round >= 0) {
                    rates[0][round] = own;
                    rates[i + 1][round] = rate;
                    ratios[i][round] = own / rate;
                }
            }
        }
        System.out.printf(Locale.ROOT, "%,d jobs, %d rounds, jobs a second (median, least and most)%n", jobs, rounds);
        print(rates[0], ours.name());
        boolean reached = true;
        for (int i = 0; i < peers.size(); i++) {
            print(rates[i + 1], peers.get(i).peer().name());
            double ratio = median(ratios[i]);
            reached &= ratio >= peers.get(i).bar();
            System.out.printf(Locale.ROOT, "          ours is %.2f times that (bar: at least %.0f)%n", ratio,
                    peers.get(i).bar());
        }
        return reached ? Outcome.REACHED : Outcome.MISSED;
    }

    private static double rate(QueueTables tables, JobPeer peer, int jobs) throws Exception {
        tables.execute("VACUUM ANALYZE");
        tables.execute("CHECKPOINT");
        JobPeer.Round round = peer.round(jobs / 10, jobs);
        double rate = jobs / (round.nanos() / 1e9);
        System.out.printf(Locale.ROOT, "  %,d jobs in %.1f s, enqueued within %.1f s: %s%n", jobs, round.nanos() / 1e9,
                round.enqueuedNanos() / 1e9, peer.name());
        return rate;
    }

    private static void print(double[] rates, String name) {
        System.out.printf(Locale.ROOT, "%9.0f (%.0f to %.0f) %s%n", median(rates),
                Arrays.stream(rates).min().orElseThrow(), Arrays.stream(rates).max().orElseThrow(), name);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
