package io.croft.benchmarks.ranking;

import io.croft.benchmarks.data.JudgedCollection.Passage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/** Which passages of a collection are private; the others are in the marketplace. */
enum Split {

    /** All in one index: what the others are measured against. */
    ONE("one", 1),
    /** Half of them, at random. */
    HALF("50/50", 0.5),
    /** A tenth, at random. */
    TENTH("10/90", 0.1),
    /** Three in a hundred, at random. */
    FEW("3/97", 0.03),
    /** The 30 % that are nearest to one of them: what an organisation has is about one thing. */
    TOPICAL("topical", 0.3);

    private static final long SEED = 20_240_517;

    private final String label;
    private final double share;

    Split(String label, double share) {
        this.label = label;
        this.share = share;
    }

    /** As it is printed and asked for. */
    String label() {
        return label;
    }

    /** The split of this label. */
    static Split of(String label) {
        for (Split split : values()) {
            if (split.label.equals(label.strip().toLowerCase(Locale.ROOT))) {
                return split;
            }
        }
        throw new IllegalArgumentException("there is no split \"" + label + "\": give some of one, 50/50, 10/90, 3/97 "
                + "and topical, separated by commas");
    }

    /** The ids of the private passages; the same ones every time. */
    Set<String> privateIds(List<Passage> passages) {
        int count = (int) Math.round(share * passages.size());
        List<Passage> order = new ArrayList<>(passages);
        Collections.shuffle(order, new Random(SEED));
        if (this == TOPICAL) {
            float[] point = order.getFirst().vector();
            order.sort(Comparator.comparingDouble(passage -> -dot(point, passage.vector())));
        }
        Set<String> ids = new HashSet<>();
        order.subList(0, count).forEach(passage -> ids.add(passage.id()));
        return ids;
    }

    private static double dot(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        return sum;
    }
}
