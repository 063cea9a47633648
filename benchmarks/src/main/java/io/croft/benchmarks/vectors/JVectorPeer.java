package io.croft.benchmarks.vectors;

import io.croft.benchmarks.machine.Cpu;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** JVector with exact vectors in memory: the fastest that it has for vectors that fit. */
final class JVectorPeer implements VectorPeer {

    /** As many neighbours on the lowest level as Lucene and hnswlib have with 16. */
    private static final int NEIGHBOURS = 32;
    private static final int BEAM = 100;
    private static final float OVERFLOW = 1.2f;
    private static final float ALPHA = 1.2f;
    private static final VectorTypeSupport TYPES = VectorizationProvider.getInstance().getVectorTypeSupport();

    private @Nullable RandomAccessVectorValues values;
    private @Nullable GraphSearcher searcher;
    private List<VectorFloat<?>> queries = List.of();

    @Override
    public String name() {
        return "JVector 4.0.0-rc.8, 32 neighbours, beam 100, float32 in memory";
    }

    @Override
    public long build(List<float[]> vectors, List<float[]> asked) {
        queries = typed(asked);
        RandomAccessVectorValues all = new ListRandomAccessVectorValues(typed(vectors), vectors.getFirst().length);
        values = all;
        long before = Cpu.ofProcessNanos();
        // It is not closed: closing it empties the graph.
        GraphIndexBuilder builder = new GraphIndexBuilder(
                BuildScoreProvider.randomAccessScoreProvider(all, VectorSimilarityFunction.DOT_PRODUCT),
                all.dimension(), NEIGHBOURS, BEAM, OVERFLOW, ALPHA, true);
        searcher = new GraphSearcher(builder.build(all));
        return Cpu.ofProcessNanos() - before;
    }

    @Override
    public Answers search(int effort, int wanted, int from, int to) {
        GraphSearcher graph = Objects.requireNonNull(searcher);
        RandomAccessVectorValues all = Objects.requireNonNull(values);
        List<int[]> ids = new ArrayList<>();
        long before = Cpu.ofThreadNanos();
        for (VectorFloat<?> query : queries.subList(from, to)) {
            SearchResult result = graph.search(
                    DefaultSearchScoreProvider.exact(query, VectorSimilarityFunction.DOT_PRODUCT, all), wanted, effort,
                    0f, 0f, Bits.ALL);
            ids.add(Arrays.stream(result.getNodes()).mapToInt(node -> node.node).toArray());
        }
        return new Answers(Cpu.ofThreadNanos() - before, ids);
    }

    private static List<VectorFloat<?>> typed(List<float[]> vectors) {
        List<VectorFloat<?>> typed = new ArrayList<>(vectors.size());
        vectors.forEach(vector -> typed.add(TYPES.createFloatVector(vector)));
        return typed;
    }

    @Override
    public void close() throws IOException {
        if (searcher != null) {
            searcher.close();
        }
    }
}
