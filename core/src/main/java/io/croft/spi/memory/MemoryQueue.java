package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.job.Fairness;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.LaneState;
import io.croft.job.LaneStatus;
import io.croft.job.LaneStatus.Pause;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A queue and its lanes. Each lane has a virtual time, which every job moves on by what it costs over the lane's
 * weight: first by what the lane's jobs cost of late, in the end by what it took. The lane whose time is least has the
 * next turn. A lane that could not start anything comes back at the time of the last turn, so that waiting earns
 * nothing; what that turn's lane was charged for jobs that still ran is left out of it. Guarded by the world.
 */
final class MemoryQueue {

    private static final double JOB = 1000;
    private static final double UNKNOWN = 100;
    private static final double LEAST = 1;
    private static final double MOST = 60_000;

    private final World world;
    private final Set<OrgId> pausedOrgs;
    private final Map<OrgId, Lane> lanes = new HashMap<>();
    private QueueLimits limits = QueueLimits.DEFAULT;
    private boolean paused;
    private double lastTurn;

    MemoryQueue(World world, Set<OrgId> pausedOrgs) {
        this.world = world;
        this.pausedOrgs = pausedOrgs;
    }

    /**
     * What an attempt was charged.
     *
     * @param at     when
     * @param charge moved the lane on
     * @param timed  whether it is replaced by what the attempt took
     */
    private record Charge(Instant at, double charge, boolean timed) {
    }

    /** The jobs of one organisation. */
    private final class Lane {
        private final OrgId org;
        private final NavigableSet<StoredJob> ready = new TreeSet<>(StoredJob.PLACE);
        private final Map<StoredJob, Charge> running = new HashMap<>();
        private LaneLimits limits = LaneLimits.DEFAULT;
        private @Nullable TokenBucket bucket;
        private boolean paused;
        private double time;
        private double cost = UNKNOWN;
        private boolean costKnown;
        private boolean couldStart;

        Lane(OrgId org) {
            this.org = org;
        }

        Set<Pause> pauses() {
            Set<Pause> pauses = EnumSet.noneOf(Pause.class);
            if (paused) {
                pauses.add(Pause.LANE);
            }
            if (pausedOrgs.contains(org) || world.isSuspended(org)) {
                pauses.add(Pause.ORG);
            }
            if (MemoryQueue.this.paused) {
                pauses.add(Pause.QUEUE);
            }
            return pauses;
        }

        Duration untilToken() {
            return bucket == null ? Duration.ZERO : bucket.untilNext(world.now());
        }

        LaneState state() {
            if (!pauses().isEmpty()) {
                return LaneState.PAUSED;
            } else if (running.size() >= limits.maxRunning()) {
                return LaneState.AT_LIMIT;
            } else if (ready.isEmpty()) {
                return LaneState.IDLE;
            }
            return untilToken().isZero() ? LaneState.RUNNABLE : LaneState.THROTTLED;
        }

        boolean canStart() {
            return state() == LaneState.RUNNABLE;
        }

        void changed() {
            if (canStart() && !couldStart) {
                time = Math.max(time, lastTurn);
            }
            couldStart = canStart();
        }

        Optional<StoredJob> first(Predicate<StoredJob> wanted) {
            return canStart() ? ready.stream().filter(wanted).findFirst() : Optional.empty();
        }

        StoredJob start(StoredJob job) {
            ready.remove(job);
            boolean timed = MemoryQueue.this.limits.fairness() == Fairness.TIME;
            double charge = (timed ? Math.clamp(cost, LEAST, MOST) : JOB) / limits.weight();
            lastTurn = Math.max(lastTurn, time
                    - running.values().stream().filter(Charge::timed).mapToDouble(Charge::charge).sum());
            running.put(job, new Charge(world.now(), charge, timed));
            time += charge;
            if (bucket != null) {
                bucket.take(world.now());
            }
            return job;
        }

        void end(StoredJob job, Optional<Duration> busy) {
            Charge charge = running.remove(job);
            if (charge != null && charge.timed()) {
                Instant end = job.isExpired(world.now()) ? job.leaseUntil() : world.now();
                Duration leased = Duration.between(charge.at(), end);
                double took = Math.max(LEAST,
                        busy.filter(time -> time.compareTo(leased) < 0).orElse(leased).toNanos() / 1e6);
                time += took / limits.weight() - charge.charge();
                cost = costKnown ? took + (cost - took) * 0.875 : took;
                costKnown = true;
            }
        }

        void limit(LaneLimits next) {
            limits = next;
            if (next.rate().isEmpty()) {
                bucket = null;
            } else if (bucket == null) {
                bucket = new TokenBucket(next.rate().get(), world.now());
            } else {
                bucket.change(next.rate().get(), world.now());
            }
        }
    }

    private Lane of(OrgId org) {
        return lanes.computeIfAbsent(org, Lane::new);
    }

    void setLimits(OrgId org, LaneLimits limits) {
        Lane lane = of(org);
        lane.limit(limits);
        lane.changed();
    }

    void setLimits(QueueLimits next) {
        limits = next;
    }

    void pause(OrgId org, boolean pause) {
        Lane lane = of(org);
        lane.paused = pause;
        lane.changed();
    }

    void pause(boolean pause) {
        paused = pause;
    }

    void add(StoredJob job) {
        Lane lane = of(job.org);
        lane.ready.add(job);
        lane.changed();
    }

    /** Takes a ready job out of the line. */
    void remove(StoredJob job) {
        Lane lane = of(job.org);
        lane.ready.remove(job);
        lane.changed();
    }

    /** Of the jobs that are wanted, the one whose turn it is. */
    Optional<StoredJob> first(Predicate<StoredJob> wanted) {
        lanes.values().forEach(Lane::changed); // time alone may have
        if (limits.maxRunning().isPresent() && running() >= limits.maxRunning().getAsInt()) {
            return Optional.empty();
        }
        return lanes.values().stream().filter(lane -> lane.first(wanted).isPresent())
                .min(Comparator.comparingDouble(lane -> lane.time)).flatMap(lane -> lane.first(wanted));
    }

    /** Takes that job and counts it as running. */
    Optional<StoredJob> next(Predicate<StoredJob> wanted) {
        return first(wanted).map(job -> {
            Lane lane = of(job.org);
            lane.start(job);
            lane.changed();
            return job;
        });
    }

    /** An attempt of this job is taken away. */
    void free(StoredJob job) {
        free(job, Optional.empty());
    }

    /**
     * An attempt of this job has ended; what became of the job is not told to it yet.
     *
     * @param took how long it kept a worker busy, if known
     */
    void free(StoredJob job, Optional<Duration> took) {
        Lane lane = of(job.org);
        lane.end(job, took);
        lane.changed();
    }

    /** How long until the first of the lanes that wait for their rate limits may go on. */
    Optional<Duration> nextThaw() {
        return lanes.values().stream().filter(lane -> lane.state() == LaneState.THROTTLED).map(Lane::untilToken)
                .min(Comparator.naturalOrder());
    }

    Optional<LaneStatus> lane(OrgId org) {
        return Optional.ofNullable(lanes.get(org)).map(lane -> new LaneStatus(
                new LaneDepth(lane.ready.size(), lane.running.size()), lane.limits, lane.state(), lane.pauses(),
                Optional.of(lane.untilToken()).filter(wait -> !wait.isZero()).map(wait -> world.now().plus(wait))));
    }

    QueueStatus status() {
        return new QueueStatus(lanes.values().stream().mapToLong(lane -> lane.ready.size()).sum(), running(),
                lanes.values().stream().filter(Lane::canStart).count(), limits, paused);
    }

    private int running() {
        return lanes.values().stream().mapToInt(lane -> lane.running.size()).sum();
    }

    void erase(OrgId org) {
        lanes.remove(org);
    }
}
