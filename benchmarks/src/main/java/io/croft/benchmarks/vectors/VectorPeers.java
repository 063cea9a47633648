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

/** The vector search beside other libraries, in turns, each with the least effort that finds as much. */
final class VectorPeers {

    static final double BAR = 1.0;

    /** As many as a page shows, and as many as a search of the product gathers for ranking. */
    private static final List<Integer> WANTED = List.of(10, 100);
    private static final int ROUNDS = 5;
    /** How many candidates a walk of a graph keeps: what is tried, in steps of a sixteenth. */
    private static final int MOST_EFFORT = 1500;
    private static final double STEP = 1.0625;
    private static final Path HNSWLIB = Path.of("benchmarks", "src", "main", "native", "hnswlib.cpp");

    private final HeldOutVectors data;
    private final double recall;
    private final int queriesADay;
    private final List<int[]> truth;

    /**
     * A comparison.
     *
     * @param recall      the share of the nearest that ours must find at least, of as many as it is asked for
     * @param queriesADay for each building of the index
     */
    VectorPeers(HeldOutVectors data, double recall, int queriesADay) {
        this.data = data;
        this.recall = recall;
        this.queriesADay = queriesADay;
        this.truth = data.truth(VectorsBenchmark.WANTED, null);
    }

    /** A peer, and with how many candidates it is asked to find as much as the floor says. */
    private record Setting(VectorPeer peer, double buildSeconds, double floor, int effort) {
    }

    /** What one costs, and how much it found. */
    private record Cost(String name, String effort, double recall, double queryMillis, double buildSeconds) {

        double daySeconds(int queries) {
            return buildSeconds + queryMillis * queries / 1e3;
        }
    }

    /** Prints a table; whether ours is no dearer than any for building and the queries of a day. */
    boolean compare(TempFolder folder) throws IOException, InterruptedException {
        List<VectorPeer> peers = new ArrayList<>(List.of(new JVectorPeer()));
        List<VectorPeer> compiled = HnswlibPeer.find(folder.path(), HNSWLIB);
        peers.addAll(compiled);
        if (compiled.isEmpty()) {
            System.out.println("hnswlib was not measured: install a C++ compiler and the header (Debian:"
                    + " libhnswlib-dev), or give its folder with -D" + HnswlibPeer.PROPERTY + "=…");
        }
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
        double seconds = VectorsBenchmark.write(at, VectorsBenchmark.OF_MANY, false, data.vectors());
        List<Double> builds = new ArrayList<>();
        for (VectorPeer peer : peers) {
            builds.add(peer.build(data.vectors(), data.queries()) / 1e9);
        }
        boolean reached = true;
        try (VectorProbe probe = VectorProbe.open(at)) {
            for (int wanted : WANTED) {
                double found = found(ours(probe, wanted), wanted);
                List<Setting> settings = new ArrayList<>();
                for (int i = 0; i < peers.size(); i++) {
                    for (double floor : new double[]{found, recall}) {
                        settings.add(new Setting(peers.get(i), builds.get(i), floor,
                                effort(peers.get(i), wanted, floor)));
                    }
                }
                reached &= print(wanted, searched(probe, wanted, seconds, settings), settings);
            }
        }
        return reached;
    }

    /** In turns; ours first. */
    private List<Cost> searched(VectorProbe probe, int wanted, double seconds, List<Setting> settings)
            throws IOException {
        double oursMillis = 0;
        double oursFound = 0;
        double[] millis = new double[settings.size()];
        double[] found = new double[settings.size()];
        for (int round = 0; round < ROUNDS; round++) {
            Figures ours = ours(probe, wanted);
            oursMillis += ours.cpuMillis() / ROUNDS;
            oursFound = found(ours, wanted);
            for (int i = 0; i < settings.size(); i++) {
                VectorPeer.Answers answers = settings.get(i).peer()
                        .search(settings.get(i).effort(), wanted, 0, data.queries().size());
                millis[i] += answers.cpuNanos() / 1e6 / data.queries().size() / ROUNDS;
                found[i] = recall(answers, wanted);
            }
        }
        List<Cost> costs = new ArrayList<>(List.of(new Cost(VectorsBenchmark.OF_MANY + " scan",
                "as its errors ask", oursFound, oursMillis, seconds)));
        for (int i = 0; i < settings.size(); i++) {
            costs.add(new Cost(settings.get(i).peer().name(), Integer.toString(settings.get(i).effort()), found[i],
                    millis[i], settings.get(i).buildSeconds()));
        }
        return costs;
    }

    private Figures ours(VectorProbe probe, int wanted) throws IOException {
        return new VectorWays(data.queries(), truth).add("ours", query -> probe.nearest(query, wanted)).measure()
                .getFirst();
    }

    private static double found(Figures figures, int wanted) {
        return wanted == VectorsBenchmark.WANTED ? figures.recall100() : figures.recall10();
    }

    /**
     * The bar is for peers that find as much as ours; what they cost when they may find less stands beside it. A graph
     * that never finds as much as is asked of it is shown with the most that was tried, and is below no bar.
     */
    private boolean print(int wanted, List<Cost> costs, List<Setting> settings) {
        System.out.printf(Locale.ROOT, "%nPeers, %,d vectors, the %d nearest wanted, in turns: each peer as good as"
                + " ours, then with recall of at least %.3f%n%n| what | candidates kept | recall asked | recall |"
                + " CPU ms a query | build CPU s | build and %,d queries, CPU s | ours ÷ this |%n"
                + "|---|---|---|---|---|---|---|---|%n", data.vectors().size(), wanted, recall, queriesADay);
        double ours = costs.getFirst().daySeconds(queriesADay);
        boolean reached = costs.getFirst().recall() >= recall;
        for (int i = 0; i < costs.size(); i++) {
            Cost cost = costs.get(i);
            double theirs = cost.daySeconds(queriesADay);
            double floor = i == 0 ? recall : settings.get(i - 1).floor();
            System.out.printf(Locale.ROOT, "| %s | %s | %.4f | %.4f | %.3f | %.1f | %.1f | %.2f |%n", cost.name(),
                    cost.effort(), floor, cost.recall(), cost.queryMillis(), cost.buildSeconds(), theirs,
                    ours / theirs);
            reached &= i == 0 || floor == recall || cost.recall() < floor || ours / theirs <= BAR;
        }
        if (!reached) {
            System.out.println("MISSED: ours is dearer than a peer that finds as much, or does not find enough");
        }
        return reached;
    }

    /** About the least with which it finds as much, or the most that is tried; the search for it is its warm-up. */
    private int effort(VectorPeer peer, int wanted, double floor) throws IOException {
        List<Integer> efforts = new ArrayList<>();
        for (int effort = wanted; effort < MOST_EFFORT; effort = Math.max(effort + 1, (int) (effort * STEP))) {
            efforts.add(effort);
        }
        efforts.add(MOST_EFFORT);
        int from = 0;
        int to = efforts.size() - 1;
        while (from < to) {
            int middle = (from + to) / 2;
            if (recall(peer.search(efforts.get(middle), wanted, 0, truth.size()), wanted) >= floor) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        return efforts.get(to);
    }

    private double recall(VectorPeer.Answers answers, int wanted) {
        return IntStream.range(0, truth.size())
                .mapToDouble(q -> HeldOutVectors.recall(answers.ids().get(q), truth.get(q), wanted)).average()
                .orElseThrow();
    }
}
