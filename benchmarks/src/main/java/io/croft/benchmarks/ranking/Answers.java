package io.croft.benchmarks.ranking;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was measured of each query, in the collection's order.
 *
 * @param byQuery by the query's id
 */
public record Answers(Map<String, Ranking> byQuery) {

    /** A difference of nDCG that is worth naming. */
    private static final double NOTABLE = 0.01;
    private static final int SHOWN = 8;

    public Answers {
        byQuery = new LinkedHashMap<>(byQuery);
    }

    Ranking mean() {
        return Ranking.mean(List.copyOf(byQuery.values()));
    }

    /** Which queries these answers serve better and worse than others, the greatest differences first. */
    String against(Answers others) {
        record Difference(String query, double before, double after) {

            double change() {
                return after - before;
            }
        }
        List<Difference> notable = byQuery.entrySet().stream()
                .map(entry -> new Difference(entry.getKey(), others.ndcg10(entry.getKey()), entry.getValue().ndcg10()))
                .filter(one -> Math.abs(one.change()) >= NOTABLE)
                .sorted(Comparator.comparingDouble(one -> -Math.abs(one.change()))).toList();
        long better = notable.stream().filter(one -> one.change() > 0).count();
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%d of %d queries better, %d worse:", better,
                byQuery.size(), notable.size() - better));
        notable.stream().limit(SHOWN).forEach(one -> text.append(String.format(Locale.ROOT, " %s %.2f→%.2f", one.query,
                one.before, one.after)));
        return text.append(notable.size() > SHOWN ? " …" : "").toString();
    }

    private double ndcg10(String query) {
        Ranking ranking = byQuery.get(query);
        if (ranking == null) {
            throw new IllegalStateException("query " + query + " was asked in one measurement and not in the other");
        }
        return ranking.ndcg10();
    }
}
