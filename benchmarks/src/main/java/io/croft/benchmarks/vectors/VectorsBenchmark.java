package io.croft.benchmarks.vectors;

import io.croft.benchmarks.data.HeldOutVectors;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.Cpu;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.vectors.VectorWays.Figures;
import io.croft.lucene.VectorEncoding;
import io.croft.lucene.VectorProbe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.VectorUtil;

/**
 * The vector search on the package catalogue's real vectors: what each encoding finds and costs, by a scan and by a
 * graph, with how many measured again, under filters, from what size on a graph pays, and beside other libraries at
 * equal recall. Prints tables in Markdown and draws recall against CPU.
 */
public final class VectorsBenchmark implements Benchmark {

    static final double RECALL_BAR = 0.995;
    static final double FILTERED_BAR = 0.99;

    /** As many as the product asks each leg for. */
    static final int WANTED = 100;
    static final int LARGE = 100_000;
    static final int QUERIES_A_DAY = 10_000;
    private static final int FEWER_QUERIES = 300;
    /** The defaults for segments of so many vectors and more, and of fewer. */
    static final VectorEncoding OF_MANY = VectorEncoding.BITS_1;
    private static final VectorEncoding OF_FEW = VectorEncoding.BITS_4;
    private static final int MANY = 25_000;
    private static final Path DOCS = Path.of("docs");
    /** How many candidates a walk of a graph keeps: what is tried, the cheapest first. */
    private static final List<Integer> EFFORTS = List.of(20, 30, 40, 60, 80, 100, 140, 200, 300, 400, 600, 1000, 1400);

    private final VectorPlot plot = new VectorPlot();
    private boolean reached = true;

    @Override
    public Outcome run() throws IOException, InterruptedException {
        Optional<HeldOutVectors> found = HeldOutVectors.find();
        if (found.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        HeldOutVectors real = found.get();
        try (TempFolder folder = TempFolder.create()) {
            encodings(folder, real);
            HeldOutVectors large = real.ofSize(LARGE);
            depths(folder, large);
            filters(folder, large);
            sizes(folder, real);
            reached &= new VectorPeers(large, RECALL_BAR, QUERIES_A_DAY).compare(folder);
        }
        if (Files.isDirectory(DOCS)) {
            Path drawing = DOCS.resolve("vectors-recall.svg");
            plot.write(drawing, "100,000 vectors of 384 dimensions: recall against CPU");
            System.out.println("\ndrawn into " + drawing.toAbsolutePath());
        }
        return reached ? Outcome.REACHED : Outcome.MISSED;
    }

    /** Every encoding, by scan and by graph, as the product uses them. */
    private void encodings(TempFolder folder, HeldOutVectors data) throws IOException {
        System.out.printf(Locale.ROOT, "%n%,d real vectors, %,d held-out queries, %d wanted%n%n"
                + "| encoding | search | recall@10 | recall@100 | p50 ms | p95 ms | CPU ms a query | build CPU s |"
                + " MB on disk | of which compared | heap of a reader |%n|---|---|---|---|---|---|---|---|---|---|---|%n",
                data.vectors().size(), data.queries().size(), WANTED);
        VectorWays ways = new VectorWays(data.queries(), data.truth(WANTED, null));
        List<String> ends = new ArrayList<>();
        List<VectorProbe> open = new ArrayList<>();
        try {
            for (VectorEncoding encoding : VectorEncoding.values()) {
                for (boolean graph : new boolean[]{false, true}) {
                    Path at = folder.at("real-" + encoding + graph);
                    double seconds = write(at, encoding, graph, data.vectors());
                    VectorProbe probe = VectorProbe.open(at);
                    open.add(probe);
                    ways.add(encoding + " | " + (graph ? "graph" : "exact"), query -> probe.nearest(query, WANTED));
                    long exact = (long) data.vectors().size() * JudgedCollection.DIMENSIONS * Float.BYTES;
                    ends.add(String.format(Locale.ROOT, "%.1f | %.1f | %.1f MB | %,d B", seconds, bytes(at) / 1e6,
                            (encoding == VectorEncoding.FLOAT32 ? exact : bytes(at) - exact) / 1e6, heap(at)));
                }
            }
            List<Figures> figures = ways.measure();
            for (int i = 0; i < figures.size(); i++) {
                System.out.println(row(figures.get(i)) + " | " + ends.get(i) + " |");
            }
            for (VectorEncoding one : List.of(OF_MANY, OF_FEW)) {
                hold("recall@10 of " + one, figures.stream().filter(f -> f.name().equals(one + " | exact"))
                        .findFirst().orElseThrow().recall10(), RECALL_BAR);
            }
        } finally {
            close(open);
        }
    }

    /** How many must be measured again; and the product's own choice, which follows from the errors it sees. */
    private void depths(TempFolder folder, HeldOutVectors data) throws IOException {
        System.out.printf(Locale.ROOT, "%n%,d vectors (%s), the same queries, ten wanted%n%n"
                + "| way | measured again | recall@10 | CPU ms a query |%n|---|---|---|---|%n", LARGE, copies());
        List<float[]> queries = data.queries().subList(0, FEWER_QUERIES);
        List<int[]> truth = new HeldOutVectors(data.vectors(), queries).truth(WANTED, null);
        for (VectorEncoding encoding : VectorEncoding.values()) {
            for (boolean graph : new boolean[]{false, true}) {
                if (graph && encoding == VectorEncoding.BITS_4) {
                    continue;
                }
                Path at = folder.at("large-" + encoding + graph);
                write(at, encoding, graph, data.vectors());
                try (VectorProbe probe = VectorProbe.open(at)) {
                    VectorWays ways = new VectorWays(queries, truth);
                    String name = encoding + (graph ? " graph" : " scan");
                    if (graph || encoding != VectorEncoding.FLOAT32) {
                        for (int depth : new int[]{10, 20, 50, 100, 200, 500, 1000}) {
                            ways.add(name + " | " + depth, graph
                                    ? query -> probe.walked(query, 10, depth)
                                    : query -> probe.scanned(query, 10, depth));
                        }
                    }
                    ways.add(name + " | as the product", query -> probe.nearest(query, WANTED));
                    for (Figures figures : ways.measure()) {
                        System.out.printf(Locale.ROOT, "| %s | %.4f | %.3f |%n", figures.name(), figures.recall10(),
                                figures.cpuMillis());
                        if (!figures.name().endsWith("product")) {
                            plot.add(name, figures.cpuMillis(), figures.recall10());
                        } else if (encoding == OF_MANY) {
                            plot.add(name + ", product", figures.cpuMillis(), figures.recall10());
                            hold("recall@10 of " + name, figures.recall10(), RECALL_BAR);
                        }
                    }
                }
            }
        }
    }

    private void filters(TempFolder folder, HeldOutVectors data) throws IOException {
        System.out.printf(Locale.ROOT,
                "%n%,d vectors under filters%n%n| filter | way | recall@10 | recall@100 | p50 ms |"
                        + " p95 ms | CPU ms a query |%n|---|---|---|---|---|---|---|%n",
                LARGE);
        List<float[]> queries = data.queries().subList(0, FEWER_QUERIES);
        HeldOutVectors asked = new HeldOutVectors(data.vectors(), queries);
        for (double share : new double[]{0.5, 0.1, 0.01, 0.001}) {
            for (boolean correlated : new boolean[]{false, true}) {
                FixedBitSet accepted = correlated ? nearest(data.vectors(), share) : everySo(share);
                VectorWays ways = new VectorWays(queries, asked.truth(WANTED, accepted));
                List<VectorProbe> open = new ArrayList<>();
                try {
                    for (VectorEncoding encoding : VectorEncoding.values()) {
                        for (boolean graph : new boolean[]{false, true}) {
                            if (!graph || encoding == OF_MANY) {
                                VectorProbe probe = VectorProbe.open(folder.at("large-" + encoding + graph));
                                open.add(probe);
                                ways.add(encoding + (graph ? " graph" : " exact"),
                                        query -> probe.nearest(query, WANTED, accepted));
                            }
                        }
                    }
                    for (Figures figures : ways.measure()) {
                        System.out.println("| " + share * 100 + " % " + (correlated ? "correlated" : "random") + " "
                                + row(figures) + " |");
                        if (Stream.of(OF_MANY, OF_FEW).anyMatch(one -> figures.name().startsWith(one.toString()))) {
                            hold("recall@10 of " + figures.name() + " under a filter", figures.recall10(),
                                    FILTERED_BAR);
                        }
                    }
                } finally {
                    close(open);
                }
            }
        }
    }

    /** From what size on walking a graph is cheaper than scanning, with and without what it takes to build it. */
    private static void sizes(TempFolder folder, HeldOutVectors data) throws IOException {
        System.out.printf(Locale.ROOT, "%nScan against graph, %s from %,d vectors on, else %s, at recall@10 of at"
                + " least %.3f%n%n| vectors |"
                + " scan CPU ms a query | graph CPU ms a query | scan build CPU s | graph build CPU s |"
                + " scan, build and %,d queries, CPU s | graph, the same |%n|---|---|---|---|---|---|---|%n", OF_MANY,
                MANY, OF_FEW, RECALL_BAR, QUERIES_A_DAY);
        for (int size : new int[]{5_000, 10_000, 25_000, 50_000, LARGE, 250_000}) {
            HeldOutVectors some = data.ofSize(size);
            List<float[]> queries = data.queries().subList(0, FEWER_QUERIES);
            List<int[]> truth = new HeldOutVectors(some.vectors(), queries).truth(WANTED, null);
            Path flat = folder.at("flat" + size);
            Path graph = folder.at("graph" + size);
            VectorEncoding byDefault = size < MANY ? OF_FEW : OF_MANY;
            double flatSeconds = write(flat, byDefault, false, some.vectors());
            double graphSeconds = write(graph, byDefault, true, some.vectors());
            try (VectorProbe scanned = VectorProbe.open(flat); VectorProbe walked = VectorProbe.open(graph)) {
                VectorWays ways = new VectorWays(queries, truth)
                        .add("scan", query -> scanned.nearest(query, WANTED));
                EFFORTS.forEach(effort -> ways.add("graph " + effort, query -> walked.walked(query, WANTED, effort)));
                List<Figures> figures = ways.measure();
                Figures scan = figures.getFirst();
                Figures walk = figures.stream().skip(1).filter(f -> f.recall10() >= RECALL_BAR).findFirst()
                        .orElse(figures.getLast());
                System.out.printf(Locale.ROOT, "| %,d | %.3f | %.3f (%s) | %.1f | %.1f | %.1f | %.1f |%n", size,
                        scan.cpuMillis(), walk.cpuMillis(), walk.name(), flatSeconds, graphSeconds,
                        flatSeconds + scan.cpuMillis() * QUERIES_A_DAY / 1e3,
                        graphSeconds + walk.cpuMillis() * QUERIES_A_DAY / 1e3);
            }
            TempFolder.remove(flat);
            TempFolder.remove(graph);
        }
    }

    /** Writes an index and returns the CPU seconds that the process spent meanwhile, compiling and collecting too. */
    static double write(Path at, VectorEncoding encoding, boolean graph, List<float[]> vectors)
            throws IOException {
        long before = Cpu.ofProcessNanos();
        VectorProbe.write(at, encoding, graph ? VectorProbe.ALWAYS_A_GRAPH : VectorProbe.NEVER_A_GRAPH, vectors);
        return (Cpu.ofProcessNanos() - before) / 1e9;
    }

    private static FixedBitSet everySo(double share) {
        int step = (int) Math.round(1 / share);
        return bits(number -> Math.floorMod(number * 7919L, step) == 0);
    }

    /** Those nearest to one of them: what is asked for elsewhere lies outside, what is asked for here within. */
    private static FixedBitSet nearest(List<float[]> vectors, double share) {
        float[] middle = vectors.getFirst();
        double[] cosines = vectors.stream().mapToDouble(vector -> VectorUtil.dotProduct(middle, vector)).sorted()
                .toArray();
        double least = cosines[cosines.length - (int) (cosines.length * share)];
        return bits(number -> VectorUtil.dotProduct(middle, vectors.get(number)) >= least);
    }

    private static FixedBitSet bits(IntPredicate accepted) {
        FixedBitSet bits = new FixedBitSet(LARGE);
        IntStream.range(0, LARGE).filter(accepted).forEach(bits::set);
        return bits;
    }

    private static String row(Figures figures) {
        return String.format(Locale.ROOT, "| %s | %.4f | %.4f | %.2f | %.2f | %.3f", figures.name(), figures.recall10(),
                figures.recall100(), figures.p50Millis(), figures.p95Millis(), figures.cpuMillis());
    }

    private void hold(String what, double recall, double bar) {
        if (recall < bar) {
            reached = false;
            System.out.printf(Locale.ROOT, "MISSED: %s is %.4f and must be %.3f%n", what, recall, bar);
        }
    }

    private static String copies() {
        return "29,000 real ones and copies moved by noise of half their length";
    }

    private static long bytes(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What one open reader keeps on the heap. */
    private static long heap(Path at) throws IOException {
        int count = 50;
        List<VectorProbe> open = new ArrayList<>();
        long before = used();
        try {
            for (int i = 0; i < count; i++) {
                open.add(VectorProbe.open(at));
            }
            return (used() - before) / count;
        } finally {
            close(open);
        }
    }

    private static long used() {
        System.gc();
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void close(List<VectorProbe> open) throws IOException {
        for (VectorProbe probe : open) {
            probe.close();
        }
    }
}
