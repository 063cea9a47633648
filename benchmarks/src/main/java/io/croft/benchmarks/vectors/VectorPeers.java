package io.croft.benchmarks.vectors;

import io.croft.benchmarks.data.HeldOutVectors;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.vectors.VectorWays.Figures;
import io.croft.lucene.VectorProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The vector search beside other libraries, in turns, each with the least effort that finds enough. */
final class VectorPeers {

    static final double BAR = 1.0;

    /** How many candidates a walk of a graph keeps: what is tried, the cheapest first. */
    static final List<Integer> EFFORTS = List.of(20, 30, 40, 60, 80, 100, 140, 200, 300, 400, 600, 1000);

    private static final int ROUNDS = 5;
    private static final Path HNSWLIB = Path.of("benchmarks", "src", "main", "native", "hnswlib.cpp");

    private final HeldOutVectors data;
    private final double recall;
    private final int queriesADay;
    private final List<int[]> truth;

    /**
     * A comparison.
     *
     * @param recall      the share of the ten nearest that each must find
     * @param queriesADay for each building of the index
     */
    VectorPeers(HeldOutVectors data, double recall, int queriesADay) {
        this.data = data;
        this.recall = recall;
        this.queriesADay = queriesADay;
        this.truth = data.truth(VectorsBenchmark.WANTED, null);
    }

    /** What one costs. */
    private record Cost(String name, String effort, double recall, double queryMillis, double buildSeconds) {

        double daySeconds(int queries) {
            return buildSeconds + queryMillis * queries / 1e3;
        }
    }

    /** Prints a table; whether ours is the cheapest for building and the queries of a day. */
    boolean compare(TempFolder folder) throws IOException, InterruptedException {
        List<VectorPeer> peers = new ArrayList<>(List.of(new JVectorPeer()));
        HnswlibPeer.find(folder.path(), HNSWLIB).ifPresentOrElse(peers::add,
                () -> System.out.println("hnswlib was not measured: install a C++ compiler and the header (Debian:"
                        + " libhnswlib-dev), or give its folder with -D" + HnswlibPeer.PROPERTY + "=…"));
        try {
            return print(measure(folder.at("ours"), peers));
        } finally {
            for (VectorPeer peer : peers) {
                peer.close();
            }
        }
    }

    /** Ours first. */
    private List<Cost> measure(Path at, List<VectorPeer> peers) throws IOException {
        double seconds = VectorsBenchmark.write(at, VectorsBenchmark.DEFAULT, false, data.vectors());
        List<Double> builds = new ArrayList<>();
        List<Integer> efforts = new ArrayList<>();
        for (VectorPeer peer : peers) {
            builds.add(peer.build(data.vectors(), data.queries()) / 1e9);
            efforts.add(effort(peer));
        }
        double ownMillis = 0;
        double ownRecall = 0;
        double[] millis = new double[peers.size()];
        double[] recalls = new double[peers.size()];
        try (VectorProbe probe = VectorProbe.open(at)) {
            for (int round = 0; round < ROUNDS; round++) {
                Figures ours = new VectorWays(data.queries(), truth)
                        .add("ours", query -> probe.nearest(query, VectorsBenchmark.WANTED)).measure().getFirst();
                ownMillis += ours.cpuMillis() / ROUNDS;
                ownRecall = ours.recall10();
                for (int i = 0; i < peers.size(); i++) {
                    VectorPeer.Answers answers = peers.get(i).search(efforts.get(i), 0, data.queries().size());
                    millis[i] += answers.cpuNanos() / 1e6 / data.queries().size() / ROUNDS;
                    recalls[i] = recall(answers);
                }
            }
        }
        List<Cost> costs = new ArrayList<>(List.of(new Cost(VectorsBenchmark.DEFAULT + " scan", "as its errors ask",
                ownRecall, ownMillis, seconds)));
        for (int i = 0; i < peers.size(); i++) {
            costs.add(new Cost(peers.get(i).name(), Integer.toString(efforts.get(i)), recalls[i], millis[i],
                    builds.get(i)));
        }
        return costs;
    }

    private boolean print(List<Cost> costs) {
        System.out.printf(Locale.ROOT, "%nPeers, %,d vectors, at recall@10 of at least %.3f, in turns%n%n| what |"
                + " candidates kept | recall@10 | CPU ms a query | build CPU s | build and %,d queries, CPU s |"
                + " ours ÷ this |%n|---|---|---|---|---|---|---|%n", data.vectors().size(), recall, queriesADay);
        double ours = costs.getFirst().daySeconds(queriesADay);
        boolean reached = true;
        for (Cost cost : costs) {
            double theirs = cost.daySeconds(queriesADay);
            System.out.printf(Locale.ROOT, "| %s | %s | %.4f | %.3f | %.1f | %.1f | %.2f |%n", cost.name(),
                    cost.effort(), cost.recall(), cost.queryMillis(), cost.buildSeconds(), theirs, ours / theirs);
            reached &= ours / theirs <= BAR;
        }
        if (!reached) {
            System.out.println("MISSED: ours is dearer than a peer");
        }
        return reached;
    }

    /** The least with which it finds enough; the search for it is its warm-up. */
    private int effort(VectorPeer peer) throws IOException {
        for (int effort : EFFORTS) {
            if (recall(peer.search(effort, 0, truth.size())) >= recall) {
                return effort;
            }
        }
        return EFFORTS.getLast();
    }

    private double recall(VectorPeer.Answers answers) {
        return IntStream.range(0, truth.size())
                .mapToDouble(q -> HeldOutVectors.recall(answers.ids().get(q), truth.get(q), 10)).average()
                .orElseThrow();
    }
}
