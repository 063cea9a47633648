package io.croft.job;

import io.croft.InvalidInputException;

/**
 * What one organisation may use of a queue.
 *
 * @param maxRunning the most attempts leased at the same time, over all processes, 0 to 10,000; 0 lets none start
 * @param weight     its share of the workers against other organisations', 0.01 to 100
 * @param paused     whether nothing new starts
 */
public record LaneLimits(int maxRunning, double weight, boolean paused) {

    /** Five at a time, weight 1. */
    public static final LaneLimits DEFAULT = new LaneLimits(5, 1, false);

    public LaneLimits {
        if (maxRunning < 0 || maxRunning > 10_000) {
            throw new InvalidInputException("max running " + maxRunning + " is outside 0 to 10000");
        }
        if (!(weight >= 0.01 && weight <= 100)) {
            throw new InvalidInputException("weight " + weight + " is outside 0.01 to 100");
        }
    }

    /** The default weight with this concurrency limit. */
    public static LaneLimits maxRunning(int maxRunning) {
        return new LaneLimits(maxRunning, 1, false);
    }
}
