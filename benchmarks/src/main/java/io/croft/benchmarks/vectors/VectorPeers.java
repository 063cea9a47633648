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
    static final List<Integer> EFFORTS = List.of(20, 30, 40, 60, 80, 100, 140, 200, 300, 400, 600, 1000, 1400);

    /** As many as a page shows, and as many as a search of the product gathers for ranking. */
    private static final List<Integer> WANTED = List.of(10, 100);
    private static final int ROUNDS = 5;
    private static final Path HNSWLIB = Path.of("benchmarks", "src", "main", "native", "hnswlib.cpp");

    private final HeldOutVectors data;
    private final double recall;
    private final int queriesADay;
    private final List<int[]> truth;

    /**
     * A comparison.
     *
     * @param recall      the share of the nearest that each must find, of as many as each is asked for
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

        Cost searched(double found, double millis) {
            return new Cost(name, effort, found, millis, buildSeconds);
        }

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
            return measure(folder.at("ours"), peers);
        } finally {
            for (VectorPeer peer : peers) {
                peer.close();
            }
        }
    }

    /** Builds each once, then has all asked for as many nearest. */
    private boolean measure(Path at, List<VectorPeer> peers) throws IOException {
        double seconds = VectorsBenchmark.write(at, VectorsBenchmark.DEFAULT, false, data.vectors());
        List<Double> builds = new ArrayList<>();
        for (VectorPeer peer : peers) {
            builds.add(peer.build(data.vectors(), data.queries()) / 1e9);
        }
        boolean reached = true;
        try (VectorProbe probe = VectorProbe.open(at)) {
            for (int wanted : WANTED) {
                List<Cost> costs = new ArrayList<>(List.of(new Cost(VectorsBenchmark.DEFAULT + " scan",
                        "as its errors ask", 0, 0, seconds)));
                for (int i = 0; i < peers.size(); i++) {
                    int effort = effort(peers.get(i), wanted);
                    costs.add(new Cost(peers.get(i).name(), Integer.toString(effort), 0, 0, builds.get(i)));
                }
                reached &= print(wanted, searched(probe, wanted, costs, peers));
            }
        }
        return reached;
    }

    /** In turns; ours first. */
    private List<Cost> searched(VectorProbe probe, int wanted, List<Cost> costs, List<VectorPeer> peers)
            throws IOException {
        double[] millis = new double[costs.size()];
        double[] recalls = new double[costs.size()];
        for (int round = 0; round < ROUNDS; round++) {
            Figures ours = new VectorWays(data.queries(), truth)
                    .add("ours", query -> probe.nearest(query, wanted)).measure().getFirst();
            millis[0] += ours.cpuMillis() / ROUNDS;
            recalls[0] = wanted == VectorsBenchmark.WANTED ? ours.recall100() : ours.recall10();
            for (int i = 1; i < costs.size(); i++) {
                VectorPeer.Answers answers = peers.get(i - 1)
                        .search(Integer.parseInt(costs.get(i).effort()), wanted, 0, data.queries().size());
                millis[i] += answers.cpuNanos() / 1e6 / data.queries().size() / ROUNDS;
                recalls[i] = recall(answers, wanted);
            }
        }
        return IntStream.range(0, costs.size())
                .mapToObj(i -> costs.get(i).searched(recalls[i], millis[i])).toList();
    }

    private boolean print(int wanted, List<Cost> costs) {
        System.out.printf(Locale.ROOT, "%nPeers, %,d vectors, the %d nearest wanted, recall of at least %.3f,"
                + " in turns%n%n| what | candidates kept | recall | CPU ms a query | build CPU s | build and %,d queries, CPU s |"
                + " ours ÷ this |%n|---|---|---|---|---|---|---|%n", data.vectors().size(), wanted, recall,
                queriesADay);
        double ours = costs.getFirst().daySeconds(queriesADay);
        boolean reached = costs.getFirst().recall() >= recall;
        for (Cost cost : costs) {
            double theirs = cost.daySeconds(queriesADay);
            System.out.printf(Locale.ROOT, "| %s | %s | %.4f | %.3f | %.1f | %.1f | %.2f |%n", cost.name(),
                    cost.effort(), cost.recall(), cost.queryMillis(), cost.buildSeconds(), theirs, ours / theirs);
            reached &= ours / theirs <= BAR;
        }
        if (!reached) {
            System.out.println("MISSED: ours is dearer than a peer, or does not find enough");
        }
        return reached;
    }

    /** The least with which it finds enough; the search for it is its warm-up. */
    private int effort(VectorPeer peer, int wanted) throws IOException {
        for (int effort : EFFORTS) {
            if (effort >= wanted && recall(peer.search(effort, wanted, 0, truth.size()), wanted) >= recall) {
                return effort;
            }
        }
        return EFFORTS.getLast();
    }

    private double recall(VectorPeer.Answers answers, int wanted) {
        return IntStream.range(0, truth.size())
                .mapToDouble(q -> HeldOutVectors.recall(answers.ids().get(q), truth.get(q), wanted)).average()
                .orElseThrow();
    }
}
