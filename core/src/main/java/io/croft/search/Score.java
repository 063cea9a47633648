package io.croft.search;

import io.croft.InvalidInputException;
import java.util.List;

/**
 * A score and what it is made of. Immutable.
 *
 * @param value the score, finite; greater is better
 * @param parts the parts; they add up to the value within 1e-6
 */
public record Score(double value, List<Part> parts) {

    public Score {
        parts = List.copyOf(parts);
        double sum = 0;
        for (Part part : parts) {
            sum += part.value();
        }
        if (!Double.isFinite(value) || Math.abs(sum - value) > 1e-6) {
            throw new InvalidInputException("a score of " + value + " has parts that add up to " + sum
                    + ": a relevance scorer must return finite scores that are the sum of their parts");
        }
    }

    /** The sum of these parts. */
    public static Score of(List<Part> parts) {
        double sum = 0;
        for (Part part : parts) {
            sum += part.value();
        }
        return new Score(sum, parts);
    }

    /**
     * One summand.
     *
     * @param name  what it stands for, such as {@code vector} or {@code text}
     * @param value what it adds
     */
    public record Part(String name, double value) {
    }
}
