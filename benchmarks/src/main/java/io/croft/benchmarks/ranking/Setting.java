package io.croft.benchmarks.ranking;

import io.croft.InvalidInputException;
import io.croft.search.CalibratedScorer;
import io.croft.search.RelevanceScorer;
import io.croft.search.SearchMode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
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
    private static final String CLASS = "class=";

    /**
     * The setting of this name: {@code default}, {@code rrf}, {@code words}, {@code meaning}, {@code weight=0.5}, or
     * {@code class=com.example.MyScorer} for hybrid queries with a scorer of one's own.
     *
     * @throws IllegalArgumentException if it is none of these, the weight is outside 0 to 1, or the class is not a
     *                                  public scorer with a public constructor without parameters
     */
    static Setting of(String name) {
        String asked = name.strip();
        String known = asked.toLowerCase(Locale.ROOT);
        return switch (known) {
            case "default" -> new Setting(known, SearchMode.HYBRID, RelevanceScorer.calibrated());
            case "rrf" -> new Setting(known, SearchMode.HYBRID, new ReciprocalRanks());
            case "words" -> new Setting(known, SearchMode.TEXT, RelevanceScorer.calibrated());
            case "meaning" -> new Setting(known, SearchMode.VECTOR, RelevanceScorer.calibrated());
            case String weight when weight.startsWith(WEIGHT) -> new Setting(known, SearchMode.HYBRID,
                    weighted(weight.substring(WEIGHT.length())));
            case String type when type.startsWith(CLASS) -> new Setting(asked, SearchMode.HYBRID,
                    loaded(asked.substring(CLASS.length())));
            default -> throw new IllegalArgumentException("there is no setting \"" + name + "\": give some of default, "
                    + "rrf, words, meaning, weight=0…1 and class=com.example.MyScorer, separated by commas");
        };
    }

    private static RelevanceScorer weighted(String weight) {
        try {
            return new CalibratedScorer(Double.parseDouble(weight));
        } catch (NumberFormatException | InvalidInputException e) {
            throw new IllegalArgumentException("there is no setting \"" + WEIGHT + weight
                    + "\": give a number from 0 (words alone) to 1 (meaning alone), such as " + WEIGHT + "0.5", e);
        }
    }

    private static RelevanceScorer loaded(String name) {
        try {
            Class<?> type = Class.forName(name);
            if (!RelevanceScorer.class.isAssignableFrom(type)) {
                throw new IllegalArgumentException(unfit(name, "it does not implement "
                        + RelevanceScorer.class.getName() + ": have it do so"));
            }
            if (!Modifier.isPublic(type.getModifiers()) || Modifier.isAbstract(type.getModifiers())) {
                throw new IllegalArgumentException(unfit(name, "make it public and not abstract"));
            }
            return type.asSubclass(RelevanceScorer.class).getConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(unfit(name, "it is not on the class path: give its full name, "
                    + "Outer$Inner for a nested one, and put it among the benchmarks' classes or dependencies"), e);
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(unfit(name, "give it a public constructor without parameters"), e);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(unfit(name, "see to its constructor, which threw " + e.getCause()), e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalArgumentException(unfit(name, "see to what keeps it from being loaded, "
                    + (e.getCause() == null ? e : e.getCause())), e);
        }
    }

    private static String unfit(String name, String why) {
        return "the setting \"" + CLASS + name + "\" cannot be used: " + why;
    }
}
