package io.croft.job;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A part of a list of a queue's lanes.
 *
 * @param lanes those with the most jobs come first
 * @param next  the cursor to go on with; empty at the end of the list
 */
public record LanePage(List<LaneCounts> lanes, Optional<String> next) {

    public LanePage {
        lanes = List.copyOf(lanes);
        Objects.requireNonNull(next, "next");
    }
}
