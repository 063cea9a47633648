package io.croft.job;

import io.croft.InvalidInputException;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What all organisations together may use of a queue, and how they share it. Immutable; each {@code with…} method
 * returns a changed copy. What is out of these ranges is refused with {@link io.croft.InvalidInputException}.
 *
 * @param maxRunning the most attempts leased at the same time over all organisations and processes, 1 to 10,000; empty
 *                   for no such limit
 * @param fairness   by what lanes share the workers
 */
public record QueueLimits(OptionalInt maxRunning, Fairness fairness) {

    /** No limit over all organisations; lanes share by time. */
    public static final QueueLimits DEFAULT = new QueueLimits(OptionalInt.empty(), Fairness.TIME);

    public QueueLimits {
        if (maxRunning.isPresent() && (maxRunning.getAsInt() < 1 || maxRunning.getAsInt() > 10_000)) {
            throw new InvalidInputException("max running " + maxRunning.getAsInt()
                    + " of a queue is outside 1 to 10000: to let none start, pause the queue");
        }
        Objects.requireNonNull(fairness, "fairness");
    }

    /** The same with this limit over all organisations. */
    public QueueLimits withMaxRunning(int maxRunning) {
        return new QueueLimits(OptionalInt.of(maxRunning), fairness);
    }

    /** The same without a limit over all organisations. */
    public QueueLimits withoutMaxRunning() {
        return new QueueLimits(OptionalInt.empty(), fairness);
    }

    /** The same with this way of sharing. */
    public QueueLimits withFairness(Fairness fairness) {
        return new QueueLimits(maxRunning, fairness);
    }
}
