package io.croft.benchmarks.vectors;

import java.io.IOException;
import java.util.List;

/** Another library's index of the benchmark's vectors, in memory. Used by one thread. */
interface VectorPeer extends AutoCloseable {

    /** Its name and how it is set. */
    String name();

    /** Builds it and returns the CPU nanoseconds that took. */
    long build(List<float[]> vectors, List<float[]> queries) throws IOException;

    /**
     * Answers these queries.
     *
     * @param effort how many candidates are kept while walking the graph; not fewer than are wanted
     * @param wanted how many nearest
     */
    Answers search(int effort, int wanted, int from, int to) throws IOException;

    @Override
    void close() throws IOException;

    /**
     * What was found and what it took.
     *
     * @param cpuNanos for all queries together
     * @param ids      of each query, nearest first
     */
    record Answers(long cpuNanos, List<int[]> ids) {
    }
}
