package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import io.croft.input.Shown;
import java.time.Duration;
import java.util.Objects;

/**
 * What counts beside the query: a part that is added to a hit's score and named in its parts. Its weight is capped, and
 * so is that of all boosts of a query together, {@value #MAX_TOTAL_WEIGHT}, so that it decides among what fits about as
 * well and never lifts what does not fit: the scores of {@link CalibratedScorer} lie within 0 to 1. Immutable.
 */
public sealed interface Boost {

    /** The greatest weight, either way. */
    double MAX_WEIGHT = 0.3;
    /** The most that all boosts of a query may weigh together, whichever way. */
    double MAX_TOTAL_WEIGHT = 0.5;

    /** How much it counts at most, either way. */
    double weight();

    /** The name of the part in a score: {@code recency}, {@code source}, or {@code field:} and the field's name. */
    String part();

    /**
     * What was written lately counts more: the weight itself for what was written now, half of it one half-life ago.
     *
     * @param halfLife 1 second to 3,650 days
     * @param weight   above 0, at most {@value Boost#MAX_WEIGHT}
     */
    record Recency(Duration halfLife, double weight) implements Boost {

        private static final Duration LONGEST = Duration.ofDays(3650);

        public Recency {
            if (halfLife.compareTo(Duration.ofSeconds(1)) < 0 || halfLife.compareTo(LONGEST) > 0) {
                throw new InvalidInputException("half-life " + halfLife + " is outside 1 second to 3650 days");
            }
            if (!(weight > 0 && weight <= MAX_WEIGHT)) {
                throw new InvalidInputException("the weight " + weight + " of recency is outside 0 to " + MAX_WEIGHT);
            }
        }

        @Override
        public String part() {
            return "recency";
        }
    }

    /**
     * What comes from one source counts more or less.
     *
     * @param source which
     * @param weight −{@value Boost#MAX_WEIGHT} to {@value Boost#MAX_WEIGHT}, not 0
     */
    record BySource(Source source, double weight) implements Boost {

        public BySource {
            Objects.requireNonNull(source, "source");
            if (!(Math.abs(weight) <= MAX_WEIGHT) || weight == 0) {
                throw new InvalidInputException("the weight " + weight + " of a source is 0 or outside −" + MAX_WEIGHT
                        + " to " + MAX_WEIGHT);
            }
        }

        @Override
        public String part() {
            return "source";
        }
    }

    /**
     * What has more of a declared number counts more: nothing at {@code from} and before it, the weight itself at
     * {@code to} and beyond, and in between as far as it lies between them. Where less is better, as of a price,
     * {@code from} is the greater of the two. A document that lacks the field gets nothing.
     *
     * @param field  a field declared as a number, see {@link Fields#number}; checked when the query runs
     * @param from   the value that counts nothing
     * @param to     the value that counts all; another one
     * @param weight above 0, at most {@value Boost#MAX_WEIGHT}
     */
    record ByField(String field, double from, double to, double weight) implements Boost {

        public ByField {
            Ids.checkLine("the name of a field to boost by", field);
            if (!Double.isFinite(from) || !Double.isFinite(to) || from == to || !Double.isFinite(to - from)) {
                throw new InvalidInputException("the boost by " + Shown.quoted(field) + " goes from " + from + " to "
                        + to + ": give two different numbers");
            }
            if (!(weight > 0 && weight <= MAX_WEIGHT)) {
                throw new InvalidInputException("the weight " + weight + " of " + Shown.quoted(field)
                        + " is outside 0 to " + MAX_WEIGHT);
            }
        }

        /** What this value adds to a score: 0 to the weight. */
        public double of(double value) {
            return weight * Math.clamp((value - from) / (to - from), 0, 1);
        }

        @Override
        public String part() {
            return "field:" + field;
        }
    }

    /** Counts what was written lately more, see {@link Recency}. */
    static Boost recency(Duration halfLife, double weight) {
        return new Recency(halfLife, weight);
    }

    /** Counts what comes from one source more or less, see {@link BySource}. */
    static Boost source(Source source, double weight) {
        return new BySource(source, weight);
    }

    /**
     * Counts what has more of a declared number more, see {@link ByField}.
     *
     * @param weight the most that it adds to a score
     */
    static Boost field(String field, double from, double to, double weight) {
        return new ByField(field, from, to, weight);
    }
}
