package io.croft.engine.search;

import java.util.ArrayList;
import java.util.List;

/**
 * Maximal marginal relevance (Carbonell, Goldstein: The Use of MMR, SIGIR 1998): each next hit is the one with the
 * greatest {@code (1 − d) · relevance − d · similarity}, with relevance brought to 0 to 1 and similarity the greatest
 * cosine to a hit before it. A chunk without a vector is similar to nothing.
 */
final class Diversity {

    private Diversity() {
    }

    /**
     * The first hits of a new order.
     *
     * @param pool    best first
     * @param vectors one for each
     * @param most    how many are ordered; the rest keep their order behind them
     */
    static List<Ranked> order(List<Ranked> pool, List<float[]> vectors, double diversity, int most) {
        // halves, for two scores of a reranker may lie further apart than any number
        double best = pool.isEmpty() ? 0 : pool.getFirst().score().value() / 2;
        double worst = pool.isEmpty() ? 0 : pool.getLast().score().value() / 2;
        double[] similar = new double[pool.size()];
        boolean[] taken = new boolean[pool.size()];
        List<Ranked> order = new ArrayList<>(pool.size());
        while (order.size() < Math.min(most, pool.size())) {
            int next = -1;
            double greatest = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < taken.length; i++) {
                double relevance = best > worst ? (pool.get(i).score().value() / 2 - worst) / (best - worst) : 1;
                double worth = (1 - diversity) * relevance - diversity * similar[i];
                if (!taken[i] && worth > greatest) {
                    greatest = worth;
                    next = i;
                }
            }
            taken[next] = true;
            order.add(pool.get(next));
            for (int i = 0; i < taken.length; i++) {
                if (!taken[i]) {
                    similar[i] = Math.max(similar[i], cosine(vectors.get(next), vectors.get(i)));
                }
            }
        }
        for (int i = 0; i < taken.length; i++) {
            if (!taken[i]) {
                order.add(pool.get(i));
            }
        }
        return order;
    }

    private static double cosine(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < Math.min(one.length, other.length); i++) {
            sum += (double) one[i] * other[i];
        }
        return sum;
    }
}
