package io.croft.benchmarks.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;

/**
 * The package catalogue's vectors, of which some were taken out to search with.
 *
 * @param vectors real ones first; what is beyond the catalogue are copies moved by noise of half their length
 * @param queries real ones that are not among the vectors
 */
public record HeldOutVectors(List<float[]> vectors, List<float[]> queries) {

    static final int QUERIES = 1000;

    private static final int SEED = 7;
    private static final double NOISE = 0.5;

    public HeldOutVectors {
        vectors = List.copyOf(vectors);
        queries = List.copyOf(queries);
    }

    /** All real ones, if the catalogue is there. */
    public static Optional<HeldOutVectors> find() {
        return PackageCatalogue.find().map(catalogue -> {
            List<float[]> all = new ArrayList<>(catalogue.vectors());
            Collections.shuffle(all, new Random(SEED));
            return new HeldOutVectors(all.subList(QUERIES, all.size()), all.subList(0, QUERIES));
        });
    }

    /** So many of them, or with as many copies as are missing. */
    public HeldOutVectors ofSize(int count) {
        Random random = new Random(SEED);
        List<float[]> some = new ArrayList<>(vectors.subList(0, Math.min(count, vectors.size())));
        for (int i = 0; some.size() < count; i++) {
            float[] original = vectors.get(i % vectors.size());
            float[] copy = new float[original.length];
            for (int d = 0; d < copy.length; d++) {
                copy[d] = (float) (original[d] + random.nextGaussian() * NOISE / Math.sqrt(copy.length));
            }
            some.add(VectorUtil.l2normalize(copy));
        }
        return new HeldOutVectors(some, queries);
    }

    /** The nearest of each query, by measuring all. */
    public List<int[]> truth(int wanted, @Nullable Bits accepted) {
        return IntStream.range(0, queries.size()).parallel().mapToObj(q -> nearest(queries.get(q), wanted, accepted))
                .toList();
    }

    private int[] nearest(float[] query, int wanted, @Nullable Bits accepted) {
        record Near(int number, float cosine) {
        }
        PriorityQueue<Near> best = new PriorityQueue<>(Comparator.comparingDouble(Near::cosine));
        for (int number = 0; number < vectors.size(); number++) {
            if (accepted == null || accepted.get(number)) {
                float cosine = VectorUtil.dotProduct(query, vectors.get(number));
                if (best.size() < wanted || cosine > best.element().cosine()) {
                    best.add(new Near(number, cosine));
                    if (best.size() > wanted) {
                        best.remove();
                    }
                }
            }
        }
        return best.stream().sorted(Comparator.comparingDouble(near -> -near.cosine())).mapToInt(Near::number)
                .toArray();
    }

    /** The share of the first so many of the truth that are among the first so many found. */
    public static double recall(int[] found, int[] truth, int of) {
        int wanted = Math.min(of, truth.length);
        if (wanted == 0) {
            return 1;
        }
        long hits = IntStream.of(truth).limit(wanted)
                .filter(number -> IntStream.of(found).limit(of).anyMatch(other -> other == number)).count();
        return (double) hits / wanted;
    }
}
