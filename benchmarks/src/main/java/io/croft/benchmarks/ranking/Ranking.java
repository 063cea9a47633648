package io.croft.benchmarks.ranking;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * How well ranked lists answer judged queries.
 *
 * <p>nDCG takes the grade itself as the gain, not {@code 2^grade − 1}: with it an exact dense search of Cranfield gives
 * .380, the figure that the collections come with ({@code 2^grade − 1} gives .365).
 *
 * @param ndcg10    the mean normalised discounted cumulative gain of the first ten
 * @param recall100 the mean share of the judged passages that is among the first hundred
 * @param mrr       the mean of one over the rank of the first judged passage, 0 beyond a hundred
 */
record Ranking(double ndcg10, double recall100, double mrr) {

    /** Measures one query's answer. */
    static Ranking of(Map<String, Integer> grades, List<String> firstTen, List<String> firstHundred) {
        List<Integer> gains = firstTen.stream().limit(10).map(id -> grades.getOrDefault(id, 0)).toList();
        List<Integer> ideal = grades.values().stream().sorted(Comparator.reverseOrder()).limit(10).toList();
        long found = firstHundred.stream().limit(100).distinct().filter(grades::containsKey).count();
        double reciprocal = 0;
        for (int rank = 1; rank <= Math.min(100, firstHundred.size()) && reciprocal == 0; rank++) {
            if (grades.containsKey(firstHundred.get(rank - 1))) {
                reciprocal = 1.0 / rank;
            }
        }
        return new Ranking(discounted(gains) / discounted(ideal), (double) found / grades.size(), reciprocal);
    }

    /** The mean over queries. */
    static Ranking mean(List<Ranking> queries) {
        return new Ranking(queries.stream().mapToDouble(Ranking::ndcg10).average().orElseThrow(),
                queries.stream().mapToDouble(Ranking::recall100).average().orElseThrow(),
                queries.stream().mapToDouble(Ranking::mrr).average().orElseThrow());
    }

    private static double discounted(List<Integer> gains) {
        double sum = 0;
        for (int i = 0; i < gains.size(); i++) {
            sum += gains.get(i) * Math.log(2) / Math.log(i + 2.0);
        }
        return sum;
    }
}
