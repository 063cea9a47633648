package io.croft.benchmarks.ranking;

import io.croft.search.CalibratedScorer;
import io.croft.search.RelevanceScorer;
import io.croft.search.SearchMode;
import java.util.Locale;

/**
 * One way to rank that is measured.
 *
 * @param name   as it was asked for
 * @param mode   of the queries
 * @param scorer of the candidates
 */
record Setting(String name, SearchMode mode, RelevanceScorer scorer) {

    private static final String WEIGHT = "weight=";

    /**
     * The setting of this name: {@code default}, {@code rrf}, {@code words}, {@code meaning}, or {@code weight=0.5}.
     */
    static Setting of(String name) {
        String known = name.strip().toLowerCase(Locale.ROOT);
        return switch (known) {
            case "default" -> new Setting(known, SearchMode.HYBRID, RelevanceScorer.calibrated());
            case "rrf" -> new Setting(known, SearchMode.HYBRID, new ReciprocalRanks());
            case "words" -> new Setting(known, SearchMode.TEXT, RelevanceScorer.calibrated());
            case "meaning" -> new Setting(known, SearchMode.VECTOR, RelevanceScorer.calibrated());
            case String weight when weight.startsWith(WEIGHT) -> new Setting(known, SearchMode.HYBRID,
                    new CalibratedScorer(Double.parseDouble(weight.substring(WEIGHT.length()))));
            default -> throw new IllegalArgumentException("there is no setting \"" + name
                    + "\": give some of default, rrf, words, meaning and weight=0…1, separated by commas");
        };
    }
}
