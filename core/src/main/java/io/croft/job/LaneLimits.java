package io.croft.job;

import io.croft.InvalidInputException;
import java.util.Objects;
import java.util.Optional;

/**
 * What one organisation may use of a queue. Immutable; each {@code with…} method returns a changed copy. What is out
 * of these ranges is refused with {@link io.croft.InvalidInputException}.
 *
 * @param maxRunning the most attempts leased at the same time, over all processes, 0 to 10,000; 0 lets none start
 * @param weight     its share of the workers against other organisations', 0.01 to 100
 * @param rate       how many attempts may start in a time; empty for no such limit
 */
public record LaneLimits(int maxRunning, double weight, Optional<RateLimit> rate) {

    /** Five at a time, weight 1, at any rate. */
    public static final LaneLimits DEFAULT = new LaneLimits(5, 1, Optional.empty());

    public LaneLimits {
        if (maxRunning < 0 || maxRunning > 10_000) {
            throw new InvalidInputException("max running " + maxRunning + " is outside 0 to 10000");
        }
        if (!(weight >= 0.01 && weight <= 100)) {
            throw new InvalidInputException("weight " + weight + " is outside 0.01 to 100");
        }
        Objects.requireNonNull(rate, "rate");
    }

    /** The defaults with this concurrency limit. */
    public static LaneLimits maxRunning(int maxRunning) {
        return DEFAULT.withMaxRunning(maxRunning);
    }

    /** The same with this concurrency limit. */
    public LaneLimits withMaxRunning(int maxRunning) {
        return new LaneLimits(maxRunning, weight, rate);
    }

    /** The same with this weight. */
    public LaneLimits withWeight(double weight) {
        return new LaneLimits(maxRunning, weight, rate);
    }

    /** The same with this rate limit. */
    public LaneLimits withRate(RateLimit rate) {
        return new LaneLimits(maxRunning, weight, Optional.of(rate));
    }

    /** The same at any rate. */
    public LaneLimits withoutRate() {
        return new LaneLimits(maxRunning, weight, Optional.empty());
    }
}
