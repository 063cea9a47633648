package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A queue and its lanes. Each lane has a virtual time, which every job it starts moves on by the inverse of its weight;
 * the lane whose time is least has the next turn. A lane that could not start anything comes back at the time of the
 * last turn, so that waiting earns nothing. Guarded by the world.
 */
final class MemoryQueue {

    private final Map<OrgId, Lane> lanes = new HashMap<>();
    private double lastTurn;

    /** The jobs of one organisation. */
    private final class Lane {
        private final NavigableSet<StoredJob> ready = new TreeSet<>(StoredJob.PLACE);
        private LaneLimits limits = LaneLimits.DEFAULT;
        private int running;
        private double time;
        private boolean couldStart;

        boolean canStart() {
            return !limits.paused() && running < limits.maxRunning() && !ready.isEmpty();
        }

        void changed() {
            if (canStart() && !couldStart) {
                time = Math.max(time, lastTurn);
            }
            couldStart = canStart();
        }
    }

    private Lane lane(OrgId org) {
        return lanes.computeIfAbsent(org, key -> new Lane());
    }

    void setLimits(OrgId org, LaneLimits limits) {
        Lane lane = lane(org);
        lane.limits = limits;
        lane.changed();
    }

    void add(StoredJob job) {
        Lane lane = lane(job.org);
        lane.ready.add(job);
        lane.changed();
    }

    /** Takes a ready job out of the line. */
    void remove(StoredJob job) {
        Lane lane = lane(job.org);
        lane.ready.remove(job);
        lane.changed();
    }

    /** Takes the job whose turn it is and counts it as running. */
    Optional<StoredJob> next() {
        return lanes.values().stream().filter(Lane::canStart).min(Comparator.comparingDouble(lane -> lane.time))
                .map(lane -> {
                    StoredJob job = lane.ready.removeFirst();
                    lane.running++;
                    lastTurn = Math.max(lastTurn, lane.time);
                    lane.time += 1 / lane.limits.weight();
                    lane.changed();
                    return job;
                });
    }

    /** An attempt of this organisation has ended. */
    void free(OrgId org) {
        Lane lane = lane(org);
        lane.running--;
        lane.changed();
    }

    Optional<LaneDepth> depth(OrgId org) {
        return Optional.ofNullable(lanes.get(org)).map(lane -> new LaneDepth(lane.ready.size(), lane.running));
    }

    void erase(OrgId org) {
        lanes.remove(org);
    }
}
