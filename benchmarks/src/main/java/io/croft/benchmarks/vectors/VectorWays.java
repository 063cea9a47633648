package io.croft.benchmarks.vectors;

import io.croft.benchmarks.data.HeldOutVectors;
import io.croft.benchmarks.machine.Cpu;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Ways to search the same vectors, measured in rounds in which they take turns. Used by one thread. */
final class VectorWays {

    private static final int ROUNDS = 3;
    private static final int WARM_UP = 300;
    private static final int ALL = 100;
    private static final int FIRST = 10;

    /** One way to find the nearest, best first. */
    @FunctionalInterface
    interface Search {
        int[] search(float[] query) throws IOException;
    }

    /**
     * What was measured of one way.
     *
     * @param name      of the way
     * @param recall10  share of the ten nearest that are among the first ten found
     * @param recall100 the same of a hundred; means nothing where fewer were asked for
     * @param p50Millis median time of a query by the clock
     * @param p95Millis its 95th percentile
     * @param cpuMillis mean CPU time of a query
     */
    record Figures(String name, double recall10, double recall100, double p50Millis, double p95Millis,
            double cpuMillis) {
    }

    private final List<float[]> queries;
    private final List<int[]> truth;
    private final Map<String, Search> ways = new LinkedHashMap<>();

    /**
     * Ways to be measured.
     *
     * @param truth of each query, best first
     */
    VectorWays(List<float[]> queries, List<int[]> truth) {
        this.queries = List.copyOf(queries);
        this.truth = List.copyOf(truth);
    }

    VectorWays add(String name, Search search) {
        ways.put(name, search);
        return this;
    }

    /** Measures them all, in the order in which they were added. */
    List<Figures> measure() throws IOException {
        for (Search search : ways.values()) {
            for (float[] query : queries.subList(0, Math.min(WARM_UP, queries.size()))) {
                search.search(query);
            }
        }
        Map<String, double[]> recalls = new LinkedHashMap<>();
        Map<String, long[]> nanos = new LinkedHashMap<>();
        Map<String, Long> cpu = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Search> way : ways.entrySet()) {
                long[] times = nanos.computeIfAbsent(way.getKey(), name -> new long[ROUNDS * queries.size()]);
                double[] recall = new double[2];
                long before = Cpu.ofThreadNanos();
                List<int[]> found = new ArrayList<>();
                for (int q = 0; q < queries.size(); q++) {
                    long start = System.nanoTime();
                    found.add(way.getValue().search(queries.get(q)));
                    times[round * queries.size() + q] = System.nanoTime() - start;
                }
                cpu.merge(way.getKey(), Cpu.ofThreadNanos() - before, Long::sum);
                for (int q = 0; q < found.size(); q++) {
                    recall[0] += HeldOutVectors.recall(found.get(q), truth.get(q), FIRST) / found.size();
                    recall[1] += HeldOutVectors.recall(found.get(q), truth.get(q), ALL) / found.size();
                }
                recalls.put(way.getKey(), recall);
            }
        }
        return ways.keySet().stream().map(name -> figures(name, recalls, nanos, cpu)).toList();
    }

    private static Figures figures(String name, Map<String, double[]> recalls, Map<String, long[]> nanos,
            Map<String, Long> cpu) {
        long[] times = nanos.getOrDefault(name, new long[1]);
        Arrays.sort(times);
        double[] recall = recalls.getOrDefault(name, new double[2]);
        return new Figures(name, recall[0], recall[1], times[times.length / 2] / 1e6,
                times[(int) (times.length * 0.95)] / 1e6, cpu.getOrDefault(name, 0L) / 1e6 / times.length);
    }
}
