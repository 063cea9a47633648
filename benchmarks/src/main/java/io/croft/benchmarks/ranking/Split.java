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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which passages of a collection are private; the others are in the marketplace. Of two random splits, the private
 * passages of the smaller one are among those of the larger one.
 *
 * @param label as it is printed and asked for
 * @param share of the passages that are private, 0 to 1
 * @param order in which passages become private, until there are as many
 */
record Split(String label, double share, Order order) {

    /** All in one index: what the others are measured against. */
    static final Split ONE = new Split("one", 1, Order.RANDOM);
    /** The 30 % that are nearest to one of them: what an organisation has is about one thing. */
    static final Split TOPICAL = new Split("topical", 0.3, Order.NEAREST_FIRST);

    private static final long SEED = 20_240_517;
    private static final Pattern PERCENTAGES = Pattern.compile("(\\d{1,2})/(\\d{1,2})");
    private static final int ALL_PERCENT = 100;

    /** In which order passages become private; the same one every time. */
    enum Order {
        /** As they come when they are shuffled. */
        RANDOM,
        /** By how near they are to the first one of the random order. */
        NEAREST_FIRST
    }

    /**
     * The split of this label: {@code one}, {@code topical}, or the percentages of private passages and of those in the
     * marketplace, as in {@code 10/90}.
     *
     * @throws IllegalArgumentException if it is none of these; the percentages are from 1 to 99 and add up to 100
     */
    static Split of(String label) {
        String known = label.strip().toLowerCase(Locale.ROOT);
        if (known.equals(ONE.label)) {
            return ONE;
        }
        if (known.equals(TOPICAL.label)) {
            return TOPICAL;
        }
        Matcher percentages = PERCENTAGES.matcher(known);
        if (percentages.matches()) {
            int own = Integer.parseInt(percentages.group(1));
            int market = Integer.parseInt(percentages.group(2));
            if (own > 0 && market > 0 && own + market == ALL_PERCENT) {
                return new Split(own + "/" + market, own / (double) ALL_PERCENT, Order.RANDOM);
            }
        }
        throw new IllegalArgumentException("there is no split \"" + label + "\": give some of one, topical and "
                + "PRIVATE/MARKETPLACE in whole percent from 1 to 99 that add up to 100, such as 10/90, "
                + "separated by commas");
    }

    /** The ids of the private passages; the same ones every time. */
    Set<String> privateIds(List<Passage> passages) {
        int count = (int) Math.round(share * passages.size());
        List<Passage> ordered = new ArrayList<>(passages);
        Collections.shuffle(ordered, new Random(SEED));
        if (order == Order.NEAREST_FIRST) {
            float[] point = ordered.getFirst().vector();
            ordered.sort(Comparator.comparingDouble(passage -> -dot(point, passage.vector())));
        }
        Set<String> ids = new HashSet<>();
        ordered.subList(0, count).forEach(passage -> ids.add(passage.id()));
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
