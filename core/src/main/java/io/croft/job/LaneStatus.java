package io.croft.job;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The jobs of one organisation in one queue, and what they may use.
 *
 * @param depth          how many there are
 * @param limits         what they may use
 * @param state          why they start, or do not
 * @param pauses         what of it is paused
 * @param throttledUntil when the rate limit lets the next one start, by the database's clock; empty if one may start
 *                       now as far as it goes
 */
public record LaneStatus(LaneDepth depth, LaneLimits limits, LaneState state, Set<Pause> pauses,
        Optional<Instant> throttledUntil) {

    public LaneStatus {
        Objects.requireNonNull(depth, "depth");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(state, "state");
        pauses = Set.copyOf(pauses);
        Objects.requireNonNull(throttledUntil, "throttledUntil");
    }

    /** What can be paused by itself. A lane starts jobs if none of these is. */
    public enum Pause {
        /** The lane. */
        LANE,
        /** Its organisation, in all queues. */
        ORG,
        /** Its queue, for all organisations. */
        QUEUE
    }
}
